"""Each fault of dagster_databricks that our classes mend: the package's own class has it, ours does not.

A version of the package without a fault fails its test: then the override can go.
"""

import json
import logging
import os
import signal
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pytest
from dagster_databricks import DatabricksClientResource, PipesDatabricksClient
from dagster_databricks.pipes import (
    BasePipesDatabricksClient,
    PipesDatabricksServerlessClient,
    PipesUnityCatalogVolumesMessageReader,
)
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from databricks.sdk.service.jobs import JobEnvironment, PythonWheelTask, SubmitTask

from pinterest_platform.orchestration.databricks.client import StepClient
from pinterest_platform.orchestration.databricks.messages import VolumeMessages
from pinterest_platform.orchestration.databricks.workspace import PatientWorkspace, Workspace
from pinterest_platform_tests.databricks.conftest import failures
from pinterest_platform_tests.databricks.stub import ApiError
from pinterest_platform_tests.databricks.stub import Workspace as Stub

VOLUME = "/Volumes/main/pinterest/runs"
LOG = logging.getLogger(__name__)
BROKEN = ApiError(500, "INTERNAL_ERROR", "Something went wrong")
DONE = {"life_cycle_state": "TERMINATED", "result_state": "SUCCESS"}

Kind = Callable[[], BasePipesDatabricksClient]


def patient() -> PatientWorkspace:
    return PatientWorkspace(Config(), patience=30, log=LOG)


def ours() -> StepClient:
    workspace = patient()
    return StepClient(workspace, VolumeMessages(workspace, f"{VOLUME}/1", LOG), poll=0.05, log=LOG)


def packages() -> PipesDatabricksServerlessClient:
    """With our messages: those of the package have tests of their own."""
    workspace = patient()
    return PipesDatabricksServerlessClient(
        WorkspaceClient(),
        VOLUME,
        message_reader=VolumeMessages(workspace, f"{VOLUME}/1", LOG),
        poll_interval_seconds=0.05,
        context_injector=dg.PipesEnvContextInjector(),
    )


def step(kind: Kind) -> dg.ExecuteInProcessResult:
    """A step that runs a task there."""

    @dg.op
    def task(context: dg.OpExecutionContext) -> None:
        kind().run(
            context=context,
            task=SubmitTask("task", environment_key="default", python_wheel_task=PythonWheelTask("main", "package")),
            submit_args={
                "run_name": "task",
                "idempotency_token": context.run.run_id,
                "environments": [
                    JobEnvironment.from_dict({"environment_key": "default", "spec": {"dependencies": []}})
                ],
            },
        )

    @dg.job
    def job() -> None:
        task()

    return job.execute_in_process(raise_on_error=False)


class Interrupting(list[str]):
    """Requests, after one of which this process is interrupted, as Dagster does it to cancel a step."""

    def __init__(self, part: str) -> None:
        self._part: str | None = part

    def append(self, request: str) -> None:
        super().append(request)
        if self._part and self._part in request:
            self._part = None
            os.kill(os.getpid(), signal.SIGINT)


def test_interrupted_step_is_a_success(workspace: Stub) -> None:
    workspace.hang, workspace.requests = True, Interrupting("runs/get")
    assert step(packages).success
    workspace.requests = Interrupting("runs/get")
    [text] = failures(step(ours))
    assert "DagsterExecutionInterruptedError" in text
    assert [run.current()["result_state"] for run in workspace.runs.values()] == ["CANCELED", "CANCELED"]


def test_run_that_was_being_submitted_goes_on(workspace: Stub) -> None:
    workspace.hang = True
    for kind in (packages, ours):
        workspace.requests = Interrupting("runs/submit")
        assert not step(kind).success
    ends = [run.current().get("result_state") for run in workspace.runs.values()]
    assert ends == [None, "CANCELED"]


def test_error_says_neither_how_the_run_ended_nor_where_it_is_nor_what_to_do(workspace: Stub) -> None:
    workspace.end_as = {**DONE, "result_state": "TIMEDOUT", "state_message": "Too long"}
    [text] = failures(step(packages))
    assert text.strip() == "dagster._core.errors.DagsterPipesExecutionError: Error running Databricks job: Too long"
    [text] = failures(step(ours))
    assert "ended TIMEDOUT: Too long. Databricks stopped the run" in text
    assert "/run/1001" in text


