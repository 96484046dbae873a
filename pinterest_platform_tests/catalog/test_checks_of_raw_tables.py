"""The raw tables' checks are the schemas': identity once, required columns there, numbers in their range."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform_tests import landing_data

GEO = {
    "ind": 1,
    "timestamp": "2020-01-01",
    "latitude": 90.0,
    "longitude": -180.0,
    "country": None,
    "tombstone": None,
    "kafka_topic": "t",
    "kafka_partition": 0,
    "kafka_offset": 7,
    "kafka_timestamp": None,
    "landing_file": "f",
    "ingested_at": "2020-01-01",
}


def violated(catalog: Catalog, rows: list[dict[str, Any]]) -> set[str]:
    connection = duckdb.connect()
    connection.execute("CREATE SCHEMA raw")
    connection.execute(
        """CREATE TABLE raw.geo (ind BIGINT, timestamp TIMESTAMP, latitude DOUBLE, longitude DOUBLE, country VARCHAR,
        tombstone BOOLEAN,
        kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMP,
        landing_file VARCHAR, ingested_at TIMESTAMP)"""
    )
    for row in rows:
        connection.execute(f"INSERT INTO raw.geo VALUES ({', '.join('?' for _ in row)})", list(row.values()))
    queries = {c.name: catalog.render_query(c.violations("raw/geo"), "duckdb") for c in catalog.checks("raw/geo")}
    return {name for name, query in queries.items() if connection.execute(query).fetchall()}


def test_rows_that_fit_violate_nothing(catalog: Catalog) -> None:
    other_topic, other_partition = GEO | {"kafka_topic": "u"}, GEO | {"kafka_partition": 1}
    assert violated(catalog, [GEO, other_topic, other_partition, GEO | {"kafka_offset": 8}]) == set()


def test_a_tombstone_has_its_key_only(catalog: Catalog) -> None:
    dead = GEO | dict.fromkeys(("timestamp", "latitude", "longitude")) | {"tombstone": True}
    assert violated(catalog, [dead]) == set()
    assert violated(catalog, [dead | {"ind": None}]) == {"ind_not_null"}


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"latitude": 90.1}, "latitude_in_range"),
        ({"latitude": None}, "latitude_not_null"),
        ({"longitude": -180.1}, "longitude_in_range"),
        ({"timestamp": None}, "timestamp_not_null"),
        ({"ind": None}, "ind_not_null"),
        ({"landing_file": None}, "landing_file_not_null"),
        ({"kafka_partition": -1}, "kafka_partition_in_range"),
        ({"kafka_offset": None}, "key_not_null"),
    ],
)
def test_row_that_does_not_fit_is_found(catalog: Catalog, change: dict[str, Any], name: str) -> None:
    assert violated(catalog, [GEO | change]) == {name}


def test_offset_ingested_twice_is_found(catalog: Catalog) -> None:
    assert violated(catalog, [GEO, GEO | {"ind": 2}]) == {"key_unique"}


@pytest.mark.parametrize("address", landing_data.catalog().raw)
def test_every_raw_table_is_identified_by_topic_partition_and_offset(catalog: Catalog, address: str) -> None:
    assert catalog.table(address).key == ("kafka_topic", "kafka_partition", "kafka_offset")
    assert {check.name for check in catalog.checks(address)} >= {"key_unique", "key_not_null", "landing_file_not_null"}
    assert all(check.blocking for check in catalog.checks(address))
