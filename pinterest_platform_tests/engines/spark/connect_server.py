"""A Spark Connect server as a process, as somebody else would run it: nothing of this package is in it."""

from __future__ import annotations

import shlex
import sys
import sysconfig
from pathlib import Path

from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform.stack.process import Launch, Server


class ConnectServer(Server):
    """Started with the jars of a folder; tables are paths, or lie in its own warehouse."""

    def __init__(self, folder: Path, jars: Path) -> None:
        super().__init__("connect", folder)
        self.jars = jars

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port()}"

    def prepare(self) -> None:
        # Without `site`, what is installed in editable mode is not importable: this package alone.
        python = self.folder / "python"
        python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -S "$@"\n')
        python.chmod(0o755)

    def launch(self) -> Launch:
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(self.port()),
            "spark.jars": ",".join(str(jar) for jar in sorted(self.jars.glob("*.jar"))),
            "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
            "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.warehouse.dir": str(self.folder / "warehouse"),
            "spark.local.dir": str(self.folder / "scratch"),
            "spark.sql.shuffle.partitions": "1",
            "spark.databricks.delta.snapshotPartitions": "1",
            "spark.ui.enabled": "false",
            "spark.driver.extraJavaOptions": "-XX:+UseSerialGC",
        }
        command = [str(spark_home() / "bin" / "spark-submit"), "--master", "local[2]", "--driver-memory", "1g"]
        for name, value in settings.items():
            command += ["--conf", f"{name}={value}"]
        return Launch(
            [*command, "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal"],
            environment={
                "SPARK_LOCAL_IP": "127.0.0.1",
                "PYSPARK_PYTHON": str(self.folder / "python"),
                "PYTHONPATH": sysconfig.get_path("purelib"),
            },
        )

    def ask(self) -> str:
        import grpc

        with grpc.insecure_channel(f"127.0.0.1:{self.port()}") as channel:
            grpc.channel_ready_future(channel).result(timeout=5)
        return "listens"