@pytest.mark.parametrize("request_", ["runs/submit", "runs/get"])
def test_one_answer_500_fails_the_step(workspace: Stub, request_: str) -> None:
    workspace.end_as = DONE
    workspace.answer_with(request_, BROKEN)
    assert "Something went wrong" in "".join(failures(step(packages)))
    workspace.answer_with(request_, BROKEN)
    assert step(ours).success


def test_serverless_task_cannot_be_told_where_to_report(workspace: Stub) -> None:
    """A fault of the client for clusters only."""
    workspace.end_as = DONE

    def clusters() -> PipesDatabricksClient:
        messages = VolumeMessages(patient(), f"{VOLUME}/1", LOG)
        return PipesDatabricksClient(WorkspaceClient(), None, dg.PipesEnvContextInjector(), messages)

    assert "new_cluster" in "".join(failures(step(clusters)))
    assert isinstance(ours(), PipesDatabricksClient)
    assert step(ours).success
    assert "--dagster-pipes-messages" in workspace.runs[1000].request["tasks"][0]["python_wheel_task"]["parameters"]


class Handler:
    """What a reader gives messages to."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.received_closed_message = False

    def handle_message(self, message: dict[str, object]) -> None:
        self.methods.append(str(message["method"]))
        self.received_closed_message = message["method"] == "closed"


def said(method: str) -> str:
    return json.dumps({"__dagster_pipes_version": "0.1", "method": method, "params": None})


@pytest.mark.parametrize("late", [False, True], ids=["read-late", "lost-where-half-written"])
def test_messages(workspace: Stub, late: bool) -> None:
    """The thread of the package reads nothing before its interval is over, and drops what it cannot parse."""
    packages, ours = Handler(), Handler()
    reader = PipesUnityCatalogVolumesMessageReader(client=WorkspaceClient(), volume_path=VOLUME)
    with reader.read_messages(packages) as params:  # type: ignore[arg-type]
        folder = workspace.path(str(params["path"]))
        (folder / "1.json").write_text(said("opened")[: -1 if late else None])
        (folder / "2.json").write_text(said("closed"))
        assert packages.methods == []
    assert packages.methods == (["closed"] if late else ["opened", "closed"])
    mended = VolumeMessages(patient(), f"{VOLUME}/1", LOG)
    with mended.read_messages(ours) as params:  # type: ignore[arg-type]
        folder = workspace.path(str(params["path"]))
        (folder / "1.json").write_text(said("opened")[: -1 if late else None])
        (folder / "2.json").write_text(said("closed"))
        mended.read_new()
        assert ours.methods == ([] if late else ["opened", "closed"])
        (folder / "1.json").write_text(said("opened"))
        mended.read_new()
    assert ours.methods == ["opened", "closed"]


def test_folder_that_cannot_be_cleared_hides_why_the_step_failed(workspace: Stub) -> None:
    reader = PipesUnityCatalogVolumesMessageReader(client=WorkspaceClient(), volume_path=VOLUME)
    for kind, seen in ((reader, "Something went wrong"), (VolumeMessages(patient(), f"{VOLUME}/1", LOG), "The step")):
        workspace.answer_with("GET /api/2.0/fs/directories", BROKEN)
        with pytest.raises(Exception, match=seen), kind.get_params():
            raise RuntimeError("The step failed")


def test_message_whose_download_breaks_off_is_read_again(workspace: Stub) -> None:
    """The package takes it for one that is not there, so at the last look it is lost."""
    reader = PipesUnityCatalogVolumesMessageReader(client=WorkspaceClient(), volume_path=VOLUME)
    for kind, read in ((reader, None), (VolumeMessages(patient(), f"{VOLUME}/1", LOG), "{}")):
        with kind.get_params() as params:
            (workspace.path(str(params["path"])) / "1.json").write_text("{}")
            workspace.answer_with("fs/files", BROKEN)
            assert kind.download_messages_chunk(1, params) == read


def test_credentials_of_a_profile_are_not_found(
    workspace: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "databrickscfg"
    file.write_text(f"[there]\nhost = {workspace.url}\ntoken = {os.environ['DATABRICKS_TOKEN']}\n")
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(file))
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "there")
    with pytest.raises(ValueError, match="Must provide one of token"):
        DatabricksClientResource().get_client()
    assert Workspace().workspace_client.current_user.me().user_name == "someone@example.com"


def test_workspace_is_opened_before_a_step_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABRICKS_HOST", raising=False)
    with pytest.raises(ValueError, match="Must provide"):
        DatabricksClientResource().get_object_to_set_on_execution_context()
    resource = Workspace()
    assert resource.get_object_to_set_on_execution_context() is resource
