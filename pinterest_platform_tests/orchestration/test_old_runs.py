"""Old runs are deleted from Dagster's records, on one machine and in PostgreSQL; what tells the present stays."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg
import sqlalchemy as sa
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._core.storage.runs import SqlRunStorage
from dagster._core.storage.runs.schema import RunsTable

from pinterest_platform.orchestration.old_runs import DAYS, delete_old_runs, delete_old_runs_op
from pinterest_platform.settings import Settings

PIN, GEO, TOPIC = dg.AssetKey("pin"), dg.AssetKey("geo"), dg.AssetKey("topic")
JUDGED = dg.AssetCheckKey(PIN, "judged")
OLD = timedelta(days=DAYS, hours=1)


@dg.multi_asset(
    specs=[dg.AssetSpec(PIN, skippable=True), dg.AssetSpec(GEO, skippable=True)],
    check_specs=[dg.AssetCheckSpec("judged", asset=PIN)],
    can_subset=True,
)
def tables(context: dg.AssetExecutionContext) -> Iterator[Any]:
    for key in (PIN, GEO):
        if key in context.selected_asset_keys:
            yield dg.MaterializeResult(key)
    if JUDGED in context.selected_asset_check_keys:
        yield dg.AssetCheckResult(passed=True, asset_key=PIN, check_name="judged")
    context.log_event(dg.AssetObservation(TOPIC))
    print("printed by a step")


@dg.job
def maintenance() -> None:
    delete_old_runs_op()


def made(instance: dg.DagsterInstance, *keys: dg.AssetKey) -> str:
    return dg.materialize([tables], instance=instance, selection=list(keys) or None).run_id


def age(instance: dg.DagsterInstance) -> None:
    """All that is recorded so far happened before the days that are kept."""
    then = datetime.now(UTC).replace(tzinfo=None) - OLD
    assert isinstance(instance.run_storage, SqlRunStorage)
    assert isinstance(instance.event_log_storage, SqlEventLogStorage)
    with instance.run_storage.connect() as connection:
        connection.execute(sa.update(RunsTable).values(update_timestamp=then, create_timestamp=then))
    with instance.event_log_storage.index_connection() as connection:
        connection.execute(sa.update(SqlEventLogStorageTable).values(timestamp=then))
        connection.execute(sa.update(AssetCheckExecutionsTable).values(create_timestamp=then))


def recorded(instance: dg.DagsterInstance) -> set[str]:
    return {run.run_id for run in instance.get_runs()}


def count(instance: dg.DagsterInstance, table: sa.Table) -> int:
    assert isinstance(instance.event_log_storage, SqlEventLogStorage)
    with instance.event_log_storage.index_connection() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def test_old_runs_go_and_the_present_stays(home: dg.DagsterInstance) -> None:
    old_runs_go_and_the_present_stays(home)


def test_old_runs_go_and_the_present_stays_in_postgresql(deployed: dg.DagsterInstance) -> None:
    old_runs_go_and_the_present_stays(deployed)


def old_runs_go_and_the_present_stays(instance: dg.DagsterInstance) -> None:
    first, whole, pin = made(instance), made(instance), made(instance, PIN)
    for _ in range(3):
        instance.report_runless_asset_event(dg.AssetMaterialization(dg.AssetKey("stream")))
    age(instance)
    young = made(instance, GEO)
    before = newest(instance)
    results, events = count(instance, AssetCheckExecutionsTable), count(instance, SqlEventLogStorageTable)

    assert delete_old_runs(instance) == 2
    # `pin` made the newest materialization of pin and the newest result of its check.
    assert recorded(instance) == {pin, young}
    assert newest(instance) == before
    assert not instance.all_logs(first)
    assert not instance.all_logs(whole)
    assert instance.all_logs(pin)
    assert count(instance, AssetCheckExecutionsTable) == results - 2
    assert len(instance.fetch_materializations(dg.AssetKey("stream"), limit=9).records) == 1
    assert count(instance, SqlEventLogStorageTable) < events
    assert delete_old_runs(instance) == 0
    assert newest(instance) == before


def newest(instance: dg.DagsterInstance) -> list[Any]:
    keys = [PIN, GEO, TOPIC, dg.AssetKey("stream")]
    result = instance.get_latest_asset_check_evaluation_record(JUDGED)
    assert result
    return [
        *(instance.get_latest_materialization_event(key) for key in keys),
        *(record.storage_id for record in instance.fetch_observations(TOPIC, limit=1).records),
        result.event,
    ]


def test_what_a_run_left_on_the_disk_goes_with_it(home: dg.DagsterInstance, settings: Settings) -> None:
    first, second = made(home), made(home)
    age(home)
    delete_old_runs(home)
    files = {path for path in settings.dagster_home.rglob("*") if path.is_file()}
    assert not [path for path in files if first in str(path)]
    assert [path for path in files if second in str(path)]


def test_run_that_has_not_ended_stays(home: dg.DagsterInstance) -> None:
    begun = home.create_run_for_job(maintenance).run_id
    home.handle_run_event(begun, dg.DagsterEvent("PIPELINE_START", "maintenance"))
    age(home)
    assert delete_old_runs(home) == 0
    assert recorded(home) == {begun}


def test_command_deletes_some_in_passing_and_the_oldest_first(home: dg.DagsterInstance) -> None:
    runs = [made(home) for _ in range(4)]
    age(home)
    assert delete_old_runs(home, most=2) == 2
    assert recorded(home) == set(runs[2:])
    assert delete_old_runs(home, most=3) == 0


def test_job_deletes_them(home: dg.DagsterInstance) -> None:
    first, second = made(home), made(home)
    age(home)
    config = {"ops": {"delete_old_runs": {"config": {"run_days": DAYS}}}}
    ended = maintenance.execute_in_process(instance=home, run_config=config)
    assert recorded(home) == {second, ended.run_id}
    assert first not in recorded(home)
