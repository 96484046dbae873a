"""The Pipes client of dagster_databricks, with its faults fixed: a step is one run, awaited to its end or cancelled.

An error becomes a failed step that names the run's page and the remedy. The client does not know the task's content.
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

_BY_PARAMETERS = dg.PipesEnvContextInjector()

#: Advice for each end state of a run that did not succeed.
_ADVICE = {
    "FAILED": "See the task's output on the run's page",
    "TIMEDOUT": "Databricks stopped the run because it took too long. Find the cause on its page, then materialize "
    "again",
    "CANCELED": "The run was cancelled on Databricks. Materialize again when it may run",
    "SKIPPED": "Databricks did not start the run, and nothing was changed. Materialize again",
    "INTERNAL_ERROR": "Databricks could not execute the run. Materialize again. If that does not help, check the "
    "limits of the workspace and status.databricks.com",
}


class StepClient(PipesDatabricksServerlessClient, PipesDatabricksClient):
    """A `PipesDatabricksClient` for one step. Where the two clients differ, it behaves like the serverless one:
    serverless compute has no environment variables, so the task's parameters say where to report."""

    def __init__(self, workspace: PatientWorkspace, messages: VolumeMessages, *, poll: float, log: logging.Logger):
        super().__init__(
            client=workspace,
            volume_path=messages.volume_path,
            context_injector=_BY_PARAMETERS,
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
        """Like the package's method. `submit_args` has an idempotency token, so repeated requests start one run only.

        Fixes: on an interrupt, the package cancels the run but returns as if it had succeeded. If another error ends
        the step, or an interrupt comes before Databricks has returned the run's id, the run continues.

        Raises:
            dagster.Failure: the run could not be submitted or did not succeed.
        """
        with dg.open_pipes_session(
            context=context,
            extras=extras,
            context_injector=_BY_PARAMETERS,
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
            except BaseException:  # Above all an interrupt: the step was cancelled.
                # If the run exists already, the repeated request returns it.
                self._cancel(run_id or self._submit(request))
                raise
            return dg.PipesClientCompletedInvocation(session, metadata=self._extract_dagster_metadata(run_id))

    def _poll_til_success(self, context: dg.OpExecutionContext | dg.AssetExecutionContext, run_id: int) -> None:
        """Fixes: the package's error names neither the run's end state, nor the task's error, nor the remedy."""
        try:
            super()._poll_til_success(context, run_id)
        except DagsterPipesExecutionError as error:
            raise self._failure(f"run {run_id} on Databricks ended {self._how_it_ended()}") from error

    def _get_run_state(self, run_id: int) -> RunState:
        """Each poll stores the run's page and reads new messages. The last poll comes after the run's end.

        Fixes: the package's errors do not name the run's page.
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
        """Cancel the run, and wait until it has stopped."""
        self._log.info("cancelling run %d: %s", run_id, self._page)
        self.client.jobs.cancel_run(run_id)
        self._poll_til_terminating(run_id)

    def _how_it_ended(self) -> str:
        outcome, message = _outcome(self._run)
        reason = self._messages.error or (outcome == "FAILED" and self._error_there()) or message or "no reason given"
        advice = _ADVICE.get(outcome, "See the run's page")
        if any(word in reason for word in ("RESOURCE_EXHAUSTED", "QUOTA")):
            advice = "Run fewer steps at once, or request a higher limit for the workspace"
        return f"{outcome}: {reason.rstrip('.')}. {advice}"

    def _error_there(self) -> str:
        """The error of the run's task as Databricks recorded it, or an empty text."""
        try:
            return self.client.jobs.get_run_output((self._run.tasks or [])[0].run_id or 0).error or ""
        except (dg.Failure, IndexError):
            return ""

    def _failure(self, description: str) -> dg.Failure:
        return dg.Failure(f"{description}: {self._page}", metadata={"run": self._page})


def _outcome(run: Run) -> tuple[str, str]:
    """A run's end state and Databricks' message. If the task did not run to its end, its result state says less."""
    state = run.state
    if state is None or state.life_cycle_state is None:
        return "in an unknown state", ""
    outcome = state.life_cycle_state.value
    if outcome == "TERMINATED" and state.result_state:
        outcome = state.result_state.value
    return outcome, state.state_message or ""
