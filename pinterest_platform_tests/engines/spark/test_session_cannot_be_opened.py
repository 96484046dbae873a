"""What is missing or out of reach is said before Spark is started, with what to do about it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark import connect, java, session
from pinterest_platform.engines.spark.jars import fetch_jars, jars_in
from pinterest_platform.engines.spark.local import spark_home
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.ports import choose_port


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has none; other tests may have opened one in this process."""
    monkeypatch.setattr(session, "_opened", None)
    monkeypatch.setattr(session, "_find", lambda _: None)


def said_on_open(folder: Path, **settings: str) -> str:
    with pytest.raises(EngineError) as raised:
        session.open_session(load_settings(data=folder, _env_file=None, **{"engine": "spark", **settings}))
    return str(raised.value)


def fake_java(folder: Path, said: str) -> Path:
    """JAVA_HOME of a Java that says this of itself."""
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\n")
    program.chmod(0o755)
    return folder


def test_no_pyspark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark", None)
    told = said_on_open(tmp_path)
    assert told == "Spark is not installed. Install it with: pip install 'pinterest-platform[spark]'"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "{java} is Java 11.0.2"),
        ('java version "1.8.0_392"', "{java} is Java 1.8.0_392"),
        ('Picked up JAVA_TOOL_OPTIONS: -Dx="1"\nopenjdk version "16-ea"', "{java} is Java 16-ea"),
        ("no such thing", "`{java} -version` says 'no such thing'"),
    ],
)
def test_java_of_the_wrong_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, found: str) -> None:
    home = fake_java(tmp_path, said)
    monkeypatch.setenv("PATH", str(home / "bin"))
    for java_home in (home, None):
        with pytest.raises(EngineError) as raised:
            java.find_java(java_home)
        assert f"Spark needs Java 17 or newer, but {found.format(java=home / 'bin' / 'java')}." in str(raised.value)
        assert "`apt-get install openjdk-17-jre-headless`), or set JAVA_HOME" in str(raised.value)


def test_newer_java_is_fine(tmp_path: Path) -> None:
    home = fake_java(tmp_path, 'openjdk version "21.0.4" 2024-07-16 LTS')
    assert java.find_java(home) == str(home / "bin" / "java")


def test_no_java(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"`java` is not in the PATH\. Install it \(on Debian"):
        java.find_java(None)
    with pytest.raises(EngineError, match=f"JAVA_HOME={tmp_path} has no bin/java"):
        java.find_java(tmp_path)


def test_session_looks_for_java_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "old", 'openjdk version "11.0.2"')))
    assert "is Java 11.0.2" in said_on_open(tmp_path)


def test_folder_without_the_jars(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as raised:
        jars_in(tmp_path, "delta")
    assert f"PINTEREST_SPARK_JARS={tmp_path} has no delta-spark_*.jar and no delta-storage-*.jar." in str(raised.value)
    assert "io.delta:delta-spark_4.2_2.13:4.4.0, io.delta:delta-storage:4.4.0" in str(raised.value)

    for name in ("delta-spark_4.2_2.13-4.4.0.jar", "delta-storage-4.4.0.jar"):
        (tmp_path / name).touch()
    assert len(jars_in(tmp_path, "delta")) == 2
    with pytest.raises(EngineError, match=r"has no hadoop-aws-\*\.jar.*org\.apache\.hadoop:hadoop-aws:"):
        jars_in(tmp_path, "delta", "s3a")


def test_session_looks_into_the_folder(tmp_path: Path) -> None:
    assert f"PINTEREST_SPARK_JARS={tmp_path} has no delta-spark_" in said_on_open(tmp_path, spark_jars=str(tmp_path))


@pytest.mark.parametrize(("name", "jar"), [("delta", "io.delta:delta-storage:4.4.0"), ("s3a", "hadoop-aws:3.5.0 and ")])
@pytest.mark.servers
def test_jars_out_of_reach(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, jar: str) -> None:
    nobody = choose_port()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", f"-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort={nobody}")
    with pytest.raises(EngineError) as raised:
        fetch_jars(java.find_java(None), spark_home(), name)  # type: ignore[arg-type]
    assert jar in str(raised.value)
    assert "Connection refused" in str(raised.value)
    assert "PINTEREST_SPARK_JARS" in str(raised.value)
    left = [path.name for path in (tmp_path / ".cache" / "pinterest-platform").iterdir()]
    assert [path for path in left if not path.endswith(".lock")] == []


def test_nobody_at_the_address_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nobody = f"127.0.0.1:{choose_port()}"
    monkeypatch.setattr(connect, "_PATIENCE_SECONDS", 1)
    told = said_on_open(tmp_path, spark_remote=f"sc://{nobody}/;token=geheim")
    assert f"No Spark Connect server answers at {nobody} within 1 s" in told
    assert "correct PINTEREST_SPARK_REMOTE" in told
    assert "geheim" not in told


def test_no_address_of_a_server(tmp_path: Path) -> None:
    told = said_on_open(tmp_path, spark_remote="localhost:15002")
    assert "PINTEREST_SPARK_REMOTE is not an address of a Spark Connect server" in told
    assert "sc://" in told


def test_databricks_out_of_reach(tmp_path: Path) -> None:
    told = said_on_open(tmp_path, engine="databricks")
    assert "PINTEREST_SPARK_REMOTE (sc://<workspace>:443/" in told
    assert "pip install databricks-connect" in told
