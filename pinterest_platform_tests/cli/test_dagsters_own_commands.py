"""`dg` and `dagster` in a clone of this repository, as their users type them."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import dagster as dg
import pytest

import pinterest_platform
from pinterest_platform.stack.ports import choose_port
from pinterest_platform_tests.browser.ui import UI
from pinterest_platform_tests.cli.conftest import environment, runner

PACKAGE = Path(pinterest_platform.__file__).parent
PROGRAMS = Path(sys.executable).parent
TOLD = "export DAGSTER_HOME=$(pinterest-platform home)"
TEMPORARY = "in a temporary folder"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The repository's root with what Dagster's commands look at; nothing has run there."""
    for name in ("pyproject.toml", "workspace.yaml"):
        shutil.copy(PACKAGE.parent / name, tmp_path / name)
    (tmp_path / PACKAGE.name).symlink_to(PACKAGE)
    return tmp_path


def call(folder: Path, program: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(PROGRAMS / program), *arguments],
        cwd=folder,
        env=environment(**variables),
        capture_output=True,
        text=True,
        check=False,
    )


def home_of(clone: Path) -> str:
    """As `export DAGSTER_HOME=$(pinterest-platform home)` has it."""
    done = runner(clone)("home")
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def runs_in(home: str) -> list[dg.DagsterRun]:
    with dg.DagsterInstance.from_config(home) as instance:
        return list(instance.get_runs())


def test_dg_checks_the_definitions(clone: Path) -> None:
    done = call(clone, "dg", "check", "defs")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All definitions loaded successfully" in done.stdout


def test_dg_lists_the_definitions_and_says_how_to_share_the_home(clone: Path) -> None:
    done = call(clone, "dg", "list", "defs", "--json")
    assert done.returncode == 0, done.stderr
    listed = json.loads(done.stdout)
    assert {"raw/pin", "cleaned/pin", "analytics/top_user_by_country"} <= {
        asset["asset_key"] for asset in listed["assets"]
    }
    assert TOLD in done.stderr


def test_dg_launches_assets_in_the_home_of_the_command_line(clone: Path) -> None:
    home = home_of(clone)
    assert home == str(clone / "data" / "dagster")
    done = call(clone, "dg", "launch", "--assets", 'key:"raw/user"', DAGSTER_HOME=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert TEMPORARY not in done.stdout + done.stderr
    assert [run.status for run in runs_in(home)] == [dg.DagsterRunStatus.SUCCESS]


@pytest.mark.long
def test_dagster_validates_the_definitions(clone: Path) -> None:
    done = call(clone, "dagster", "definitions", "validate")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All code locations passed validation" in done.stdout + done.stderr
    assert TOLD in done.stderr


@pytest.mark.long
def test_dagster_materializes_assets_in_the_home_of_the_command_line(clone: Path) -> None:
    home = home_of(clone)
    materialize = ("asset", "materialize", "--select", "raw/user", "-m", "pinterest_platform.definitions")
    done = call(clone, "dagster", *materialize, DAGSTER_HOME=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [run.status for run in runs_in(home)] == [dg.DagsterRunStatus.SUCCESS]


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "locations"),
    [
        (("dg", "dev"), {"pinterest_platform"}),
        (("dagster", "dev", "-w", "workspace.yaml"), {"pinterest_platform", "retail"}),
    ],
)
def test_dev_shows_runs_of_the_command_line(command: tuple[str, ...], locations: set[str], clone: Path) -> None:
    assert runner(clone)("run", "--select", "raw/user").returncode == 0
    port = choose_port()
    ui = UI(f"http://127.0.0.1:{port}")
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(PROGRAMS / command[0]), *command[1:], "--port", str(port)],
            cwd=clone,
            env=environment(DAGSTER_HOME=home_of(clone)),
            stdout=output,
            stderr=output,
            # Where the tests were started in the background, interrupts are ignored, and would be here too.
            preexec_fn=_interrupts_end_it,
        )
        try:
            _wait_for(ui, process)
            loaded = ui.ask("{workspaceOrError {... on Workspace {locationEntries {name loadStatus}}}}")
            assert {entry["name"] for entry in loaded["workspaceOrError"]["locationEntries"]} == locations
            runs = ui.ask("{runsOrError {... on Runs {results {jobName}}}}")["runsOrError"]["results"]
            assert "refresh_all" in [run["jobName"] for run in runs]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def _interrupts_end_it() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _wait_for(ui: UI, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not ui.is_there():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.2)
