"""What is missing on a machine is named together, with the commands that install it, or installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.prerequisites import ALL, JAVA, MAVEN, find_go, install, require

INSTALL = "apt-get install -y --no-install-recommends"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of programs, all that is in the PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


def java(folder: Path, version: str) -> None:
    program(folder, "java", f"""echo 'openjdk version "{version}" 2025-04-15' >&2""")
    program(folder, "javac", "")


@pytest.mark.usefixtures("programs")
def test_everything_missing_is_told_at_once() -> None:
    with pytest.raises(StackError) as raised:
        require(JAVA, MAVEN)
    assert "`java` is not in the PATH" in str(raised.value)
    assert "`mvn` is not in the PATH" in str(raised.value)
    assert f"{INSTALL} default-jdk-headless maven" in str(raised.value)


def test_only_what_is_missing_is_asked_for(programs: Path) -> None:
    java(programs, "17.0.15")
    with pytest.raises(StackError) as raised:
        require(JAVA, MAVEN)
    assert f"{INSTALL} maven\n" in str(raised.value)
    assert "java" not in str(raised.value)


@pytest.mark.parametrize(
    ("version", "enough"), [("1.8.0_392", False), ("11.0.2", False), ("17.0.15", True), ("21", True)]
)
def test_java_has_to_be_new_enough(programs: Path, version: str, enough: bool) -> None:
    java(programs, version)
    if enough:
        require(JAVA)
    else:
        with pytest.raises(StackError, match=version.replace(".", r"\.")):
            require(JAVA)


def test_old_go_cannot_build_versitygw(programs: Path) -> None:
    program(programs, "go", "echo go version go1.19.8 linux/amd64")
    assert find_go() != programs / "go"
    program(programs, "go", "echo go version go1.21.0 linux/amd64")
    assert find_go() == programs / "go"


def test_install_runs_apt_get_and_looks_again(programs: Path) -> None:
    program(programs, "sudo", 'shift; exec "$@"')
    program(programs, "true", "")
    program(programs, "apt-get", f'echo "$@" >> {programs}/said; [ "$1" = update ] || : > {programs}/mvn')
    with pytest.raises(StackError, match="Maven: `mvn` is not in the PATH"):
        install(MAVEN)
    (programs / "mvn").chmod(0o755)
    assert not install(MAVEN)
    assert (programs / "said").read_text().splitlines() == ["update", "install -y --no-install-recommends maven"]


@pytest.mark.usefixtures("programs")
def test_no_debian_says_what_to_run() -> None:
    with pytest.raises(StackError, match=INSTALL):
        install(*ALL)


def test_failing_apt_get_is_told(programs: Path) -> None:
    program(programs, "apt-get", "exit 100")
    program(programs, "sudo", 'shift; exec "$@"')
    program(programs, "true", "")
    with pytest.raises(StackError, match=r"`.*apt-get update` failed"):
        install(MAVEN)
