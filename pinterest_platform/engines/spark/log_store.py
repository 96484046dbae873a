"""The jars of the log stores in Scala beside this file, compiled once by the Scala that comes with Spark: no JDK is
needed. They are how Delta commits where another program, with delta-rs, commits too."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pinterest_platform.cache import cache_folder, once
from pinterest_platform.engines.contract import EngineError

Store = Literal["folder", "s3"]

#: For a session that has the jar. Delta's name for what commits at addresses of a scheme.
SETTINGS: dict[Store, dict[str, str]] = {
    "folder": {"spark.delta.logStore.file.impl": "pinterest.platform.FolderLogStore"},
    "s3": {"spark.delta.logStore.s3.impl": "pinterest.platform.S3LogStore"},
}


def log_store_jar(store: Store, java: str, spark_home: Path, jars: Sequence[Path]) -> Path:
    """The jar, compiled against Spark's own jars and those of Delta, and S3A for `s3`.

    Raises:
        EngineError: it does not compile: the jars are of other versions.
    """
    source = Path(__file__).with_name(f"{store}_log_store.scala")
    digest = hashlib.sha256(source.read_bytes() + "".join(jar.name for jar in jars).encode()).hexdigest()[:12]

    def compile_into(folder: Path) -> None:
        classes = ":".join([f"{spark_home}/jars/*", *map(str, jars)])
        command = [java, "-cp", f"{spark_home}/jars/*", "scala.tools.nsc.Main", "-cp", classes]
        command += ["-d", str(folder / f"{store}-log-store.jar"), str(source)]
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            raise EngineError(
                f"{source} does not compile with the jars of Spark in {spark_home} and of Delta and S3A in "
                f"{jars[0].parent}: {result.stdout}{result.stderr}"
            )

    return once(cache_folder() / f"spark-{store}-log-store-{digest}", compile_into) / f"{store}-log-store.jar"
