"""The command that a wheel task runs, called as Databricks calls it: an entry point of an installed package."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from deltalake import DeltaTable

from pinterest_platform.settings import Settings
from pinterest_platform.tasks import databricks
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.databricks.conftest import WHEEL
from pinterest_platform_tests.databricks.stub import TOKEN, Workspace
from pinterest_platform_tests.forked import Program

Task = Callable[..., str]


@pytest.fixture
def task(settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Task:
    """Calls the task of a table; what it printed."""

    def call(address: str, *options: str) -> str:
        wheel_task = databricks.task(address, databricks.settings_of(settings), *options)["python_wheel_task"]
        installed = importlib.metadata.distribution(wheel_task["package_name"]).entry_points
        [entry_point] = installed.select(name=wheel_task["entry_point"])
        monkeypatch.setattr(sys, "argv", ["task", *wheel_task["parameters"]])
        entry_point.load()()
        return capsys.readouterr().out

    return call


@pytest.mark.usefixtures("landed")
def test_returns_when_all_is_well_and_does_nothing_twice(task: Task) -> None:
    """Databricks takes any SystemExit for a failure, also that of status 0."""
    assert task("raw/geo") == "raw/geo: 300 rows, version 1, rows added 300, rows rejected 0\n"
    assert task("raw/geo") == "raw/geo: 300 rows, version 1, rows added 0, rows rejected 0\n"
    assert task("cleaned/geo") == "cleaned/geo: 300 rows, version 1, outcome replaced\n"
    assert task("cleaned/geo") == "cleaned/geo: 300 rows, version 1, outcome unchanged\n"


@pytest.mark.usefixtures("landed")
def test_check_that_blocks_fails_the_task(task: Task, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    task("raw/geo")
    task("cleaned/geo")
    DeltaTable(f"{settings.lake_root}/cleaned/geo").update(updates={"timestamp": "NULL"}, predicate="ind < 3")
    with pytest.raises(SystemExit) as ended:
        task("cleaned/geo")
    assert ended.value.code == 1
    assert "ERROR rules: timestamp_known: 3 rows" in capsys.readouterr().out


@pytest.mark.usefixtures("landed")
def test_warning_does_not(task: Task) -> None:
    assert "WARN expectations: no_lines_rejected: 1 lines" in task("raw/pin")


def test_setting_that_does_not_exist(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        task("raw/pin", "--set=lakes=s3://bucket")
    assert ended.value.code == 2
    assert "lakes" in capsys.readouterr().err


def test_check_looks_for_the_workspace_and_the_wheel(workspace: Workspace, tmp_path: Path) -> None:
    variables = environment(
        PINTEREST_STEPS_ON="databricks",
        PINTEREST_DATABRICKS_VOLUME="/Volumes/main/pinterest/runs",
        PINTEREST_DATABRICKS_WHEEL=WHEEL,
        DATABRICKS_HOST=workspace.url,
        DATABRICKS_TOKEN=TOKEN,
    )

    workspace.path(WHEEL).unlink()
    log = tmp_path / "log"
    with Program(("check",), tmp_path, variables, (log, log)) as program:
        assert program.wait() == 1
    assert f"failed databricks     {WHEEL}: Not Found; put it there" in program.output
    assert "GET /api/2.0/preview/scim/v2/Me" in workspace.requests
