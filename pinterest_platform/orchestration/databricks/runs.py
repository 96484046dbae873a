"""One-time runs on Databricks: submitted once, followed to their end through lost connections, cancelled.

What goes wrong becomes a failed step that names the run's page and what to do. What runs there is not known here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

import dagster as dg

from pinterest_platform.backoff import Backoff

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service.jobs import Run

T = TypeVar("T")

#: By state of a run that did not succeed: what to do.
_ADVICE = {
    "FAILED": "See the task's output on its page",
    "TIMEDOUT": "It was stopped for taking too long; see on its page what it waited for, then materialize again",
    "CANCELED": "It was cancelled on Databricks; materialize again when it may run",
    "SKIPPED": "It was not started, and nothing was done; materialize again",
    "INTERNAL_ERROR": "Databricks could not run it; materialize again; if that does not help, look at the limits of "
    "the workspace and at status.databricks.com",
}


class DatabricksRun:
    """A run from before it is submitted to its end.

    Where Databricks does not answer, or answers that it cannot at the moment, each call is repeated with growing waits
    for `patience` seconds. Every method raises dagster.Failure where that does not help.
    """

    def __init__(self, client: WorkspaceClient, *, poll: float, patience: float, log: logging.Logger) -> None:
        self._client, self._poll, self._patience, self._log = client, poll, patience, log
        self.page = ""
        """Address of the run's page, as soon as Databricks has told it; its id until then."""

    def submit(self, request: Mapping[str, Any]) -> int:
        """Id of the run; `request` are the arguments of the SDK's `jobs.submit`. It must have an idempotency token:
        however often it is sent, there is one run."""
        run_id = int(self.ask(lambda: self._client.jobs.submit(**request).bind()["run_id"]))
        self.page = self.page or f"run {run_id}"
        self._log.info("submitted run %d to %s", run_id, self._client.config.host)
        return run_id

    def follow(self, run_id: int, news: Callable[[], None]) -> Run:
        """The run when it is over, however it ended; `news` is called at each look, the last time after the end."""
        from databricks.sdk.service.jobs import RunLifeCycleState as State

        seen = None
        while True:
            run = self.ask(lambda: self._client.jobs.get_run(run_id))
            state = run.state.life_cycle_state if run.state else None
            if seen != state:
                self.page = run.run_page_url or self.page
                self._log.info("run %d is %s: %s", run_id, state.value if state else "in an unknown state", self.page)
            seen = state
            news()
            if state in (State.TERMINATED, State.SKIPPED, State.INTERNAL_ERROR):
                return run
            time.sleep(self._poll)

    def cancel(self, run_id: int) -> None:
        """Ask for the run to be cancelled, and wait until it has ended."""
        self._log.info("cancelling run %d: %s", run_id, self.page)
        self.ask(lambda: self._client.jobs.cancel_run(run_id))
        self.follow(run_id, lambda: None)

    def verify(self, run: Run, said: str) -> None:
        """Raises dagster.Failure unless the run succeeded; `said` is what the task said of its failure, if anything."""
        outcome, message = _outcome(run)
        if outcome == "SUCCESS":
            return
        reason = said or (outcome == "FAILED" and self._error(run)) or message or "no reason given"
        advice = _ADVICE.get(outcome, "See its page")
        if any(word in reason for word in ("RESOURCE_EXHAUSTED", "QUOTA")):
            advice = "Run fewer steps at once, or ask for a higher limit of the workspace"
        raise self._failure(f"run {run.run_id} on Databricks ended {outcome}: {reason.rstrip('.')}. {advice}")

    def ask(self, call: Callable[[], T]) -> T:
        """What the call returns, asked again while Databricks cannot answer."""
        backoff = Backoff(self._patience)
        while True:
            try:
                return call()
            # All that the SDK raises for what came over the wire, or did not, is an OSError.
            except OSError as error:
                # The SDK repeats a few calls itself for a second, and hides what went wrong behind a TimeoutError.
                problem = error.__cause__ if isinstance(error, TimeoutError) and error.__cause__ else error
                delay = backoff.next_delay() if _passes(problem) else None
                if delay is None:
                    raise self._failure(self._refused(problem)) from error
                self._log.warning("Databricks cannot answer (%s); asking again in %.1f s", problem, delay)
            time.sleep(delay)

    def _error(self, run: Run) -> str:
        """What the run's task raised, as Databricks saw it; empty where it knows nothing."""
        try:
            return self._client.jobs.get_run_output((run.tasks or [])[0].run_id or 0).error or ""
        except (OSError, IndexError):
            return ""

    def _refused(self, problem: BaseException) -> str:
        from databricks.sdk.errors import PermissionDenied, TooManyRequests, Unauthenticated

        code = getattr(problem, "error_code", None)
        what = f"Databricks at {self._client.config.host}: {f'{code}: ' if code else ''}{str(problem).rstrip('.')}"
        if isinstance(problem, PermissionDenied | Unauthenticated):
            return f"{what}. Check DATABRICKS_TOKEN, or the profile, and what its user may do (jobs, the volume)"
        if isinstance(problem, TooManyRequests):
            return (
                f"{what}, for {self._patience:g} s. Run fewer steps at once, or ask for a higher limit of the workspace"
            )
        if _passes(problem):
            return (
                f"{what}, for {self._patience:g} s. A run that was submitted may still be going on; materialize again "
                "when Databricks answers: nothing is done twice"
            )
        return what

    def _failure(self, description: str) -> dg.Failure:
        where = f": {self.page}" if self.page else ""
        return dg.Failure(f"{description}{where}", metadata={"run": self.page} if self.page else None)


def _outcome(run: Run) -> tuple[str, str]:
    """How a run ended, and what Databricks says of it. Where the task was not run to its end, its result says less."""
    state = run.state
    if state is None or state.life_cycle_state is None:
        return "in an unknown state", ""
    outcome = state.life_cycle_state.value
    if outcome == "TERMINATED" and state.result_state:
        outcome = state.result_state.value
    return outcome, state.state_message or ""


def _passes(problem: BaseException) -> bool:
    """Whether it may be gone when asked again."""
    from databricks.sdk.errors import DeadlineExceeded, InternalError, TemporarilyUnavailable, TooManyRequests
    from requests import RequestException

    if isinstance(problem, RequestException):
        return not isinstance(problem, ValueError)  # Those are about the address or the answer, not about the way.
    return isinstance(problem, TooManyRequests | InternalError | TemporarilyUnavailable | DeadlineExceeded)
