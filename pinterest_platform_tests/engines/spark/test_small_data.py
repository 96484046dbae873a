"""What is small is left to DuckDB beside Spark's driver: landing objects, tables, results."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark import refresh, spark_tables
from pinterest_platform.landing.store import LandingError
from pinterest_platform_tests.engines.spark.platforms import SparkPlatform, open_spark_platform
from pinterest_platform_tests.landing_data import catalog, geo, pin, same_as_clean_run, user

RESULT = "analytics/category_popularity_by_year"


@pytest.fixture
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_session(_: object) -> None:
        raise EngineError("no session today")

    monkeypatch.setattr(spark_tables, "open_session", open_session)


@pytest.mark.usefixtures("no_session")
def test_small_data_wants_no_session(tmp_path: Path) -> None:
    platform = open_spark_platform(tmp_path / "small", spark_min_mb=1)
    for round_ in range(2):
        for record, line in (("pin", pin), ("geo", geo), ("user", user)):
            platform.landing.put(round_ * 9, [line(number) for number in range(8)] + [b"broken"], record=record)
            done = platform.engine.ingest(record)
            assert (done.rows_added, done.rows_rejected) == (8, 1)
        for address in catalog().models:
            platform.engine.refresh(address)
    assert platform.engine.refresh(RESULT).outcome == "unchanged"
    same_as_clean_run(platform, tmp_path / "clean", records=("pin", "geo", "user"))
    platform.close()
    for_spark = open_spark_platform(tmp_path / "small", spark_min_mb=0)
    with pytest.raises(EngineError, match="no session today"):
        for_spark.engine.refresh(RESULT, full_refresh=True)
    for_spark.close()


@pytest.mark.usefixtures("no_session")
def test_small_objects_of_one_offset_are_refused(tmp_path: Path) -> None:
    platform = open_spark_platform(tmp_path, spark_min_mb=1)
    for start, folder in enumerate(("art", "music")):
        path = platform.landing.root / f"topics/t.pin/category={folder}/t.pin+0+{start:010}.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(pin(start) + b"\n" + pin(start + 7) + b"\n")
    with pytest.raises(LandingError, match="different records at offset 1 of partition 0"):
        platform.engine.ingest("pin")
    platform.close()


@pytest.mark.usefixtures("spark")
def test_one_engine_takes_what_is_large_to_spark_and_goes_on_beside_it(tmp_path: Path) -> None:
    """Lines of more than a megabyte, whose table has less; then a line of a few bytes."""
    platform = open_spark_platform(tmp_path / "both", spark_min_mb=1)
    platform.landing.put(0, [pin(number, description="long " * 200) for number in range(1_000)])
    assert platform.engine.ingest("pin").rows_added == 1_000
    assert "spark" in platform.engine._tables.__dict__, "Spark ingested them"
    assert platform.engine.refresh("cleaned/pin").rows_total == 1_000
    platform.landing.put(1_000, [pin(3, title="newer")])
    assert platform.engine.ingest("pin").rows_added == 1
    assert platform.engine.refresh("cleaned/pin").outcome == "merged"
    assert platform.rows("SELECT title FROM cleaned.pin WHERE ind = 3") == [("newer",)]
    same_as_clean_run(platform, tmp_path / "clean")
    platform.close()


@pytest.mark.parametrize("small_rows", [10_000, -1], ids=["by the driver", "by Spark"])
def test_results_are_written(platform: SparkPlatform, monkeypatch: pytest.MonkeyPatch, small_rows: int) -> None:
    monkeypatch.setattr(refresh, "_SMALL_ROWS", small_rows)
    for record, line in (("pin", pin), ("geo", geo)):
        platform.landing.put(0, [line(number) for number in range(8)], record=record)
        platform.duckdb.ingest(record)
        platform.duckdb.refresh(f"cleaned/{record}")
    platform.duckdb.refresh("cleaned/post")
    outcomes = [platform.engine.refresh(RESULT).outcome]
    rows = platform.rows(f"SELECT * FROM {RESULT.replace('/', '.')}")
    outcomes += [platform.duckdb.refresh(RESULT).outcome, platform.engine.refresh(RESULT).outcome]
    outcomes += [engine.refresh(RESULT, full_refresh=True).outcome for engine in (platform.duckdb, platform.engine)]
    assert outcomes == ["replaced", "unchanged", "unchanged", "replaced", "replaced"]
    assert rows == platform.rows(f"SELECT * FROM {RESULT.replace('/', '.')}")
    assert len(rows) == 1
