"""The Java for Spark: found as Spark finds it, and checked before Spark starts."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from pinterest_platform.engines.contract import EngineError

_OLDEST = 17
_ADVICE = (
    "Install it (on Debian or Ubuntu: `apt-get install openjdk-17-jre-headless`), or set JAVA_HOME to the folder of an "
    "installed one."
)


def find_java(java_home: Path | None) -> str:
    """Path of the program `java`: from JAVA_HOME if it is set, otherwise from the PATH.

    Raises:
        EngineError: it is missing, or too old for Spark.
    """
    wanted = f"Spark needs Java {_OLDEST} or newer"
    path = shutil.which(str(java_home / "bin" / "java")) if java_home else shutil.which("java")
    if path is None:
        where = f"JAVA_HOME={java_home} has no bin/java" if java_home else "`java` is not in the PATH"
        raise EngineError(f"{wanted}, but {where}. {_ADVICE}")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, errors="replace", check=False).stderr
    version = re.search(r'version "((\d+)[^"]*)"', said)
    if version is None:
        raise EngineError(f"{wanted}, but `{path} -version` says {said.strip()!r}. {_ADVICE}")
    if int(version[2]) < _OLDEST:
        raise EngineError(f"{wanted}, but {path} is Java {version[1]}. {_ADVICE}")
    return path
