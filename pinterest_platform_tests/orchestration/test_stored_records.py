"""What is private of Dagster's records is as assumed, and what is deleted of them is gone from all databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dagster as dg
import pytest
import sqlalchemy as sa
from dagster._core.instance.utils import RUNLESS_RUN_ID
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import (
    AssetCheckExecutionsTable,
    AssetEventTagsTable,
    SqlEventLogStorageTable,
)
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager

from pinterest_platform.orchestration.stored_records import delete_run, wipe_assets
from pinterest_platform.settings import Settings

ERASED, OTHER = dg.AssetKey(["raw", "user"]), dg.AssetKey(["raw", "other"])


@dg.multi_asset(
    specs=[dg.AssetSpec(ERASED), dg.AssetSpec(OTHER)], check_specs=[dg.AssetCheckSpec("judged", asset=ERASED)]
)
def tables() -> Iterator[Any]:
    print("printed by a step")
    yield dg.MaterializeResult(ERASED)
    yield dg.MaterializeResult(OTHER)
    yield dg.AssetCheckResult(passed=True, asset_key=ERASED, check_name="judged")


def recorded(instance: dg.DagsterInstance) -> str:
    """A run of both tables, and what streams and sensors tell of them without one."""
    for key in (ERASED, OTHER):
        instance.report_runless_asset_event(dg.AssetObservation(key, metadata={"seen": "Ann"}))
        instance.report_runless_asset_event(dg.AssetMaterialization(key, tags={"dagster/data_version": "1"}))
    return dg.materialize([tables], instance=instance).run_id


def storage(instance: dg.DagsterInstance) -> SqlEventLogStorage:
    assert isinstance(instance.event_log_storage, SqlEventLogStorage)
    return instance.event_log_storage


def kept(instance: dg.DagsterInstance, key: dg.AssetKey) -> list[str]:
    """Events, tags and results of checks of an asset, by the kind of event or the table."""
    found = []
    for connecting in (storage(instance).index_connection(), storage(instance).run_connection(RUNLESS_RUN_ID)):
        with connecting as connection:
            for table in (SqlEventLogStorageTable, AssetEventTagsTable, AssetCheckExecutionsTable):
                column = table.c.get("dagster_event_type", sa.literal(table.name))
                rows = sa.select(column).where(table.c.asset_key == key.to_string())
                found += [name for name in connection.scalars(rows) if name != "ASSET_WIPED"]
    return found


def test_wiped_assets_leave_nothing(home: dg.DagsterInstance) -> None:
    wiped_assets_leave_nothing(home)


def test_wiped_assets_leave_nothing_in_postgresql(deployed: dg.DagsterInstance) -> None:
    wiped_assets_leave_nothing(deployed)


def wiped_assets_leave_nothing(instance: dg.DagsterInstance) -> None:
    delete_run(instance, recorded(instance))
    of_other = kept(instance, OTHER)
    assert {"ASSET_OBSERVATION", "asset_event_tags", "asset_check_executions"} <= {*kept(instance, ERASED)}
    assert "ASSET_OBSERVATION" in of_other
    wipe_assets(instance, [ERASED])
    assert kept(instance, ERASED) == []
    assert kept(instance, OTHER) == of_other
    wipe_assets(instance, [])
    assert instance.get_asset_keys() == [OTHER]


def test_assets_are_found_again_by_who_was_killed_while_wiping(
    home: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded(home)
    with monkeypatch.context() as killed:
        killed.setattr(dg.DagsterInstance, "wipe_assets", None)
        with pytest.raises(TypeError):
            wipe_assets(home, [ERASED])
    assert ERASED in home.get_asset_keys()


def test_run_is_found_again_by_who_was_killed_while_deleting_it(
    home: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = recorded(home)
    with monkeypatch.context() as killed:
        killed.setattr(dg.DagsterInstance, "delete_run", None)
        with pytest.raises(TypeError):
            delete_run(home, run_id)
    assert [run.run_id for run in home.get_runs()] == [run_id]
    delete_run(home, run_id)
    assert not [path for path in settings.dagster_home.rglob("*") if run_id in str(path)]


def test_home_keeps_records_where_they_are_looked_for(home: dg.DagsterInstance, settings: Settings) -> None:
    """Were one of these another class, its records would stay without a word."""
    run_id = recorded(home)
    assert isinstance(storage(home), SqliteEventLogStorage)
    assert isinstance(home.compute_log_manager, LocalComputeLogManager)
    files = {str(path) for path in settings.dagster_home.rglob("*") if run_id in str(path)}
    assert str(storage(home).path_for_shard(run_id)) in files  # type: ignore[attr-defined]
    assert [path for path in files if path.endswith(".out")]


def test_deployment_keeps_records_where_they_are_looked_for(deployed: dg.DagsterInstance) -> None:
    recorded(deployed)
    with storage(deployed).index_connection() as connection:
        rows = sa.select(SqlEventLogStorageTable.c.asset_key).where(SqlEventLogStorageTable.c.run_id == RUNLESS_RUN_ID)
        assert {*connection.scalars(rows)} == {ERASED.to_string(), OTHER.to_string()}
