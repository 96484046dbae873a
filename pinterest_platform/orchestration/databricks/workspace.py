"""The workspace of Databricks as Dagster's resource, and a client of it that asks again while it cannot answer.

What is asked of the workspace is up to whoever opens it.
"""

from __future__ import annotations

import io
import logging
import time
from typing import Any, Self

import dagster as dg
from dagster_databricks import DatabricksClient, DatabricksClientResource
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import ApiClient, Config
from databricks.sdk.errors import (
    DeadlineExceeded,
    InternalError,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.service.jobs import JobsAPI
from requests import RequestException

from pinterest_platform.backoff import Backoff
from pinterest_platform.engines.contract import EngineError


class Workspace(DatabricksClientResource):
    """The workspace that its configuration names, or else DATABRICKS_HOST or a profile."""

    def get_client(self) -> DatabricksClient:
        """Mends: the package refuses to look for credentials where Databricks' other tools find them.

        Raises:
            EngineError: no workspace is named.
        """
        try:
            given = self.token or self.oauth_credentials or self.azure_credentials or self.credentials_strategy
            return super().get_client() if given else DatabricksClient(host=self.host)
        except ValueError as error:
            raise EngineError(
                f"{error}; set DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CONFIG_PROFILE"
            ) from error

    @property
    def workspace_client(self) -> WorkspaceClient:
        """As `DatabricksClient` has it, which the package puts into an op's context."""
        return self.get_client().workspace_client

    def get_object_to_set_on_execution_context(self) -> Self:
        """Mends: the package opens the workspace before the first step, so that no step says what is wrong with it."""
        return self


class PatientWorkspace(WorkspaceClient):
    """Mends: the SDK does not repeat a call that was answered 500, and repeats others for five minutes without a word.

    Jobs, and whoever takes `api_client`, are asked again with growing waits for `patience` seconds. `files` is not.
    """

    def __init__(self, config: Config, *, patience: float, log: logging.Logger) -> None:
        config.retry_timeout_seconds = 1
        super().__init__(config=config)
        self._patient = _PatientApi(self.config, patience, log)
        self._patient_jobs = JobsAPI(self._patient)  # type: ignore[no-untyped-call]

    @property
    def api_client(self) -> ApiClient:
        return self._patient

    @property
    def jobs(self) -> JobsAPI:  # type: ignore[override]
        return self._patient_jobs


class _PatientApi(ApiClient):
    """Raises dagster.Failure, which says what to do, where asking again does not help. A file that is not there is an
    answer: databricks.sdk.errors.NotFound."""

    def __init__(self, config: Config, patience: float, log: logging.Logger) -> None:
        super().__init__(config)
        self._patience, self._log = patience, log

    def do(self, *args: Any, **kwargs: Any) -> Any:
        backoff = Backoff(self._patience)
        while True:
            try:
                answer = super().do(*args, **kwargs)
                if kwargs.get("raw") and isinstance(answer, dict):
                    # A file, which is a message of a few kilobytes: the connection may break while it is read.
                    return {**answer, "contents": io.BytesIO(answer["contents"].read())}
                return answer
            # All that the SDK raises for what came over the wire, or did not, is an OSError.
            except OSError as error:
                if isinstance(error, NotFound) and "/fs/files/" in str(args):
                    raise
                # The SDK repeats a few calls itself for a second, and hides what went wrong behind a TimeoutError.
                problem = error.__cause__ if isinstance(error, TimeoutError) and error.__cause__ else error
                delay = backoff.next_delay() if _passes(problem) else None
                if delay is None:
                    raise dg.Failure(self._refused(problem)) from error
                self._log.warning("Databricks cannot answer (%s); asking again in %.1f s", problem, delay)
            time.sleep(delay)

    def _refused(self, problem: BaseException) -> str:
        code = getattr(problem, "error_code", None)
        what = f"Databricks at {self._cfg.host}: {f'{code}: ' if code else ''}{str(problem).rstrip('.')}"
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


def _passes(problem: BaseException) -> bool:
    """Whether it may be gone when asked again."""
    if isinstance(problem, RequestException):
        return not isinstance(problem, ValueError)  # Those are about the address or the answer, not about the way.
    return isinstance(problem, TooManyRequests | InternalError | TemporarilyUnavailable | DeadlineExceeded)
