"""The driver dies between any two commits, an executor in the middle of its work: nothing is lost, nothing doubled."""

from __future__ import annotations

import pytest

from pinterest_platform.lake.failpoints import Failpoint
from pinterest_platform_tests.engines.children import Death, act, run_to_death
from pinterest_platform_tests.engines.spark.platforms import open_spark_platform
from pinterest_platform_tests.landing_data import Landing, open_platform, pin, same_as_clean_run

LINES = [pin(n, title=f"[{n}]") if n % 4 else b"garbage" for n in range(20)]


@pytest.mark.parametrize(
    ("action", "table"),
    [
        ("ingest pin", "raw/rejected"),
        ("ingest pin", "raw/pin"),
        ("refresh cleaned/pin", "cleaned/pin"),
        ("refresh analytics/most_popular_category_by_year", "analytics/most_popular_category_by_year"),
    ],
    ids=[
        "rejected committed, raw not",
        "raw committed, positions not",
        "merged, not recorded",
        "replaced, not recorded",
    ],
)
def test_between_two_commits(tmp_path, action, table):
    """DuckDB goes on where Spark died, having begun what Spark went on with."""
    landing, platform = Landing(tmp_path / "landing"), open_platform(tmp_path)
    landing.put(0, LINES[:6])
    for verb in ("ingest pin", "refresh cleaned/pin"):
        act(platform.engine, verb)
    landing.put(4, LINES[4:], partition=0)
    landing.put(0, LINES, partition=1)
    if action != "ingest pin":
        platform.engine.ingest("pin")
    run_to_death(tmp_path, action, Death(Failpoint.COMMITTED, table), opened=open_spark_platform)
    platform.engine.ingest("pin")
    for address in ("cleaned/pin", "analytics/most_popular_category_by_year"):
        platform.engine.refresh(address)
    assert platform.offsets() == list(range(20))
    same_as_clean_run(platform, tmp_path / "clean")
    merged = platform.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    platform.engine.refresh("cleaned/pin", full_refresh=True)
    assert platform.rows("SELECT * FROM cleaned.pin ORDER BY ind") == merged
    platform.engine.close()
