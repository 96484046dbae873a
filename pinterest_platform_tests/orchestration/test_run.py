"""Runs of the graph over real files: what is new is worked on, what is not costs nothing, what is wrong stops."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.cli.runs import execute
from pinterest_platform.engines.contract import EngineError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.orchestration import resources
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.settings import Settings
from pinterest_platform_tests.orchestration.conftest import (
    MODELS,
    PINS,
    RAW,
    ROWS,
    USERS,
    Land,
    Run,
    failed_checks,
    failures,
    figures,
)


def versions(settings: Settings) -> dict[str, int]:
    lake = Lake(settings.lake_root)
    tables = ((address, lake.open(address)) for address in lake.addresses())
    return {address: table.version() for address, table in tables if table}


def test_empty_landing_makes_empty_tables(run: Run, settings: Settings) -> None:
    result = run()
    assert result.success, failures(result)
    assert set(versions(settings)) == {*RAW, "raw/rejected", *MODELS}
    assert figures(result, "cleaned/pin")["dagster/row_count"] == 0


def test_nothing_new_writes_nothing(run: Run, land: Land, settings: Settings) -> None:
    land(0, ROWS)
    run()
    before = versions(settings)
    result = run()
    assert result.success, failures(result)
    assert versions(settings) == before
    assert figures(result, "cleaned/pin")["outcome"] == "unchanged"
    assert figures(result, "raw/pin")["lines"] == 0
    assert figures(result, "report/overview")["outcome"] == "unchanged"


def test_new_postings_are_merged(run: Run, land: Land) -> None:
    land(0, 500)
    run(*PINS)
    land(400, ROWS)
    result = run(*PINS)
    assert result.success, failures(result)
    merged = figures(result, "cleaned/pin")
    assert merged["outcome"] == "merged"
    assert merged["rows_in"] == 200
    assert merged["rows_changed"] == 100, "the 100 re-sent postings say what is there already"
    assert merged["dagster/row_count"] == ROWS


def test_failed_blocking_check_stops_what_is_downstream(
    run: Run, land: Land, small_graph: Path, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    shutil.copytree(small_graph, models)
    post = models / "cleaned" / "post.sql"
    post.write_text(post.read_text().replace("-- checks:\n", "-- checks:\n--   nobody_is_old: age_group <> '50+'\n", 1))
    land(0, ROWS)
    result = run(models=models)
    assert not result.success
    assert "nobody_is_old" in failed_checks(result)
    assert figures(result, "cleaned/post")["dagster/row_count"] == ROWS
    assert not result.asset_materializations_for_node("analytics__category_popularity_by_year")
    assert result.asset_materializations_for_node("analytics__users_joined_by_year")
    again = run(models=models)
    assert "nobody_is_old" in failed_checks(again), "an unchanged table that failed is judged again"


def test_what_a_check_once_found_is_found_until_it_is_gone(run: Run, land: Land, settings: Settings) -> None:
    """Although a check looks at new rows only: of a table that failed it, it looks at all."""
    land(0, 200)
    assert not failed_checks(run(*PINS))
    for number, category in enumerate([" ", "art", " "]):
        partition = Path(settings.landing_root, "topics", settings.topic("pin"), "partition=2")
        partition.mkdir(exist_ok=True)
        line = json.dumps({"index": 9_000, "unique_id": "9cd4a4a1-1f0b-4a2f-8f3e-111111111111", "category": category})
        (partition / f"{settings.topic('pin')}+2+{number:010d}.json").write_text(line + "\n")
        found = failed_checks(run(*PINS))
        assert ("category_known" in found) == (category == " "), found
        land(200 + number * 10, 210 + number * 10)
        assert ("category_known" in failed_checks(run(*PINS))) == (category == " ")


def test_places_on_the_way_in_are_observed(
    run: Run, land: Land, settings: Settings, instance: dg.DagsterInstance
) -> None:
    load(settings.source, ROWS)
    with sqlite3.connect(settings.source.removeprefix("sqlite:///")) as connection:
        connection.execute("DELETE FROM user_data WHERE ind = ?", (ROWS - 1,))
    land(0, ROWS)
    run(*RAW)

    def seen(*path: str) -> dict[str, object]:
        [event] = instance.fetch_observations(dg.AssetKey(path), limit=9).records
        return {name: value.value for name, value in event.asset_observation.metadata.items()}

    assert seen("source", "user_data")["dagster/row_count"] == ROWS - 1
    assert seen("source", "pinterest_data")["dagster/row_count"] == ROWS
    landed = seen("landing", "pin")
    assert landed["new_lines"] == ROWS
    assert sum(landed["next_offsets"].values()) == ROWS
    run(*RAW)
    assert seen("landing", "pin") == landed, "a run with nothing new sees nothing new"


def test_rejected_lines_are_reported_and_stop_nothing(run: Run, land: Land, settings: Settings) -> None:
    land(0, ROWS)
    stranger = Path(settings.landing_root) / f"topics/{settings.topic('pin')}/partition=7"
    stranger.mkdir()
    (stranger / f"{settings.topic('pin')}+7+0000000005.json").write_text('{"index":1,"name":"Maya"}\n')
    (stranger / "notes.txt").write_text("not an object")
    result = run()
    assert result.success, failures(result)
    assert failed_checks(result) == {"no_lines_rejected", "landing_keys_known"}
    assert figures(result, "raw/rejected")["dagster/row_count"] == 1
    assert r"unique\_id\: missing or null" in figures(result, "raw/rejected")["by_reason"]


def test_gap_in_offsets_is_a_warning(run: Run, land: Land, settings: Settings) -> None:
    land(0, ROWS)
    folder = Path(settings.landing_root) / f"topics/{settings.topic('geo')}/partition=0"
    sorted(folder.iterdir())[1].unlink()
    result = run("raw/geo", "cleaned/geo")
    assert result.success, failures(result)
    assert failed_checks(result) == {"offsets_have_no_gaps"}


def test_full_refresh_from_raw_and_from_landing(run: Run, land: Land, settings: Settings) -> None:
    land(0, ROWS)
    run()
    before = versions(settings)
    for option in ("raw", "landing"):
        result = run(config={"resources": {"refresh": {"config": {"full_refresh": option}}}})
        assert result.success, failures(result)
        assert figures(result, "cleaned/pin")["outcome"] == "replaced"
        assert figures(result, "cleaned/pin")["dagster/row_count"] == ROWS
        assert figures(result, "raw/pin")["rows_added"] == (ROWS if option == "landing" else 0)
    assert all(versions(settings)[address] > before[address] for address in before if address != "raw/rejected")


def test_time_travel_leaves_the_current_table_alone(run: Run, land: Land, settings: Settings) -> None:
    address = "analytics/users_joined_by_year"
    land(0, 100)
    run(*USERS)
    lake = Lake(settings.lake_root)
    first = lake.require(address).version()
    land(100, ROWS)
    run(*USERS)
    before = versions(settings)
    config = {"ops": {"read_as_of": {"config": {"as_of": str(first), "tables": [address]}}}}
    assert run(job="time_travel", config=config).success
    assert versions(settings) == before
    copy, now = lake.require(f"as_of/v{first}/{address}"), lake.require(address)
    assert copy.count() > 0
    assert copy.version() == 1
    assert now.version() > first


def test_time_travel_names_a_wrong_version(run: Run, land: Land) -> None:
    land(0, 100)
    run(*PINS)
    config = {"ops": {"read_as_of": {"config": {"as_of": "yesterday", "tables": ["cleaned/pin"]}}}}
    result = run(job="time_travel", config=config)
    assert not result.success
    [failure] = [e for e in result.all_events if e.event_type is dg.DagsterEventType.STEP_FAILURE]
    assert "'yesterday' is neither a version number nor an ISO 8601 time" in str(failure.step_failure_data.error)


def test_maintenance_changes_no_contents(run: Run, land: Land) -> None:
    land(0, ROWS)
    run()
    assert run(job="maintenance").success
    result = run(*PINS)
    assert figures(result, "cleaned/pin")["dagster/row_count"] == ROWS
    assert figures(result, "cleaned/pin")["outcome"] == "unchanged"


def test_run_that_cannot_begin_says_why(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_engine(*_: object) -> None:
        raise EngineError("no engine today")

    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setattr(resources, "build_engine", no_engine)
    assert not execute(settings, PINTEREST, [])
    said = capsys.readouterr().out
    assert "the run failed: no engine today" in said
    assert "done" not in said
