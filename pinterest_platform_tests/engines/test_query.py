"""Questions to the lake's tables in the Databricks dialect."""

from __future__ import annotations

import pytest

from pinterest_platform.catalog import ModelError
from pinterest_platform.lake.errors import LakeError
from pinterest_platform_tests.landing_data import pin


def test_tables_that_are_not_made_yet_are_empty(platform):
    result = platform.engine.query("SELECT * FROM cleaned.geo")
    assert result.columns == ("ind", "country", "coordinates", "timestamp")
    assert result.types == ("BIGINT", "VARCHAR", "DOUBLE[]", "TIMESTAMP")
    assert result.rows == []


def test_limit_keeps_the_order(platform, landing):
    landing.put(0, [pin(n) for n in (3, 1, 2)])
    platform.engine.ingest("pin")
    result = platform.engine.query("SELECT `index` AS i FROM raw.pin ORDER BY i DESC", limit=2)
    assert (result.columns, result.types, result.rows) == (("i",), ("BIGINT",), [(3,), (2,)])
    assert platform.engine.query("SELECT 1", limit=0).rows == []


def test_what_cannot_be_answered(platform):
    with pytest.raises(ModelError):
        platform.engine.query("SELEC 1")
    with pytest.raises(ModelError):
        platform.engine.query("SELECT * FROM raw.pinn")
    with pytest.raises(LakeError, match=r"the query failed: .*colour"):
        platform.engine.query("SELECT colour FROM raw.pin")


def test_a_data_file_is_gone(platform, landing):
    landing.put(0, [pin()])
    platform.engine.ingest("pin")
    for file in (platform.root / "lake/raw/pin").glob("*.parquet"):
        file.unlink()
    with pytest.raises(LakeError, match="the query failed"):
        platform.rows("SELECT title FROM raw.pin")


def test_new_rows_are_those_gained_since_a_version(platform, landing):
    for number in range(3):
        landing.put(number, [pin(number)])
        platform.engine.ingest("pin")
        since = platform.engine.refresh("cleaned/pin").since
    landing.put(3, [pin(1, title="again")])
    platform.engine.ingest("pin")
    later = platform.engine.refresh("cleaned/pin").since

    def new(table: str, since: dict[str, int] | None) -> list[int]:
        return sorted(n for (n,) in platform.engine.inspect(f"SELECT * FROM (SELECT {table})", since=since).rows)

    raw, cleaned = "`index` FROM new.raw.pin", "ind FROM new.cleaned.pin"
    assert new(raw, since) == [1, 2]
    assert new(raw, later) == [1]
    assert 1 in new(cleaned, later)
    for unknown in (None, {}, {"raw/geo": 1}, {"raw/pin": 99}):
        assert new(raw, unknown) == [0, 1, 1, 2], "all rows, where the version is not known"
    assert new(raw, {"raw/pin": platform.engine.ingest("pin").version}) == []
    assert new("ind FROM new.raw.geo", {"raw/geo": 0}) == []


def test_refresh_that_merged_says_since_when(platform, landing):
    landing.put(0, [pin(0)])
    raw = platform.engine.ingest("pin").version
    made = platform.engine.refresh("cleaned/pin")
    assert made.since == {}, "nothing was there before"
    landing.put(1, [pin(1)])
    platform.engine.ingest("pin")
    merged = platform.engine.refresh("cleaned/pin")
    assert merged.since == {"cleaned/pin": made.version, "raw/pin": raw}
    assert platform.engine.refresh("cleaned/pin").since == {}
