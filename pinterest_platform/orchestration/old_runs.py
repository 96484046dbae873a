"""Deletes old runs from Dagster's records, which otherwise keep every run's hundreds of events for ever.

What tells the present stays: the run of each asset's newest materialization and observation, of each check's newest
result, and every run that has not ended. What a run wrote to the lake is none of its events, and stays in any case.

Dagster's own API deletes a run alone. What it leaves has no public name: results of checks, events without a run, and
on one machine the databases and logs of runs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import sqlalchemy as sa
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from pydantic import Field

#: As long as old versions of tables are kept.
DAYS = 7

#: What a command that has other work to do deletes beside; the job deletes all.
MOST_IN_PASSING = 100

_AT_ONCE = 100

_ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

_Events, _Checks, _Tags = SqlEventLogStorageTable.c, AssetCheckExecutionsTable.c, AssetEventTagsTable.c


class OldRunsConfig(dg.Config):
    """Which runs are old."""

    run_days: int = Field(DAYS, ge=0, description="Runs that ended longer ago are deleted from Dagster's records.")


@dg.op(name="delete_old_runs")
def delete_old_runs_op(context: dg.OpExecutionContext, config: OldRunsConfig) -> None:
    deleted = delete_old_runs(context.instance, timedelta(days=config.run_days))
    context.log.info("%d runs that ended more than %d days ago are deleted", deleted, config.run_days)


def delete_old_runs(
    instance: dg.DagsterInstance, age: timedelta = timedelta(days=DAYS), *, most: int | None = None
) -> int:
    """Delete the runs that ended longer ago, the oldest first; returns how many. With `most` not more than so many, and
    none while there are fewer: to find out which tell the present takes a query or two for each asset."""
    before = datetime.now(UTC) - age
    ended = dg.RunsFilter(statuses=list(_ENDED), updated_before=before)
    if instance.get_runs_count(ended) < (most or 0):
        return 0
    deleted = 0
    for run_id in _old(instance, ended):
        if deleted == most:
            break
        delete_run(instance, run_id)
        deleted += 1
    if deleted or most is None:
        _delete_events_without_runs(instance, before.replace(tzinfo=None))
    return deleted


def _old(instance: dg.DagsterInstance, ended: dg.RunsFilter) -> Iterator[str]:
    kept = _of_the_present(instance)
    # What is kept is found again each time, beside what comes after it.
    while runs := [
        run_id
        for record in instance.get_run_records(ended, limit=len(kept) + _AT_ONCE, ascending=True)
        if (run_id := record.dagster_run.run_id) not in kept
    ]:
        yield from runs


def _of_the_present(instance: dg.DagsterInstance) -> set[str]:
    kept: set[str | None] = set()
    for record in instance.get_asset_records():
        entry = record.asset_entry
        kept.add(entry.last_run_id)
        kept.update(
            newest.run_id
            for records in (
                instance.fetch_materializations(entry.asset_key, limit=1),
                instance.fetch_observations(entry.asset_key, limit=1),
            )
            for newest in records.records
        )
    if isinstance(storage := instance.event_log_storage, SqlEventLogStorage):
        with storage.index_connection() as connection:
            kept.update(connection.scalars(sa.select(_Checks.run_id).where(_Checks.id.in_(_newest_results()))))
    return {run_id for run_id in kept if run_id}


def delete_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete all that is recorded of a run, but for the results of its checks."""
    instance.delete_run(run_id)
    # On one machine a run's events are a database of their own, and what its steps printed is a folder.
    if isinstance(storage := instance.event_log_storage, SqliteEventLogStorage):
        for suffix in ("", "-wal", "-shm"):
            Path(storage.path_for_shard(run_id) + suffix).unlink(missing_ok=True)
    if isinstance(logs := instance.compute_log_manager, LocalComputeLogManager):
        logs.delete_logs(prefix=[run_id])


def _delete_events_without_runs(instance: dg.DagsterInstance, before: datetime) -> None:
    """Results of checks, which Dagster keeps when their run goes, and what streams and sensors tell without a run; but
    for the newest of each asset and check."""
    if not isinstance(storage := instance.event_log_storage, SqlEventLogStorage):
        return
    newest = sa.select(sa.func.max(_Events.id)).where(_Events.asset_key.is_not(None))
    old = sa.select(_Events.id).where(
        _Events.run_id == RUNLESS_RUN_ID,
        _Events.timestamp < before,
        _Events.id.not_in(newest.group_by(_Events.asset_key, _Events.dagster_event_type)),
    )
    with storage.index_connection() as connection:
        connection.execute(sa.delete(AssetEventTagsTable).where(_Tags.event_id.in_(old)))
        connection.execute(sa.delete(SqlEventLogStorageTable).where(_Events.id.in_(old)))
        connection.execute(
            sa.delete(AssetCheckExecutionsTable).where(
                _Checks.create_timestamp < before, _Checks.id.not_in(_newest_results())
            )
        )


def _newest_results() -> sa.Select[tuple[int]]:
    return sa.select(sa.func.max(_Checks.id)).group_by(_Checks.asset_key, _Checks.check_name)
