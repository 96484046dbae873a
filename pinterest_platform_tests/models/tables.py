"""Tables in memory to run models on: rows are given as far as a test cares for them, the rest is filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from pinterest_platform.catalog.model import RawTable
from pinterest_platform_tests.landing_data import catalog

#: Test modules are parametrized by its tables.
CATALOG = catalog()

DUCKDB_TYPES = {
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
    "boolean": "BOOLEAN",
    "string": "VARCHAR",
    "timestamp_ntz": "TIMESTAMP",
    "array<double>": "DOUBLE[]",
}

Row = Mapping[str, Any]

DEFAULTS: Mapping[str, Row] = {
    "raw/pin": {"index": 1, "unique_id": "2c4ff9ad-7d8c-4b0e-9fd0-4c1e3c2a6c4e", "category": "art", "downloaded": 1},
    "raw/geo": {"ind": 1, "timestamp": "2020-05-17 10:11:12", "latitude": 1.5, "longitude": -2.5, "country": "Aruba"},
    "raw/user": {"ind": 1, "first_name": "Ada", "last_name": "Byron", "age": 30, "date_joined": "2016-03-04 05:06:07"},
    "cleaned/pin": {"ind": 1, "category": "art"},
    "cleaned/geo": {"ind": 1, "country": "Aruba", "coordinates": [1.5, -2.5], "timestamp": "2020-05-17 10:11:12"},
    "cleaned/user": {"ind": 1, "user_name": "Ada Byron", "age": 30, "date_joined": "2016-03-04 05:06:07"},
    "cleaned/post": {"ind": 1},
}
#: Joins the tables of which tests make posts.
POST = "cleaned/post"


class Tables:
    """All tables of the catalog, empty at first."""

    def __init__(self) -> None:
        self.catalog = CATALOG
        self.connection = duckdb.connect()
        self._offset = 0
        self._filled: set[str] = set()
        self._rendered: dict[str, str] = {}
        for layer in ("raw", "cleaned", "analytics"):
            self.connection.execute(f"CREATE SCHEMA {layer}")
        for address in CATALOG.addresses:
            columns = ", ".join(f'"{c.name}" {DUCKDB_TYPES[c.type]}' for c in CATALOG.columns(address))
            self.connection.execute(f"CREATE TABLE {_name(address)} ({columns})")

    def clear(self) -> None:
        """Empty every table, and undo what a test has set; one thread is faster on a handful of rows."""
        self.connection.execute("SET TimeZone = 'UTC'; SET threads = 1")
        for address in self._filled:
            self.connection.execute(f"DELETE FROM {_name(address)}")
        self._filled.clear()

    def add(self, address: str, rows: Iterable[Row]) -> None:
        """Insert rows; raw ones are landed in one partition, one offset after the other, unless they say otherwise."""
        table = self.catalog.table(address)
        types = {column.name: DUCKDB_TYPES[column.type] for column in table.columns}
        values = [self._complete(address, row, isinstance(table, RawTable)) for row in rows]
        assert all(row.keys() <= types.keys() for row in values)
        self._filled.add(address)
        # One parameter: DuckDB takes milliseconds a row to plan a VALUES list of parameters.
        self.connection.execute(
            f"INSERT INTO {_name(address)} BY NAME SELECT UNNEST(FROM_JSON(?::JSON, ?), max_depth := 2)",
            [json.dumps(values), json.dumps([types])],
        )

    def _complete(self, address: str, row: Row, raw: bool) -> dict[str, Any]:
        complete = {**DEFAULTS.get(address, {}), **row}
        if not raw:
            return complete
        self._offset += 1
        origin = {"kafka_topic": "t", "kafka_partition": 0, "kafka_offset": self._offset, "landing_file": "f"}
        return {"ingested_at": "2023-01-01 00:00:00", **origin, **complete}

    def add_posts(self, posts: Iterable[Row]) -> None:
        """Insert into cleaned/pin, geo and user; `pin`, `geo`, `user` are the columns of each, None leaves it out."""
        numbered = list(enumerate(posts))
        for name in ("pin", "geo", "user"):
            parts = [(ind, post.get(name, {})) for ind, post in numbered]
            self.add(f"cleaned/{name}", [{"ind": ind, **part} for ind, part in parts if part is not None])

    def run(self, address: str) -> list[tuple[Any, ...]]:
        """Rows of the model's result, in its order; of posts, as they are joined now."""
        self._join_for(address)
        return self.connection.execute(self.rendered(address)).fetchall()

    def rendered(self, address: str) -> str:
        if address not in self._rendered:
            self._rendered[address] = self.catalog.models[address].render("duckdb")
        return self._rendered[address]

    def refresh(self, *addresses: str) -> None:
        """Fill models' tables with their results, one after the other; of posts, as they are joined now."""
        for address in addresses:
            self._join_for(address)
            self.connection.execute(f"DELETE FROM {_name(address)}")
            self._filled.add(address)
            self.connection.execute(f"INSERT INTO {_name(address)} {self.rendered(address)}")

    def _join_for(self, address: str) -> None:
        """Fill cleaned/post if the model reads it."""
        if POST in self.catalog.upstreams(address):
            self.refresh(POST)

    def cleaned(self, name: str) -> list[dict[str, Any]]:
        """Rows of a cleaned model, by key."""
        names = [column.name for column in self.catalog.columns(f"cleaned/{name}")]
        return sorted(
            (dict(zip(names, row, strict=True)) for row in self.run(f"cleaned/{name}")), key=lambda r: r["ind"]
        )

    def violations(self, address: str) -> set[str]:
        """Names of the table's checks that find a row."""
        return {
            check.name
            for check in self.catalog.checks(address)
            if self.connection.execute(self.catalog.render_query(check.violations(address), "duckdb")).fetchall()
        }


def _name(address: str) -> str:
    return ".".join(f'"{part}"' for part in address.split("/"))
