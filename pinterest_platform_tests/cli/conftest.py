"""The program as users call it: a process of its own, in a folder of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from pinterest_platform_tests.forked import Program

#: The installed script. It takes seconds to import what `Program` has imported already.
PROGRAM = Path(sys.executable).parent / "pinterest-platform"

Cli = Callable[..., subprocess.CompletedProcess[str]]


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings of its own, plus `variables`; wide enough that no line wraps."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("PINTEREST_", "RETAIL_", "DAGSTER_"))}
    return {**kept, "COLUMNS": "250", **variables}


def started(folder: Path, *arguments: str, **variables: str) -> Program:
    """The program at work in `folder`; its standard error goes where its output goes."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix="output", delete=False) as output:
        return Program(arguments, folder, environment(**variables), (Path(output.name),) * 2)


def wait_for_acknowledged(folder: Path, to: str, process: Program, postings: int) -> int:
    """Wait until the checkpoint of a poster says that so many are acknowledged; returns how many it says."""
    checkpoint, said = folder / "posting" / f"{to}.json", [0]

    def acknowledged() -> bool:
        if checkpoint.exists():
            said.append(int(json.loads(checkpoint.read_text())["postings"]))
        return said[-1] >= postings

    process.wait_until(acknowledged)
    return said[-1]


def runner(folder: Path) -> Cli:
    def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        with tempfile.TemporaryDirectory() as outputs:
            files = Path(outputs, "output"), Path(outputs, "errors")
            with Program(arguments, folder, environment(**variables), files) as program:
                return subprocess.CompletedProcess(arguments, program.wait(), program.output, program.errors)

    return call


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return runner(tmp_path)


@pytest.fixture(scope="package")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="package")
def demo(demo_folder: Path) -> tuple[Cli, subprocess.CompletedProcess[str]]:
    """Calls the program in `demo_folder`, where the demo has run, by the installed script; and what that printed."""
    command = [str(PROGRAM), "demo"]
    done = subprocess.run(command, cwd=demo_folder, env=environment(), capture_output=True, text=True, check=False)
    return runner(demo_folder), done
