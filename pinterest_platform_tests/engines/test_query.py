"""Questions to the lake's tables in the Databricks dialect."""

from __future__ import annotations

import pytest

from pinterest_platform.catalog import ModelError
from pinterest_platform.lake.tables import LakeError
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
