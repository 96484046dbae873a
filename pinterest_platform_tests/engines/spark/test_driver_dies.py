"""Spark's driver stops after any commit: nothing is lost, nothing doubled, and DuckDB goes on.

In the shared session it gives up at the moment; killed, it takes a session of its own with it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform import failpoints
from pinterest_platform.engines.spark import spark_tables
from pinterest_platform.failpoints import Failpoint
from pinterest_platform_tests.engines.children import Death, act, run_to_death
from pinterest_platform_tests.engines.spark.platforms import open_spark_platform
from pinterest_platform_tests.landing_data import Platform, open_platform, pin, same_as_clean_run

LINES = [pin(n, title=f"[{n}]") if n % 4 else b"garbage" for n in range(20)]
BY_YEAR = "analytics/most_popular_category_by_year"
#: What is done, the table whose commit is the last one, the first line that lands after the first six, and how many
#: files a table may have that are read without Delta. Spark commits where lines may be known, and merges many files.
MOMENTS = {
    "raw committed by Spark, positions not": ("ingest pin", "raw/pin", 4, 32),
    "rejected committed by Spark, raw not": ("ingest pin", "raw/rejected", 4, 32),
    "new lines committed": ("ingest pin", "raw/pin", 6, 32),
    "new lines rejected, raw not committed": ("ingest pin", "raw/rejected", 6, 32),
    "merged": ("refresh cleaned/pin", "cleaned/pin", 4, 32),
    "merged by Spark, not recorded": ("refresh cleaned/pin", "cleaned/pin", 4, 0),
    "joined": ("refresh cleaned/post", "cleaned/post", 4, 32),
    "joined by Spark, not recorded": ("refresh cleaned/post", "cleaned/post", 4, 0),
    "replaced": (f"refresh {BY_YEAR}", BY_YEAR, 4, 32),
}
EACH = pytest.mark.parametrize(("action", "table", "first", "files"), MOMENTS.values(), ids=MOMENTS)


class Stopped(BaseException):
    """Nothing in the package catches it."""


@EACH
def test_stopped_after_a_commit(platform, tmp_path, monkeypatch, action, table, first, files):
    def stop(moment: Failpoint, location: str) -> None:
        if moment is Failpoint.COMMITTED and location.endswith(table):
            raise Stopped

    duckdb = begun_by_duckdb(tmp_path, action, first)
    monkeypatch.setattr(failpoints, "armed", stop)
    monkeypatch.setattr(spark_tables, "_MOST_FILES", files)
    with pytest.raises(Stopped):
        act(platform.engine, action)
    monkeypatch.undo()
    assert_duckdb_goes_on(duckdb)


@pytest.mark.long
@EACH
def test_killed_after_a_commit(tmp_path, action, table, first, files):
    duckdb = begun_by_duckdb(tmp_path, action, first)
    death, constants = Death(Failpoint.COMMITTED, table), {"engines.spark.spark_tables:_MOST_FILES": files}
    run_to_death(tmp_path, action, death, constants=constants, opened=open_spark_platform)
    assert_duckdb_goes_on(duckdb)


def begun_by_duckdb(root: Path, action: str, first: int) -> Platform:
    """All that comes before `action` is done, and more lines are there."""
    duckdb = open_platform(root)
    duckdb.landing.put(0, LINES[:6])
    begun = ("ingest pin", "refresh cleaned/pin", "refresh cleaned/post")
    for verb in begun:
        act(duckdb.engine, verb)
    duckdb.landing.put(first, LINES[first:], partition=0)
    duckdb.landing.put(0, LINES, partition=1)
    for verb in begun[: begun.index(action)] if action in begun else begun:
        act(duckdb.engine, verb)
    return duckdb


def assert_duckdb_goes_on(duckdb: Platform) -> None:
    duckdb.engine.ingest("pin")
    for address in ("cleaned/pin", "cleaned/post", BY_YEAR):
        duckdb.engine.refresh(address)
    assert duckdb.offsets() == list(range(20))
    same_as_clean_run(duckdb, duckdb.root / "clean")
    for table in ("pin", "post"):
        merged = duckdb.rows(f"SELECT * FROM cleaned.{table} ORDER BY ind")
        assert len(merged) == 15
        duckdb.engine.refresh(f"cleaned/{table}", full_refresh=True)
        assert duckdb.rows(f"SELECT * FROM cleaned.{table} ORDER BY ind") == merged
    duckdb.engine.close()
