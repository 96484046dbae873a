"""The Java that Spark runs on: found as Spark itself finds it, and looked at before Spark is started with it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from pinterest_platform.engines.contract import EngineError

_OLDEST = 17
_ADVICE = (
    "Install it, on Debian or Ubuntu with `apt-get install openjdk-17-jre-headless`, or set JAVA_HOME to the folder "
    "of one that is installed."
)


def find_java(java_home: Path | None) -> str:
    """Path of the program `java`: that of JAVA_HOME if it is set, else the one in the PATH.

    Raises:
        EngineError: there is none, or it is too old for Spark.
    """
    wanted = f"Spark needs Java {_OLDEST} or newer"
    path = shutil.which(str(java_home / "bin" / "java")) if java_home else shutil.which("java")
    if path is None:
        where = f"JAVA_HOME={java_home} has no bin/java" if java_home else "there is no `java` in the PATH"
        raise EngineError(f"{wanted}, and {where}. {_ADVICE}")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, errors="replace", check=False).stderr
    version = re.search(r'version "((\d+)[^"]*)"', said)
    if version is None:
        raise EngineError(f"{wanted}, and `{path} -version` says {said.strip()!r}. {_ADVICE}")
    if int(version[2]) < _OLDEST:
        raise EngineError(f"{wanted}, and {path} is Java {version[1]}. {_ADVICE}")
    return path
