"""The jar of `log_store.scala`, compiled once by the Scala that comes with Spark: no JDK is needed."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.stack.downloads import cache_folder, once

#: For a session that has the jar. Delta's name for what commits at addresses that begin with s3:// .
SETTINGS = {"spark.delta.logStore.s3.impl": "pinterest.platform.S3LogStore"}

_SOURCE = Path(__file__).with_name("log_store.scala")


def log_store_jar(java: str, spark_home: Path, jars: Sequence[Path]) -> Path:
    """The jar, compiled against Spark's own jars and those of Delta and S3A.

    Raises:
        EngineError: it does not compile: the jars are of other versions.
    """
    digest = hashlib.sha256(_SOURCE.read_bytes() + "".join(jar.name for jar in jars).encode()).hexdigest()[:12]

    def compile_into(folder: Path) -> None:
        classes = ":".join([f"{spark_home}/jars/*", *map(str, jars)])
        command = [java, "-cp", f"{spark_home}/jars/*", "scala.tools.nsc.Main", "-cp", classes]
        command += ["-d", str(folder / "log-store.jar"), str(_SOURCE)]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            raise EngineError(
                f"{_SOURCE} does not compile with the jars of Spark in {spark_home} and of Delta and S3A in "
                f"{jars[0].parent}: {result.stdout}{result.stderr}"
            )

    return once(cache_folder() / f"spark-log-store-{digest}", compile_into) / "log-store.jar"
