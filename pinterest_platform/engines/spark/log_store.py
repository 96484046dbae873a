"""The jars of the Scala log stores beside this file, through which Delta commits while delta-rs programs commit too.

The Scala that comes with Spark compiles them once, so no JDK is needed.
"""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pinterest_platform.cache import cache_folder, once
from pinterest_platform.engines.contract import EngineError

Store = Literal["folder", "s3"]

#: Settings of a session that has the jar: Delta's names for the log store of an address scheme.
SETTINGS: dict[Store, dict[str, str]] = {
    "folder": {"spark.delta.logStore.file.impl": "pinterest.platform.FolderLogStore"},
    "s3": {"spark.delta.logStore.s3.impl": "pinterest.platform.S3LogStore"},
}


def log_store_jar(store: Store, java: str, spark_home: Path, jars: Sequence[Path]) -> Path:
    """The jar, compiled against Spark's own jars and those of Delta, and of S3A for `s3`.

    Raises:
        EngineError: it does not compile, because the jars have other versions.
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
                f"{jars[0].parent}. Check their versions: {result.stdout}{result.stderr}"
            )

    return once(cache_folder() / f"spark-{store}-log-store-{digest}", compile_into) / f"{store}-log-store.jar"
