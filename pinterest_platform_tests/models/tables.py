"""Tables in memory to run models on: rows are given as far as a test cares for them, the rest is filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb

from pinterest_platform.catalog import Catalog, ModelColumn
from pinterest_platform.catalog.model import RawTable

DUCKDB_TYPES = {
    "bigint": "BIGINT",
    "int": "INTEGER",
    "double": "DOUBLE",
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
}


class Tables:
    """All tables of the catalog, empty at first."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.connection = duckdb.connect()
        self._offset = 0
        for layer in ("raw", "cleaned", "analytics"):
            self.connection.execute(f"CREATE SCHEMA {layer}")
        for address in catalog.addresses:
            columns = ", ".join(f'"{c.name}" {DUCKDB_TYPES[c.type]}' for c in catalog.columns(address))
            self.connection.execute(f"CREATE TABLE {_name(address)} ({columns})")

    def clear(self) -> None:
        for address in self.catalog.addresses:
            self.connection.execute(f"DELETE FROM {_name(address)}")

    def add(self, address: str, rows: Iterable[Row]) -> None:
        """Insert rows; raw ones are landed in one partition, one offset after the other, unless they say otherwise."""
        table = self.catalog.table(address)
        values = [self._filled(table.columns, address, row, isinstance(table, RawTable)) for row in rows]
        if values:
            marks = ", ".join("?" for _ in table.columns)
            self.connection.executemany(f"INSERT INTO {_name(address)} VALUES ({marks})", values)

    def _filled(self, columns: Iterable[ModelColumn], address: str, row: Row, raw: bool) -> list[Any]:
        filled = {**DEFAULTS.get(address, {}), **row}
        if raw:
            self._offset += 1
            origin = {"kafka_topic": "t", "kafka_partition": 0, "kafka_offset": self._offset, "landing_file": "f"}
            filled = {"ingested_at": "2023-01-01", **origin, **filled}
        assert not filled.keys() - {c.name for c in columns}
        return [filled.get(column.name) for column in columns]

    def add_posts(self, posts: Iterable[Row]) -> None:
        """Insert into the three cleaned tables; `pin`, `geo`, `user` are the columns of each, None leaves it out."""
        for ind, post in enumerate(posts):
            for name in ("pin", "geo", "user"):
                if post.get(name, {}) is not None:
                    self.add(f"cleaned/{name}", [{"ind": ind, **post.get(name, {})}])

    def run(self, address: str) -> list[tuple[Any, ...]]:
        """Rows of the model's result, in its order."""
        return self.connection.execute(self.catalog.models[address].render("duckdb")).fetchall()

    def refresh(self, *addresses: str) -> None:
        """Fill models' tables with their results, one after the other."""
        for address in addresses:
            self.connection.execute(f"DELETE FROM {_name(address)}")
            rendered = self.catalog.models[address].render("duckdb")
            self.connection.execute(f"INSERT INTO {_name(address)} {rendered}")

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
