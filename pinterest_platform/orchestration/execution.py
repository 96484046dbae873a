"""Runs the graph in this process and reports its progress to a listener, which decides how to show it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.dead_runs import end_dead_runs
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.orchestration.jobs import REFRESH_ALL, TIME_TRAVEL
from pinterest_platform.orchestration.names import ROW_COUNT, own_name
from pinterest_platform.orchestration.old_runs import MOST_IN_PASSING, delete_old_runs
from pinterest_platform.orchestration.records import address_of_step, failure_message
from pinterest_platform.orchestration.results import address_of
from pinterest_platform.orchestration.selection import selected_keys
from pinterest_platform.orchestration.signs_of_life import signs_of_life
from pinterest_platform.settings import Settings


class Listener(Protocol):
    """Receives the events of a run. `figures` are metrics by the names that `tasks.figures` gives them."""

    def ended(self, told: str) -> None:
        """An earlier run whose process is gone was marked as ended; `told` is a sentence about it."""

    def started(self, address: str) -> None:
        """A step started."""

    def made(self, address: str, rows: int | None, figures: Mapping[str, Any]) -> None:
        """A table or the report was materialized; `rows` is None for the report."""

    def copied(self, address: str, figures: Mapping[str, Any]) -> None:
        """An earlier version of a table was copied."""

    def violated(self, address: str, check: str, told: str, *, blocking: bool) -> None:
        """A check failed."""

    def failed(self, address: str, reason: str) -> None:
        """A step failed."""

    def stopped(self, reason: str) -> None:
        """The run failed outside its steps, for example because the engine cannot start."""


class Run:
    """A run of the assets that `select` names; with `as_of` it copies their tables as they were then.

    Raises:
        SelectionError: as `selected_keys`.
    """

    def __init__(
        self,
        settings: Settings,
        domain: Domain,
        select: Sequence[str],
        *,
        full_refresh: str = "no",
        as_of: str | None = None,
    ) -> None:
        self._settings, self._domain = settings, domain
        definitions = build_definitions(domain=domain, settings=settings)
        keys = selected_keys(definitions, domain, select, tables_only=as_of is not None)
        self._config: dict[str, Any] = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        self._options: dict[str, Any] = {}
        if as_of is None:
            self._job = definitions.resolve_job_def(own_name(domain, REFRESH_ALL))
            self._config["resources"] = {"refresh": {"config": {"full_refresh": full_refresh}}}
            self._options["asset_selection"] = keys
        else:
            self._job = definitions.resolve_job_def(own_name(domain, TIME_TRAVEL))
            tables = [address_of(domain, key) for key in keys]
            self._config["ops"] = {"read_as_of": {"config": {"as_of": as_of, "tables": tables}}}

    def execute(self, listener: Listener) -> bool:
        """Record the end of earlier runs that are dead, then run. Returns whether every step succeeded."""
        run_id = str(uuid.uuid4())
        with open_instance(self._settings) as instance:
            for told in end_dead_runs(instance):
                listener.ended(told)
            delete_old_runs(instance, most=MOST_IN_PASSING)
            instance.add_event_listener(run_id, lambda entry: _notify(listener, self._domain, entry))
            with signs_of_life(instance, run_id) as tags:
                result = self._job.execute_in_process(
                    instance=instance,
                    run_id=run_id,
                    run_config=self._config,
                    tags=tags,
                    raise_on_error=False,
                    **self._options,
                )
        return result.success


def _notify(listener: Listener, domain: Domain, entry: dg.EventLogEntry) -> None:
    event = entry.dagster_event
    if event is None:
        return
    kind = event.event_type
    if kind is dg.DagsterEventType.STEP_START and event.step_key:
        listener.started(address_of_step(domain, event.step_key))
    elif kind is dg.DagsterEventType.ASSET_MATERIALIZATION:
        figures = _values(event.materialization.metadata)
        address = address_of(domain, event.materialization.asset_key)
        listener.made(address, figures.pop(ROW_COUNT, None), figures)
    elif kind is dg.DagsterEventType.ASSET_OBSERVATION:
        observation: dg.AssetObservation = event.event_specific_data.asset_observation  # type: ignore[union-attr]
        figures = _values(observation.metadata)
        # Other observations are for the UI only.
        if "as_of" in figures:
            listener.copied(address_of(domain, observation.asset_key), figures)
    elif kind is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        check = event.asset_check_evaluation_data
        if not check.passed:
            blocking = check.severity is dg.AssetCheckSeverity.ERROR
            told = str(_values(check.metadata)["violated"])
            listener.violated(address_of(domain, check.asset_key), check.check_name, told, blocking=blocking)
    elif kind is dg.DagsterEventType.STEP_FAILURE and event.step_key:
        listener.failed(address_of_step(domain, event.step_key), failure_message(event))
    elif kind is dg.DagsterEventType.RUN_FAILURE and not event.job_failure_data.first_step_failure_event:
        listener.stopped(failure_message(event))


def _values(metadata: Mapping[str, dg.MetadataValue[Any]]) -> dict[str, Any]:
    return {name: value.value for name, value in metadata.items()}
