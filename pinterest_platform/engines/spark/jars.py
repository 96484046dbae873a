"""The jars that Spark needs in addition to its own: Delta, S3A for a lake in S3, and the Kafka source.

They come from Maven Central or from a folder that the user fills. The Ivy of Spark fetches them once, into a cache that
all sessions of this user share. The `.ivy.xml` files beside this one list them.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from pinterest_platform.cache import cache_folder, once
from pinterest_platform.engines.contract import EngineError

JarSet = Literal["delta", "s3a", "kafka"]

_HERE = Path(__file__).parent
#: Jars that each set must have in some version, to check a user's folder.
_MARKS = {
    "delta": ("delta-spark_", "delta-storage-"),
    "s3a": ("hadoop-aws-",),
    "kafka": ("spark-sql-kafka-0-10_", "kafka-clients-"),
}


def jars_in(folder: Path, *sets: JarSet) -> list[Path]:
    """All jars of a folder that the user filled.

    Raises:
        EngineError: the folder lacks jars of a set.
    """
    jars = sorted(folder.glob("*.jar"))
    for name in sets:
        missing = [mark for mark in _MARKS[name] if not any(jar.name.startswith(mark) for jar in jars)]
        if missing:
            raise EngineError(
                f"PINTEREST_SPARK_JARS={folder} has no {' and no '.join(f'{mark}*.jar' for mark in missing)}. "
                f"Put these jars there: {_named(name)}. Or unset it to fetch them from Maven Central."
            )
    return jars


def fetch_jars(java: str, spark_home: Path, *sets: JarSet) -> list[Path]:
    """The jars of these sets, from the cache or from Maven Central.

    Raises:
        EngineError: they are not in the cache, and Maven Central cannot be reached.
    """
    return [jar for name in sets for jar in sorted(_fetch_set(name, java, spark_home).glob("*.jar"))]


def _fetch_set(name: JarSet, java: str, spark_home: Path) -> Path:
    listed = _list_of(name)
    digest = hashlib.sha256(listed.read_bytes()).hexdigest()[:12]

    def fetch(folder: Path) -> None:
        ivy = next((spark_home / "jars").glob("ivy-*.jar"))
        command = [java, "-cp", str(ivy), "org.apache.ivy.Main", "-settings", str(_HERE / "ivysettings.xml")]
        command += ["-ivy", str(listed), "-retrieve", f"{folder}/[artifact]-[revision].[ext]"]
        with tempfile.TemporaryDirectory() as cache:
            command += ["-cache", cache]
            result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            raise EngineError(
                f"Spark's jars could not be fetched from Maven Central: {_named(name)}. Ivy reports: "
                f"{_trouble(result.stdout + result.stderr)}. Behind a proxy, set JAVA_TOOL_OPTIONS "
                "(-Dhttps.proxyHost=... -Dhttps.proxyPort=...). Without a network, put the jars into a folder and set "
                "PINTEREST_SPARK_JARS to it."
            )

    return once(cache_folder() / f"spark-{name}-{digest}", fetch)


def _trouble(said: str) -> str:
    """The most informative line of Ivy's output: why a request failed, or what was not found."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    telling = [line for mark in ("Exception", "not found") for line in lines if mark in line]
    return (telling or lines[-1:] or ["nothing"])[0]


def _list_of(name: JarSet) -> Path:
    return _HERE / f"{name}.ivy.xml"


def _named(name: JarSet) -> str:
    """Maven coordinates of the jars of a set. Of a large set, only the first, and where the others are listed."""
    dependencies = ElementTree.parse(_list_of(name)).getroot().iter("dependency")
    jars = [":".join(dependency.attrib[part] for part in ("org", "name", "rev")) for dependency in dependencies]
    return ", ".join(jars) if len(jars) < 5 else f"{jars[0]} and {len(jars) - 1} more, listed in {_list_of(name)}"
