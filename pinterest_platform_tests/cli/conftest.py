"""The program as users call it: a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = Path(sys.executable).parent / "pinterest-platform"

Cli = Callable[..., subprocess.CompletedProcess[str]]


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without settings of its own, plus `variables`; wide enough that no line wraps."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith(("PINTEREST_", "DAGSTER_"))}
    return {**kept, "COLUMNS": "250", **variables}


def runner(folder: Path) -> Cli:
    def call(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(PROGRAM), *arguments],
            cwd=folder,
            env=environment(**variables),
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    return call


@pytest.fixture
def cli(tmp_path: Path) -> Cli:
    return runner(tmp_path)


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Cli, subprocess.CompletedProcess[str]]:
    """A folder in which the demo has run, and what it printed."""
    call = runner(tmp_path_factory.mktemp("demo"))
    return call, call("demo")
