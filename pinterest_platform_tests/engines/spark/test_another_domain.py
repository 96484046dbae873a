"""A domain of taxi rides on both engines: the same tables, and either goes on where the other stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.contract import Engine
from pinterest_platform.landing.keys import object_key
from pinterest_platform_tests.domains import taxi

LATER = (
    '{"ride_id": 3, "picked_up_at": "2026-01-05 09:05:00", "zone": "Harbour", "fare": 43}\n'
    '{"ride_id": 9, "picked_up_at": "2026:01:06 07:55:00", "zone": "Airport", "distance_km": 21, "fare": 47.5}\n'
    '{"ride_id": 10, "picked_up_at": "yesterday", "fare": 1}\n'
)


@dataclass(frozen=True)
class Both:
    catalog: Catalog
    engines: dict[str, Engine]
    landing: Path

    def compute(self, name: str) -> None:
        self.engines[name].ingest("ride")
        for address in self.catalog.models:
            self.engines[name].refresh(address)

    def rows(self, name: str) -> dict[str, list[tuple[Any, ...]]]:
        """Of each table, but for when and from where."""
        asked = {
            "raw": "SELECT ride_id, picked_up_at, zone, distance_km, fare FROM raw.ride ORDER BY kafka_offset",
            "rejected": "SELECT kafka_offset, line, reason FROM raw.rejected ORDER BY kafka_offset",
            "cleaned": "SELECT * FROM cleaned.ride ORDER BY ride_id",
            "result": "SELECT * FROM analytics.rides_by_zone ORDER BY zone",
        }
        return {table: self.engines[name].query(sql).rows for table, sql in asked.items()}


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spark: SparkSession) -> Iterator[Both]:  # noqa: ARG001
    """Spark and DuckDB over one lake, and DuckDB over one of its own."""
    settings, domain = taxi(tmp_path, monkeypatch)
    catalog, own = Catalog.load(domain), settings.model_copy(update={"lake": str(tmp_path / "own")})
    on_spark = settings.model_copy(update={"engine": "spark", "spark_master": "local[2]"})
    with (
        closing(build_engine(on_spark, catalog)) as first,
        closing(build_engine(settings, catalog)) as second,
        closing(build_engine(own, catalog)) as alone,
    ):
        yield Both(catalog, {"spark": first, "duckdb": second, "alone": alone}, Path(settings.landing_root))


@pytest.mark.long  # That the engines agree has tests of its own; that a domain is all they need to know, DuckDB's.
def test_both_engines_make_the_same_tables_and_take_turns(both: Both) -> None:
    both.compute("spark")
    both.compute("alone")
    assert both.rows("duckdb") == both.rows("alone")
    assert both.rows("duckdb")["result"] == [("Airport", 2), ("Harbour", 3), ("Old Town", 2)]
    (both.landing / object_key("taxi.ride", 0, 10)).write_text(LATER)
    both.compute("duckdb")
    both.compute("alone")
    assert both.rows("spark") == both.rows("alone")
    assert both.rows("spark")["result"] == [("Airport", 2), ("Harbour", 4), ("Old Town", 2)]
    assert [offset for offset, *_ in both.rows("spark")["rejected"]] == [5, 12]
