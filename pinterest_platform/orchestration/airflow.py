"""Assets for the tables that Airflow keeps up to date, and the sensor that reports Airflow's task runs to Dagster.

The sensor only reports materializations and requests Dagster runs. It never triggers Airflow. dagster-airlift can
trigger Airflow, but it supports only the REST API of Airflow 2.

The sensor keeps no state. Each materialization in Dagster's event log carries the Airflow run and try that it reports.
So each task is reported exactly once, even if the daemon crashes. Tables that have moved to Dagster, and the report,
may depend on tables that stay with Airflow. When such an upstream is newer, the sensor requests a run, by the same
rules as the sensor of the landing zone.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import dagster as dg

from pinterest_platform.addresses import task_key
from pinterest_platform.airflow.kept_tables import steps_before
from pinterest_platform.airflow.runs import TaskRun, succeeded
from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.orchestration.names import own_name
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.orchestration.sensors import failures_in_a_row, is_under_way, when
from pinterest_platform.report.publish import ADDRESS as REPORT
from pinterest_platform.settings import Settings

SENSOR = "airflow_runs"

_INTERVAL_SECONDS = 30

#: How far back the first tick looks: a daily DAG has run since.
_FIRST_LOOK = timedelta(days=2)

#: Airflow may report a task later than one that ended after it.
_OVERLAP = timedelta(minutes=10)

#: How many of a table's newest materializations are compared: far more than the tasks that end within the overlap.
_REMEMBERED = 100

_RUN, _TRY, _ENDED = "airflow_run", "airflow_try", "airflow_ended"


def seen(asset: dg.AssetsDefinition, settings: Settings) -> dg.AssetSpec:
    """The asset for a table that Airflow keeps up to date: it looks the same, but Dagster cannot run it."""
    [spec] = asset.specs
    metadata = {"airflow": settings.airflow, "airflow_dag": settings.airflow_dag}
    stored = spec.kinds & {"deltalake"} or spec.kinds
    return spec.replace_attributes(kinds={"airflow", *stored}).merge_attributes(metadata=metadata)


def airflow_runs(catalog: Catalog, kept: Iterable[str], settings: Settings) -> dg.SensorDefinition:
    """The sensor for the tables `kept` by Airflow. It requests no run while another one is queued or running."""
    tables = {task_key(address): address for address in kept}
    moved = {a: before for a, before in steps_before(catalog, settings).items() if a not in tables.values()}
    made_of = {address: [name for name in before if name in tables.values()] for address, before in moved.items()}
    made_of[REPORT] = [model.address for model in catalog.results if model.address in tables.values()]
    domain = catalog.domain

    @dg.sensor(
        name=own_name(domain, SENSOR),
        job_name=own_name(domain, REFRESH_ALL),
        minimum_interval_seconds=_INTERVAL_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Reports the finished tasks of the Airflow DAG {settings.airflow_dag} as materializations. "
        f"Requests a run of {own_name(domain, REFRESH_ALL)} when a table or report in Dagster is older than its "
        "upstream tables in Airflow.",
    )
    def look(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        instance, now = context.instance, datetime.now(UTC)
        newest = max(
            filter(None, (_newest_reported(instance, domain, address) for address in tables.values())), default=None
        )
        runs = succeeded(settings, newest - _OVERLAP if newest else now - _FIRST_LOOK)
        events = _unreported(instance, domain, [(tables[run.task], run) for run in runs if run.task in tables])
        news = ", ".join(
            f"{address} is older than {upstream}" for address, upstream in _stale(instance, domain, made_of)
        )
        under_way, failures = is_under_way(instance, domain), failures_in_a_row(instance, domain)
        decision = when(news, under_way=under_way, failures=failures, now=now)
        if isinstance(decision, dg.RunRequest):
            return dg.SensorResult(asset_events=events, run_requests=[decision])
        return dg.SensorResult(asset_events=events, skip_reason=decision)

    return look


def _newest_reported(instance: dg.DagsterInstance, domain: Domain, address: str) -> datetime | None:
    """When the task of the newest materialization ended; None if that is not Airflow's."""
    entry = instance.get_latest_materialization_event(asset_key(domain, address))
    ended = entry.asset_materialization.metadata.get(_ENDED) if entry and entry.asset_materialization else None
    return datetime.fromtimestamp(float(str(ended.value)), UTC) if ended else None


def _unreported(
    instance: dg.DagsterInstance, domain: Domain, runs: Iterable[tuple[str, TaskRun]]
) -> list[dg.AssetMaterialization]:
    reported: dict[str, set[tuple[object, object]]] = {}
    events = []
    for address, run in runs:
        if address not in reported:
            reported[address] = _reported(instance, domain, address)
        if (run.run, run.attempt) not in reported[address]:
            events.append(_materialization(domain, address, run))
    return events


def _reported(instance: dg.DagsterInstance, domain: Domain, address: str) -> set[tuple[object, object]]:
    """Run and try of the tasks that the newest materializations of a table report."""
    records = instance.fetch_materializations(asset_key(domain, address), limit=_REMEMBERED).records
    every = [record.asset_materialization.metadata for record in records if record.asset_materialization]
    return {(metadata[_RUN].value, metadata[_TRY].value) for metadata in every if _RUN in metadata}


def _materialization(domain: Domain, address: str, run: TaskRun) -> dg.AssetMaterialization:
    return dg.AssetMaterialization(
        asset_key(domain, address),
        description=f"Materialized by the Airflow task {run.task}.",
        metadata={_RUN: run.run, _TRY: run.attempt, _ENDED: dg.MetadataValue.timestamp(run.ended)},
    )


def _stale(instance: dg.DagsterInstance, domain: Domain, made_of: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
    """Each moved table whose newest run began before an upstream table's newest materialization, with that upstream."""
    for address, upstreams in made_of.items():
        began = _began(instance, domain, address) if upstreams else 0.0
        for upstream in upstreams:
            entry = instance.get_latest_materialization_event(asset_key(domain, upstream))
            if entry and entry.timestamp > began:
                yield address, upstream


def _began(instance: dg.DagsterInstance, domain: Domain, address: str) -> float:
    """When the run that made the table's newest materialization began; 0 if the table was never materialized."""
    entry = instance.get_latest_materialization_event(asset_key(domain, address))
    if entry is None:
        return 0.0
    record = instance.get_run_record_by_id(entry.run_id)
    return (record.start_time if record else None) or entry.timestamp
