"""Does each step of a run as a one-time run on Databricks, instead of in Dagster's process.

The task there does the work and reports by Dagster Pipes through a Unity Catalog volume, so the same assets
have the same checks and metadata. The Pipes clients of dagster_databricks are not used: interrupted, they cancel and
then return as if all were well; any error while they poll leaves the run alone; after a task that died they wait.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.databricks import pipes
from pinterest_platform.orchestration.databricks.reporting import PASSED_AT
from pinterest_platform.orchestration.databricks.runs import DatabricksRun
from pinterest_platform.orchestration.databricks.workspace import workspace
from pinterest_platform.orchestration.results import newest_markers
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import databricks
from pinterest_platform.tasks.policy import TIMEOUT_SECONDS


@dataclass(frozen=True)
class DatabricksWorker:
    """Does the work on Databricks, in the workspace that DATABRICKS_HOST or a profile names."""

    settings: Settings
    domain: Domain

    def take(self, context: dg.AssetExecutionContext, address: str, *, anew: bool) -> dg.MaterializeResult:  # type: ignore[type-arg]
        """As `workers.Worker`. The run is cancelled when the step is interrupted.

        Raises:
            dagster.Failure: the run could not be submitted, did not succeed or reported nothing.
            EngineError: as `workspace`.
        """
        settings, client, token = self.settings, workspace(), _token(context, address)
        if address.startswith("raw/") and (untold := databricks.untold(settings, self.domain)):
            context.log.warning(
                "%s: not told to Databricks, where everybody would see it; PINTEREST_DATABRICKS_SECRETS names a secret "
                "scope that has it",
                ", ".join(untold),
            )
        run = DatabricksRun(
            client,
            poll=settings.databricks_poll_seconds,
            patience=settings.databricks_patience_seconds,
            log=context.log,
        )
        messages = pipes.VolumeMessages(client.files, f"{settings.databricks_volume}/{token}", run.ask, context.log)
        with dg.open_pipes_session(
            context=context,
            context_injector=dg.PipesEnvContextInjector(),
            message_reader=messages,
            extras={PASSED_AT: newest_markers(context.instance, [context.asset_key]).get(context.asset_key, "")},
        ) as session:
            options = [part for pair in session.get_bootstrap_cli_arguments().items() for part in pair]
            request = self._request(address, token, ["--full-refresh", *options] if anew else options)
            run_id = None
            try:
                run_id = run.submit(request)
                ended = run.follow(run_id, messages.read_new)
            except dg.Failure:
                raise
            except BaseException:  # Above all an interruption: the step was cancelled.
                # Sent once more, the request gives the run that there may be already.
                run.cancel(run_id or run.submit(request))
                raise
            run.verify(ended, pipes.reported_error(session))
        done = pipes.reported(session)
        if done is None:
            raise dg.Failure(f"run {run_id} succeeded but reported nothing; materialize again: {run.page}")
        figures = {**(done.metadata or {}), "databricks_run": dg.MetadataValue.url(run.page)}
        return dg.MaterializeResult(asset_key=done.asset_key, metadata=figures, check_results=done.check_results)

    def _request(self, address: str, token: str, options: list[str]) -> dict[str, Any]:
        from databricks.sdk.service.jobs import JobEnvironment, QueueSettings, SubmitTask

        environment = databricks.environment(self.settings.databricks_wheel, self.domain)
        task = databricks.task(address, databricks.settings_of(self.settings, self.domain), *options)
        return {
            "run_name": f"pinterest-platform {address}",
            "idempotency_token": token,
            "timeout_seconds": TIMEOUT_SECONDS,
            "queue": QueueSettings(enabled=True),
            "tasks": [SubmitTask.from_dict(task)],
            "environments": [JobEnvironment.from_dict(environment)],
        }


def _token(context: dg.AssetExecutionContext, address: str) -> str:
    """Idempotency token of one try of a step, of the 64 characters that are allowed."""
    return hashlib.sha256(f"{context.run.run_id}/{address}/{context.retry_number}".encode()).hexdigest()
