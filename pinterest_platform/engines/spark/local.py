"""Spark in this process, or on a cluster with its driver in this process: started with Delta, and S3A if needed."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark import log_store, s3a
from pinterest_platform.engines.spark.jars import JarSet, fetch_jars, jars_in
from pinterest_platform.engines.spark.java import find_java
from pinterest_platform.engines.spark.log_store import log_store_jar
from pinterest_platform.engines.spark.package import send_package
from pinterest_platform.s3.address import is_s3
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: Names that Spark itself treats as secrets.
_SECRET = re.compile(r"secret|password|token|access\.?key", re.IGNORECASE)

_LOG = Path(__file__).with_name("log4j2.properties")

#: Delta settings for every place where Spark runs.
TABLES = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Tables are found by their paths: no metastore, and no metastore files in the working directory.
    "spark.sql.catalogImplementation": "in-memory",
}

_ALWAYS = {
    **TABLES,
    "spark.sql.execution.arrow.pyspark.enabled": "true",
}

_USUALLY = {
    "spark.app.name": "pinterest-platform",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": f"-XX:+UseSerialGC -Dlog4j2.configurationFile={_LOG.as_uri()}",
}

#: Settings for one machine. A cluster's own configuration takes their place.
_ON_ONE_MACHINE = {
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.sql.shuffle.partitions": str(os.cpu_count()),
    # By default, Delta uses 50 tasks for the state of a small table, which take longer than the query.
    "spark.databricks.delta.snapshotPartitions": "1",
}


@dataclass
class LocalSession:
    session: SparkSession
    folder: tempfile.TemporaryDirectory[str]

    @classmethod
    def start(cls, settings: Settings, config: Mapping[str, str]) -> LocalSession:
        """Start Java with what these settings need. The properties of `config` take precedence.

        Raises:
            EngineError: Java or the jars are missing, Spark does not start, or a property must not be set.
        """
        java = find_java(settings.java_home)
        jars = _jars(settings, java)
        stores: list[log_store.Store] = ["folder"]
        extra: dict[str, str] = {}
        if any(jar.name.startswith("hadoop-aws-") for jar in jars):
            stores.append("s3")
            extra |= s3a.SETTINGS
        for store in stores:
            extra |= log_store.SETTINGS[store]
        jars += [log_store_jar(store, java, spark_home(), jars) for store in stores]
        folder = tempfile.TemporaryDirectory(prefix="pinterest-spark-", ignore_cleanup_errors=True)
        needed = {
            **_ALWAYS,
            **extra,
            "spark.jars": ",".join(jar.absolute().as_uri() for jar in jars),
            "spark.local.dir": folder.name,
            "spark.sql.warehouse.dir": str(Path(folder.name, "warehouse")),
        }
        try:
            session = _start(settings, needed, config)
        except BaseException:
            folder.cleanup()
            raise
        return cls(session, folder)

    def use(self, settings: Settings) -> None:
        for address in (settings.landing_root, settings.lake_root):
            for name, value in s3a.bucket_settings(address).items():
                self.session.conf.set(name, value)

    def stop(self) -> None:
        """End Java too: the next session may need other jars or more memory."""
        from py4j.protocol import Py4JError

        with suppress(Py4JError, OSError):  # If Java has died, its users already got an error.
            self.session.stop()
        _end_java()
        self.folder.cleanup()


def _jars(settings: Settings, java: str) -> list[Path]:
    s3 = is_s3(settings.landing_root) or is_s3(settings.lake_root)
    sets: tuple[JarSet, ...] = ("delta", "s3a") if s3 else ("delta",)
    folder = settings.spark_jars
    return jars_in(folder, *sets) if folder else fetch_jars(java, spark_home(), *sets)


def shown(name: str, value: str | None) -> str | None:
    """The value of a property, in a form that is safe in messages."""
    return "***" if _SECRET.search(name) else value


def spark_home() -> Path:
    """The folder with the jars and programs of Spark: SPARK_HOME, or the one in the package pyspark."""
    from pyspark.find_spark_home import _find_spark_home

    return Path(_find_spark_home())


def _start(settings: Settings, needed: Mapping[str, str], config: Mapping[str, str]) -> SparkSession:
    from py4j.protocol import Py4JJavaError
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    if fixed := config.keys() & needed.keys():
        raise EngineError(
            f"spark_config sets {', '.join(sorted(fixed))}, on which the tables depend. Remove it. Put further jars "
            "into the folder of PINTEREST_SPARK_JARS."
        )
    usual = {"spark.master": settings.spark_master, "spark.driver.memory": settings.spark_driver_memory, **_USUALLY}
    on_one_machine = {**usual, **config}["spark.master"].startswith("local")
    if settings.java_home:
        os.environ["JAVA_HOME"] = str(settings.java_home)
    if on_one_machine:
        os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    builder = SparkSession.builder.config(
        map={
            **usual,
            **(_ON_ONE_MACHINE if on_one_machine else {}),
            **config,
            **needed,
        }
    )
    _end_java()  # A stopped session leaves it running, with its own jars and memory.
    try:
        session = builder.getOrCreate()
    except (PySparkRuntimeError, Py4JJavaError) as error:
        given = {name: shown(name, value) for name, value in config.items()}
        told = error.java_exception.getMessage() if isinstance(error, Py4JJavaError) else "Java's own message is above"
        _end_java()
        raise EngineError(
            f"Spark does not start with PINTEREST_SPARK_MASTER={settings.spark_master} and "
            f"PINTEREST_SPARK_DRIVER_MEMORY={settings.spark_driver_memory}"
            f"{f' and spark_config {given}' if config else ''}: {told}"
        ) from error
    if not on_one_machine:
        send_package(session)
    return session


def _end_java() -> None:
    from pyspark import SparkContext

    gateway = SparkContext._gateway
    if gateway is not None:
        SparkContext._gateway = SparkContext._jvm = None
        gateway.shutdown()
        gateway.proc.stdin.close()  # Java ends with it.
        gateway.proc.wait()
