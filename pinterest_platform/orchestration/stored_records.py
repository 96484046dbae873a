"""Finds and deletes the records of Dagster that its public API does not reach.

The public methods are `delete_run` and `wipe_assets` of an instance. They leave events without a run and the check
results of deleted runs. With local storage they also leave the databases of runs and the output of their steps.
All private parts of Dagster are imported here. A test fails if the installed Dagster has changed them.
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
    """Delete all records of a run except its check results. Step output that is not on this machine, for example in
    S3, is kept."""
    # With local storage, each run has its own database of events and a folder of step output. After a crash in between,
    # the next call finds the run again.
    if isinstance(logs := instance.compute_log_manager, LocalComputeLogManager):
        logs.delete_logs(prefix=[run_id])
    instance.delete_run(run_id)
    if isinstance(storage := instance.event_log_storage, SqliteEventLogStorage):
        for suffix in ("", "-wal", "-shm"):
            Path(storage.path_for_shard(run_id) + suffix).unlink(missing_ok=True)


def wipe_assets(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> None:
    """Delete all events of the assets that deleted runs left, and all events without a run."""
    if not keys:
        return
    if isinstance(storage := instance.event_log_storage, SqlEventLogStorage):
        named = [key.to_string() for key in keys]
        # With local storage, events without a run are also in their own database.
        for connecting in (storage.index_connection(), storage.run_connection(RUNLESS_RUN_ID)):
            with connecting as connection:
                connection.execute(sa.delete(AssetEventTagsTable).where(_Tags.asset_key.in_(named)))
                connection.execute(sa.delete(SqlEventLogStorageTable).where(_Events.asset_key.in_(named)))
    # Last, so that after a crash the next call finds the assets again. This also deletes check results.
    instance.wipe_assets(keys)


def runs_of_newest_results(instance: dg.DagsterInstance) -> set[str]:
    """The runs that made the newest result of each check."""
    if not isinstance(storage := instance.event_log_storage, SqlEventLogStorage):
        return set()
    with storage.index_connection() as connection:
        return set(connection.scalars(sa.select(_Checks.run_id).where(_Checks.id.in_(_newest_results()))))


def delete_events_without_runs(instance: dg.DagsterInstance, before: datetime) -> None:
    """Delete old check results, which Dagster keeps when their run is deleted, and old events that streams and sensors
    reported without a run. The newest of each asset and check is kept."""
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
