"""What Databricks refuses, breaks off or does not answer fails the step, with the run's page and what to do."""

from __future__ import annotations

import pytest

from pinterest_platform.settings import Settings
from pinterest_platform_tests.databricks.conftest import WHEEL, Run, failures, on_databricks
from pinterest_platform_tests.databricks.stub import ApiError, Dropped, Workspace

RUNS = "/Volumes/main/pinterest/runs"
BUSY = ApiError(429, "RESOURCE_EXHAUSTED", "The workspace has too many active runs")
BROKEN = ApiError(500, "INTERNAL_ERROR", "Something went wrong")

ENDS = [
    ("SKIPPED", "", "Another run is active", "did not start the run"),
    ("TERMINATED", "TIMEDOUT", "Run timed out", "stopped the run because it took too long"),
    ("TERMINATED", "CANCELED", "Cancelled by someone@example.com", "when it may run"),
    ("INTERNAL_ERROR", "FAILED", "Unexpected failure while launching", "status.databricks.com"),
    ("INTERNAL_ERROR", "", "QUOTA_EXCEEDED: no more serverless compute", "request a higher limit"),
    ("TERMINATED", "MAXIMUM_CONCURRENT_RUNS_REACHED", "Too many runs", "See the run's page"),
    ("TERMINATED", "SUCCESS", "", "reported nothing"),
]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same for all: hardly any of these runs comes as far as the lake."""
    return on_databricks(tmp_path_factory.mktemp("data"))


def failure(run: Run) -> str:
    [text] = failures(run("raw/pin"))
    return text


@pytest.mark.parametrize(("life_cycle", "result", "message", "advice"), ENDS)
def test_run_that_did_not_do_its_work(
    workspace: Workspace, run: Run, life_cycle: str, result: str, message: str, advice: str
) -> None:
    workspace.end_as = {"life_cycle_state": life_cycle, "state_message": message}
    workspace.end_as |= {"result_state": result} if result else {}
    text = failure(run)
    assert message in text
    assert advice in text
    assert f"{workspace.url}/?o=1#job/1000/run/1000" in text
    assert list(workspace.path(RUNS).iterdir()) == [], "nothing is left in the volume"


@pytest.mark.usefixtures("workspace")
def test_task_that_failed_says_why(run: Run) -> None:
    [text] = failures(run("cleaned/pin", lake="/proc/lake"))
    assert "ended FAILED" in text
    assert "/proc/lake" in text, "as the engine says it"
    assert "/run/1000" in text


def test_wheel_that_is_not_there(workspace: Workspace, run: Run) -> None:
    workspace.path(WHEEL).unlink()
    assert f"Library installation failed: {WHEEL}" in failure(run)


def test_wrong_token(workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABRICKS_TOKEN", "dapi-of-yesterday")
    text = failure(run)
    assert "PERMISSION_DENIED: Invalid access token" in text
    assert "Check DATABRICKS_TOKEN" in text
    assert workspace.url in text
    assert not workspace.runs


def test_no_workspace_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", "/none")
    assert "Set DATABRICKS_HOST and DATABRICKS_TOKEN" in failure(run)


@pytest.mark.parametrize(
    ("fault", "advice"),
    [(BUSY, "Run fewer steps at once"), (BROKEN, "no work is done twice"), (Dropped(), "done twice")],
)
def test_databricks_that_does_not_recover(workspace: Workspace, run: Run, fault: Exception, advice: str) -> None:
    workspace.hang = True
    workspace.answer_with("runs/get", fault, times=10_000)
    text = failure(run)
    assert "for 2 s" in text
    assert advice in text
    assert "run 1000" in text
    assert str(fault) in text


@pytest.mark.usefixtures("landed")
def test_lost_connections_start_no_second_run(workspace: Workspace, run: Run) -> None:
    workspace.answer_with("runs/submit", Dropped(), afterwards=True)
    for fault in (Dropped(), BUSY, BROKEN):
        workspace.answer_with("runs/get", fault)
        workspace.answer_with("fs/files", fault)
    result = run("raw/pin", databricks_patience_seconds=60)
    assert result.success, failures(result)
    assert len(workspace.runs) == 1
    assert sum("submit" in request for request in workspace.requests) == 2


def test_volume_that_cannot_be_cleared_hides_nothing(workspace: Workspace, run: Run) -> None:
    workspace.end_as = {"life_cycle_state": "SKIPPED", "state_message": "not now"}
    workspace.answer_with("GET /api/2.0/fs/directories", BROKEN)
    assert "not now" in failure(run)
