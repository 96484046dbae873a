"""Steps that are done on Databricks give what they give in Dagster's process: tables, metadata and checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from deltalake import DeltaTable

from pinterest_platform.engines import build_engine
from pinterest_platform.orchestration.names import MARKER
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import checks
from pinterest_platform_tests.databricks.conftest import WHEEL, Run, failures
from pinterest_platform_tests.databricks.stub import TOKEN, Workspace
from pinterest_platform_tests.landing_data import catalog

TABLES = ("raw/pin", "raw/rejected", "cleaned/pin", "cleaned/post", "analytics/category_popularity_by_year")

#: Metadata that time and place have part in; of raw tables also the preview, which shows when a row was ingested.
VOLATILE = {"seconds", "location", "by_reason", "Databricks Job Run ID", "Databricks Job Run URL"}


def rows(settings: Settings, address: str) -> list[tuple[Any, ...]]:
    columns = [column.name for column in catalog().columns(address) if column.name != "ingested_at"]
    engine = build_engine(settings, catalog())
    try:
        found = engine.query(f"SELECT {', '.join(columns)} FROM {address.replace('/', '.')}").rows
    finally:
        engine.close()
    return sorted(found, key=repr)


def figures(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, Any]]:
    events = result.get_asset_materialization_events()
    found = {}
    for event in events:
        assert event.asset_key
        dropped = VOLATILE | ({"preview"} if event.asset_key.path[0] == "raw" else set())
        metadata = event.materialization.metadata
        found[event.asset_key.to_user_string()] = {n: value for n, value in metadata.items() if n not in dropped}
    return found


def judged(result: dg.ExecuteInProcessResult) -> set[tuple[str, str, bool, str, str]]:
    return {
        (
            evaluation.asset_key.to_user_string(),
            evaluation.check_name,
            evaluation.passed,
            evaluation.severity.value,
            str(evaluation.metadata.get("violated", "")),
        )
        for evaluation in result.get_asset_check_evaluations()
    }


@pytest.mark.usefixtures("landed")
def test_same_tables_metadata_and_checks(workspace: Workspace, run: Run, settings: Settings, tmp_path: Path) -> None:
    here = {"steps_on": "dagster", "lake": str(tmp_path / "other lake")}
    expected, done = run(*TABLES, **here), run(*TABLES)
    assert done.success, failures(done)
    assert figures(done) == figures(expected)
    assert judged(done) == judged(expected)
    assert ("raw/pin", "expectations", False) in {result[:3] for result in judged(done)}
    for address in TABLES:
        assert rows(settings, address) == rows(settings.model_copy(update=here), address), address
    tasks = {done.request["tasks"][0]["task_key"] for done in workspace.runs.values()}
    assert tasks == {address.replace("/", "__") for address in TABLES}


@pytest.mark.usefixtures("landed")
def test_settings_may_differ_there(workspace: Workspace, run: Run, settings: Settings) -> None:
    there = {"landing": "/Volumes/main/pinterest/landing", "memory_limit": "512MB"}
    assert figures(run("raw/pin", databricks_set=there))["raw/pin"]["lines"].value == 0
    [task] = workspace.runs[1000].request["tasks"]
    parameters = task["python_wheel_task"]["parameters"]
    assert parameters[:2] == ["refresh", "raw/pin"]
    given = {"landing": "/Volumes/main/pinterest/landing", "memory_limit": "512MB", "lake": settings.lake_root}
    assert {f"--set={name}={value}" for name, value in given.items()} <= {*parameters}
    assert workspace.runs[1000].request["environments"][0]["spec"]["dependencies"][0] == WHEEL


@pytest.mark.usefixtures("landed", "workspace")
def test_violated_check_blocks_unless_it_is_known_to_have_passed(
    run: Run, settings: Settings, instance: dg.DagsterInstance
) -> None:
    run("raw/geo", "cleaned/geo", steps_on="dagster")
    table = DeltaTable(f"{settings.lake_root}/cleaned/geo")
    table.update(updates={"timestamp": "NULL"}, predicate="ind < 3")
    result = run("cleaned/geo")
    assert not result.success
    assert ("cleaned/geo", "rules", False, "ERROR") in {found[:4] for found in judged(result)}
    assert "timestamp_known: 3 rows" in "".join(found[4] for found in judged(result))
    assert figures(result)["cleaned/geo"]["outcome"].value == "unchanged"
    known = checks.marker(catalog().models["cleaned/geo"], table.version())
    key = dg.AssetKey(["cleaned", "geo"])
    instance.report_runless_asset_event(dg.AssetMaterialization(key, metadata={MARKER: known}))
    assert run("cleaned/geo").success


@pytest.mark.usefixtures("landed")
def test_full_refresh(workspace: Workspace, run: Run) -> None:
    run("raw/user", "cleaned/user", steps_on="dagster")
    result = run("cleaned/user", config={"resources": {"refresh": {"config": {"full_refresh": "raw"}}}})
    assert figures(result)["cleaned/user"]["rows_in"].value == 300
    [task] = workspace.runs[1000].request["tasks"]
    assert "--full-refresh" in task["python_wheel_task"]["parameters"]


def test_workspace_may_be_given_in_the_launchpad(
    workspace: Workspace, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.end_as = {"life_cycle_state": "SKIPPED", "state_message": "not now"}
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("TOKEN_THERE", TOKEN)
    there = {"host": workspace.url, "token": {"env": "TOKEN_THERE"}}
    [text] = failures(run("raw/user", config={"resources": {"databricks": {"config": there}}}))
    assert "not now" in text
    assert workspace.runs
