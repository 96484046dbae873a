"""The Pipes client of dagster_databricks without its faults: a step is one run, followed to its end or cancelled.

What goes wrong becomes a failed step that names the run's page and what to do. What runs there is not known here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_databricks import PipesDatabricksClient
from dagster_databricks.pipes import (  # type: ignore[attr-defined]
    DagsterPipesExecutionError,
    PipesDatabricksServerlessClient,
)
from dagster_pipes import PipesExtras
from databricks.sdk.service.jobs import Run, RunState, SubmitTask

from pinterest_platform.orchestration.databricks.messages import VolumeMessages
from pinterest_platform.orchestration.databricks.workspace import PatientWorkspace

_TOLD_BY_PARAMETERS = dg.PipesEnvContextInjector()

#: By state of a run that did not succeed: what to do.
_ADVICE = {
    "FAILED": "See the task's output on its page",
    "TIMEDOUT": "It was stopped for taking too long; see on its page what it waited for, then materialize again",
    "CANCELED": "It was cancelled on Databricks; materialize again when it may run",
    "SKIPPED": "It was not started, and nothing was done; materialize again",
    "INTERNAL_ERROR": "Databricks could not run it; materialize again; if that does not help, look at the limits of "
    "the workspace and at status.databricks.com",
}


class StepClient(PipesDatabricksServerlessClient, PipesDatabricksClient):
    """A `PipesDatabricksClient` for one step. Where the two differ it is the serverless one: serverless compute has no
    variables, so the task's parameters say where it reports."""

    def __init__(self, workspace: PatientWorkspace, messages: VolumeMessages, *, poll: float, log: logging.Logger):
        super().__init__(
            client=workspace,
            volume_path=messages.volume_path,
            context_injector=_TOLD_BY_PARAMETERS,
            message_reader=messages,
            poll_interval_seconds=poll,
        )
        self._messages, self._log = messages, log
        self._page = ""
        self._run = Run()

    def run(  # type: ignore[override]
        self,
        *,
        context: dg.OpExecutionContext | dg.AssetExecutionContext,
        extras: PipesExtras | None = None,
        task: SubmitTask,
        submit_args: Mapping[str, Any] | None = None,
    ) -> dg.PipesClientCompletedInvocation:
        """As the package's; `submit_args` have an idempotency token: however often they are sent, there is one run.

        Mends: interrupted, the package's cancels the run and returns as if all were well; where anything else ends the
        step, and where it is interrupted before Databricks has told the run's id, the run goes on.

        Raises:
            dagster.Failure: the run could not be submitted or did not succeed.
        """
        with dg.open_pipes_session(
            context=context,
            extras=extras,
            context_injector=_TOLD_BY_PARAMETERS,
            message_reader=self._messages,
        ) as session:
            told = self._enrich_submit_task_dict(context=context, session=session, submit_task_dict=task.as_dict())
            request = {**(submit_args or {}), "tasks": [SubmitTask.from_dict(told)]}
            run_id = None
            try:
                run_id = self._submit(request)
                self._poll_til_success(context, run_id)
            except dg.Failure:
                raise
            except BaseException:  # Above all an interruption: the step was cancelled.
                # Sent once more, the request gives the run that there may be already.
                self._cancel(run_id or self._submit(request))
                raise
            return dg.PipesClientCompletedInvocation(session, metadata=self._extract_dagster_metadata(run_id))

    def _poll_til_success(self, context: dg.OpExecutionContext | dg.AssetExecutionContext, run_id: int) -> None:
        """Mends: the package's error says neither how the run ended, nor what its task said, nor what to do."""
        try:
            super()._poll_til_success(context, run_id)
        except DagsterPipesExecutionError as error:
            raise self._failure(f"run {run_id} on Databricks ended {self._how_it_ended()}") from error

    def _get_run_state(self, run_id: int) -> RunState:
        """At each look the page is kept and new messages are read, the last time after the run's end.

        Mends: the package's errors do not name the run's page.
        """
        try:
            self._run = self.client.jobs.get_run(run_id)
            if self._run.run_page_url and self._run.run_page_url != self._page:
                self._page = self._run.run_page_url
                self._log.info("run %d: %s", run_id, self._page)
            self._messages.read_new()
        except dg.Failure as failure:
            raise self._failure(str(failure.description)) from failure
        return self._run.state or RunState()

    def _submit(self, request: Mapping[str, Any]) -> int:
        run_id = int(self.client.jobs.submit(**request).bind()["run_id"])
        self._page = self._page or f"run {run_id}"
        return run_id

    def _cancel(self, run_id: int) -> None:
        """Ask for the run to be cancelled, and wait until nothing of it runs any more."""
        self._log.info("cancelling run %d: %s", run_id, self._page)
        self.client.jobs.cancel_run(run_id)
        self._poll_til_terminating(run_id)

    def _how_it_ended(self) -> str:
        outcome, message = _outcome(self._run)
        reason = self._messages.error or (outcome == "FAILED" and self._error_there()) or message or "no reason given"
        advice = _ADVICE.get(outcome, "See its page")
        if any(word in reason for word in ("RESOURCE_EXHAUSTED", "QUOTA")):
            advice = "Run fewer steps at once, or ask for a higher limit of the workspace"
        return f"{outcome}: {reason.rstrip('.')}. {advice}"

    def _error_there(self) -> str:
        """What the run's task raised, as Databricks saw it; empty where it knows nothing."""
        try:
            return self.client.jobs.get_run_output((self._run.tasks or [])[0].run_id or 0).error or ""
        except (dg.Failure, IndexError):
            return ""

    def _failure(self, description: str) -> dg.Failure:
        return dg.Failure(f"{description}: {self._page}", metadata={"run": self._page})


def _outcome(run: Run) -> tuple[str, str]:
    """How a run ended, and what Databricks says of it. Where the task was not run to its end, its result says less."""
    state = run.state
    if state is None or state.life_cycle_state is None:
        return "in an unknown state", ""
    outcome = state.life_cycle_state.value
    if outcome == "TERMINATED" and state.result_state:
        outcome = state.result_state.value
    return outcome, state.state_message or ""
