"""A step cancelled in Dagster cancels its run on Databricks, waits for its end, and is no success."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pinterest_platform.settings import Settings
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.databricks.conftest import WHEEL
from pinterest_platform_tests.databricks.stub import TOKEN, Dropped, Workspace
from pinterest_platform_tests.forked import Program

_LAUNCH = """mutation ($parameters: ExecutionParams!) {
  launchPipelineExecution(executionParams: $parameters) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""
_TERMINATE = """mutation ($run: String!) { terminateRun(runId: $run) { __typename } }"""
_REPOSITORIES = """{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"""


@pytest.fixture
def variables(workspace: Workspace, settings: Settings) -> dict[str, str]:
    """Environment of a Dagster whose steps are done in the workspace, where a run goes on until it is cancelled."""
    workspace.hang = True
    home = settings.dagster_home
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\n"
        "run_coordinator: {module: dagster.core.run_coordinator, class: DefaultRunCoordinator}\n"
    )
    return environment(
        DAGSTER_HOME=str(home),
        PINTEREST_DATA=str(settings.data),
        PINTEREST_STEPS_ON="databricks",
        PINTEREST_DATABRICKS_VOLUME=settings.databricks_volume,
        PINTEREST_DATABRICKS_WHEEL=WHEEL,
        PINTEREST_DATABRICKS_POLL_SECONDS="0.2",
        DATABRICKS_HOST=workspace.url,
        DATABRICKS_TOKEN=TOKEN,
    )


def wait_for(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def verify_cancelled(workspace: Workspace, home: Path) -> dg.DagsterRun:
    """That the run on Databricks is cancelled and its step failed; the run in Dagster."""
    [submitted] = workspace.runs.values()
    assert submitted.current()["result_state"] == "CANCELED"
    assert list(workspace.path("/Volumes/main/pinterest/runs").iterdir()) == []
    with dg.DagsterInstance.from_config(str(home)) as instance:
        [run] = instance.get_runs()
        events = [entry.dagster_event for entry in instance.all_logs(run.run_id)]
        kinds = {event.event_type for event in events if event}
        assert dg.DagsterEventType.STEP_FAILURE in kinds
        assert dg.DagsterEventType.ASSET_MATERIALIZATION not in kinds
        return run


def test_interrupted_command(
    workspace: Workspace, settings: Settings, variables: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with Program(("run", "--select", "cleaned/pin"), tmp_path, variables, (log, log)) as program:
        program.wait_until(lambda: sum("runs/get" in request for request in workspace.requests) > 1)
        program.interrupt()
        assert program.wait() != 0
    verify_cancelled(workspace, settings.dagster_home)


def test_interrupted_before_databricks_has_answered(
    workspace: Workspace, settings: Settings, variables: dict[str, str], tmp_path: Path
) -> None:
    """Nobody knows the run's id yet, but the run is there."""
    workspace.answer_with("runs/submit", Dropped(), times=10_000, afterwards=True)
    log = tmp_path / "log"
    with Program(("run", "--select", "cleaned/pin"), tmp_path, variables, (log, log)) as program:
        program.wait_until(lambda: workspace.runs)
        program.interrupt()
        workspace.recover()
        assert program.wait() != 0
    verify_cancelled(workspace, settings.dagster_home)


@pytest.fixture
def graphql(variables: dict[str, str], tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Asks a running UI."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["-m", "dagster_webserver", "-m", "pinterest_platform.definitions", "-h", "127.0.0.1", "-p", str(port)]
    with (tmp_path / "webserver.log").open("w") as log:
        process = subprocess.Popen([sys.executable, *arguments], cwd=tmp_path, env=variables, stdout=log, stderr=log)

    def ask(query: str, **values: object) -> Any:
        body = json.dumps({"query": query, "variables": values}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["data"]

    def is_up() -> bool:
        assert process.poll() is None, (tmp_path / "webserver.log").read_text()
        try:
            return bool(ask("{ version }"))
        except OSError:
            return False

    wait_for(is_up, "the UI comes up")
    yield ask
    process.send_signal(signal.SIGINT)
    process.wait(60)


@pytest.mark.long
def test_cancelled_in_the_ui(workspace: Workspace, settings: Settings, graphql: Callable[..., Any]) -> None:
    [repository] = graphql(_REPOSITORIES)["repositoriesOrError"]["nodes"]
    selector = {
        "repositoryName": repository["name"],
        "repositoryLocationName": repository["location"]["name"],
        "jobName": "__ASSET_JOB",
        "assetSelection": [{"path": ["cleaned", "pin"]}],
    }
    launched = graphql(_LAUNCH, parameters={"selector": selector, "mode": "default"})["launchPipelineExecution"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    wait_for(lambda: sum("runs/get" in request for request in workspace.requests) > 1, "the run is looked at")
    graphql(_TERMINATE, run=launched["run"]["runId"])

    def is_over() -> bool:
        with dg.DagsterInstance.from_config(str(settings.dagster_home)) as instance:
            return all(run.is_finished for run in instance.get_runs())

    wait_for(is_over, "the run ends")
    assert verify_cancelled(workspace, settings.dagster_home).status is dg.DagsterRunStatus.CANCELED
