"""The Databricks workspace as a Dagster resource, and an API client that retries while the workspace cannot answer.

Both are independent of the requests that are sent through them.
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
    """The workspace from its configuration, else from DATABRICKS_HOST or a profile."""

    def get_client(self) -> DatabricksClient:
        """Fixes: the package does not search for credentials where Databricks' other tools find them.

        Raises:
            EngineError: no workspace is configured.
        """
        try:
            given = self.token or self.oauth_credentials or self.azure_credentials or self.credentials_strategy
            return super().get_client() if given else DatabricksClient(host=self.host)
        except ValueError as error:
            raise EngineError(
                f"{error}. Set DATABRICKS_HOST and DATABRICKS_TOKEN, or DATABRICKS_CONFIG_PROFILE"
            ) from error

    @property
    def workspace_client(self) -> WorkspaceClient:
        """Like the attribute of `DatabricksClient`, which the package puts into an op's context."""
        return self.get_client().workspace_client

    def get_object_to_set_on_execution_context(self) -> Self:
        """Fixes: the package opens the workspace before the first step, so no step can report an error with it."""
        return self


class PatientWorkspace(WorkspaceClient):
    """Fixes: the SDK does not retry calls that were answered 500, and silently retries others for five minutes.

    `jobs` and users of `api_client` retry with growing waits for `patience` seconds. `files` does not.
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
    """Raises dagster.Failure, which says what to do, if retries do not help. A missing file is an answer:
    databricks.sdk.errors.NotFound."""

    def __init__(self, config: Config, patience: float, log: logging.Logger) -> None:
        super().__init__(config)
        self._patience, self._log = patience, log

    def do(self, *args: Any, **kwargs: Any) -> Any:
        backoff = Backoff(self._patience)
        while True:
            try:
                answer = super().do(*args, **kwargs)
                if kwargs.get("raw") and isinstance(answer, dict):
                    # A file is a message of a few kilobytes. Read it here, as the connection may break meanwhile.
                    return {**answer, "contents": io.BytesIO(answer["contents"].read())}
                return answer
            # Every error of the SDK about a response or the connection is an OSError.
            except OSError as error:
                if isinstance(error, NotFound) and "/fs/files/" in str(args):
                    raise
                # The SDK itself retries a few calls for a second, and hides the error behind a TimeoutError.
                problem = error.__cause__ if isinstance(error, TimeoutError) and error.__cause__ else error
                delay = backoff.next_delay() if _passes(problem) else None
                if delay is None:
                    raise dg.Failure(self._refused(problem)) from error
                self._log.warning("Databricks cannot answer (%s); retrying in %.1f s", problem, delay)
            time.sleep(delay)

    def _refused(self, problem: BaseException) -> str:
        code = getattr(problem, "error_code", None)
        what = f"Databricks at {self._cfg.host}: {f'{code}: ' if code else ''}{str(problem).rstrip('.')}"
        if isinstance(problem, PermissionDenied | Unauthenticated):
            return f"{what}. Check DATABRICKS_TOKEN or the profile, and its user's permissions (jobs, the volume)"
        if isinstance(problem, TooManyRequests):
            return (
                f"{what}, for {self._patience:g} s. Run fewer steps at once, or request a higher limit for the "
                "workspace"
            )
        if _passes(problem):
            return (
                f"{what}, for {self._patience:g} s. A submitted run may still be running. Materialize again when "
                "Databricks answers: no work is done twice"
            )
        return what


def _passes(problem: BaseException) -> bool:
    """Whether a retry may succeed."""
    if isinstance(problem, RequestException):
        return not isinstance(problem, ValueError)  # These concern the address or the answer, not the connection.
    return isinstance(problem, TooManyRequests | InternalError | TemporarilyUnavailable | DeadlineExceeded)
