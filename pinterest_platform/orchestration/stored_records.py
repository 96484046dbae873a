"""Dagster's records, as far as its public API neither finds nor deletes them.

Public are `delete_run` and `wipe_assets` of an instance. They leave events without a run, the results of checks of a
run that is deleted, and on one machine the databases of runs and what their steps printed. Nothing public names these.
So all that is private of Dagster is imported here, and a test fails where an installed Dagster has it otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
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

#: The states of a run that has ended.
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)

_Events, _Checks, _Tags = SqlEventLogStorageTable.c, AssetCheckExecutionsTable.c, AssetEventTagsTable.c


def delete_run(instance: dg.DagsterInstance, run_id: str) -> None:
    """Delete all that is recorded of a run, but for the results of its checks. What steps printed stays where it is not
    on this machine, as in S3."""
    # On one machine a run's events are a database of their own, and what its steps printed is a folder. Who is killed
    # in between finds the run again.
    if isinstance(logs := instance.compute_log_manager, LocalComputeLogManager):
        logs.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    if isinstance(storage := instance.event_log_storage, SqliteEventLogStorage):
        for suffix in ("", "-wal", "-shm"):
            Path(storage.path_for_shard(run_id) + suffix).unlink(missing_ok=True)


def wipe_assets(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> None:
    """Delete all events of assets that ended runs left, and what is told of them without a run."""
    if not keys:
        return
    if isinstance(storage := instance.event_log_storage, SqlEventLogStorage):
        named = [key.to_string() for key in keys]
        # On one machine what is told without a run is in a database of its own too.
        for connecting in (storage.index_connection(), storage.run_connection(RUNLESS_RUN_ID)):
            with connecting as connection:
                connection.execute(sa.delete(AssetEventTagsTable).where(_Tags.asset_key.in_(named)))
                connection.execute(sa.delete(SqlEventLogStorageTable).where(_Events.asset_key.in_(named)))
    # Last: who is killed before finds the assets again. It deletes the results of checks too.
    instance.wipe_assets(keys)


def runs_of_newest_results(instance: dg.DagsterInstance) -> set[str]:
    """The runs that made the newest result of each check."""
    if not isinstance(storage := instance.event_log_storage, SqlEventLogStorage):
        return set()
    with storage.index_connection() as connection:
        return set(connection.scalars(sa.select(_Checks.run_id).where(_Checks.id.in_(_newest_results()))))


def delete_events_without_runs(instance: dg.DagsterInstance, before: datetime) -> None:
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
