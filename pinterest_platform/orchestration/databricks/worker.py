"""Executes each step of a run as a one-time run on Databricks, instead of in Dagster's process.

The task on Databricks does the work. It reports by Dagster Pipes through a Unity Catalog volume, so the assets have the
same checks and metadata as in Dagster's process.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import dagster as dg
from databricks.sdk.service.jobs import JobEnvironment, QueueSettings, SubmitTask

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.databricks.client import StepClient
from pinterest_platform.orchestration.databricks.messages import VolumeMessages
from pinterest_platform.orchestration.databricks.reporting import PASSED_AT
from pinterest_platform.orchestration.databricks.workspace import PatientWorkspace, Workspace
from pinterest_platform.orchestration.results import newest_markers
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import databricks
from pinterest_platform.tasks.policy import TIMEOUT_SECONDS


@dataclass(frozen=True)
class DatabricksWorker:
    """Executes tasks on Databricks, in the workspace of the resource `databricks`."""

    settings: Settings
    domain: Domain
    databricks: Workspace

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """Like `workers.Worker`. If the step is interrupted, the run is cancelled.

        Raises:
            dagster.Failure: the run could not be submitted, did not succeed or reported nothing.
            EngineError: as `Workspace.get_client`.
        """
        settings, token = self.settings, _token(context, address)
        if address.startswith("raw/") and (untold := databricks.untold(settings, self.domain)):
            context.log.warning(
                "%s: not sent to Databricks, where every user could read it. Store it in a secret scope and name that "
                "scope in PINTEREST_DATABRICKS_SECRETS",
                ", ".join(untold),
            )
        workspace = PatientWorkspace(
            self.databricks.workspace_client.config, patience=settings.databricks_patience_seconds, log=context.log
        )
        messages = VolumeMessages(workspace, f"{settings.databricks_volume}/{token}", context.log)
        client = StepClient(workspace, messages, poll=settings.databricks_poll_seconds, log=context.log)
        options = ["--full-refresh"] if anew else []
        task = databricks.task(address, databricks.settings_of(settings, self.domain), *options)
        done = client.run(
            context=context,
            extras={PASSED_AT: newest_markers(context.instance, [context.asset_key]).get(context.asset_key, "")},
            task=SubmitTask.from_dict(task),
            submit_args=self._request(address, token),
        )
        return _reported(done)

    def _request(self, address: str, token: str) -> dict[str, Any]:
        environment = databricks.environment(self.settings.databricks_wheel, self.domain)
        return {
            "run_name": f"pinterest-platform {address}",
            "idempotency_token": token,
            "timeout_seconds": TIMEOUT_SECONDS,
            "queue": QueueSettings(enabled=True),
            "environments": [JobEnvironment.from_dict(environment)],
        }


def _reported(done: dg.PipesClientCompletedInvocation) -> dg.MaterializeResult:  # type: ignore[type-arg]
    """The result that `reporting.report` sent, with plain values as metadata except for Markdown and the run's page."""
    results = done.get_results(implicit_materializations=False)
    if not any(isinstance(result, dg.MaterializeResult) for result in results):
        pages = [str(value.value) for value in done.metadata.values() if isinstance(value, dg.UrlMetadataValue)]
        raise dg.Failure(f"the run succeeded but reported nothing. Materialize again: {', '.join(pages)}")
    result = done.get_materialize_result(implicit_materialization=False)
    kept = (dg.MarkdownMetadataValue, dg.UrlMetadataValue)
    figures = {
        name: value if isinstance(value, kept) else getattr(value, "value", value)
        for name, value in (result.metadata or {}).items()
    }
    return dg.MaterializeResult(asset_key=result.asset_key, metadata=figures, check_results=result.check_results)


def _token(context: dg.AssetExecutionContext, address: str) -> str:
    """Idempotency token of one try of a step, at most the 64 characters that are allowed."""
    return hashlib.sha256(f"{context.run.run_id}/{address}/{context.retry_number}".encode()).hexdigest()
