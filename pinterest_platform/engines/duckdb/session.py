"""A DuckDB connection over the lake: reading Delta tables, writing Parquet files into their folders."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Any
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable

from pinterest_platform.lake.commits import DataFile
from pinterest_platform.lake.tables import Lake, LakeError, TableColumn
from pinterest_platform.landing.fitting import quote, text

#: DuckDB types whose minimum and maximum are worth keeping per file, with how to read them.
_NUMBERS: Mapping[str, type] = {"BIGINT": int, "INTEGER": int, "DOUBLE": float}

#: A data file is closed at about this size, so that a merge rewrites no more than what it touches.
_FILE_BYTES = 128 * 2**20


class Session:
    """One connection. `memory_limit` is what DuckDB may take before it spills to the temporary folder."""

    def __init__(self, lake: Lake, memory_limit: str) -> None:
        self.lake = lake
        self._memory_limit = memory_limit

    @cached_property
    def db(self) -> duckdb.DuckDBPyConnection:
        db = duckdb.connect(config={"memory_limit": self._memory_limit})
        folder = resources.files("duckdb_extension_delta") / "extensions" / f"v{duckdb.__version__}"
        db.execute(f"LOAD {text(str(folder / 'delta.duckdb_extension'))}")
        return db

    def close(self) -> None:
        if "db" in self.__dict__:
            self.db.close()
            del self.__dict__["db"]

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.db.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def scan(self, table: DeltaTable, *, filename: bool = False) -> str:
        """SQL for the rows of a table at the version it is loaded at; with `filename`, that column too."""
        extra = ", filename = true" if filename else ""
        return f"delta_scan({text(location(table))}, version = {table.version()}{extra})"

    def empty(self, columns: Sequence[TableColumn]) -> str:
        """SQL for no rows with the given columns, for an upstream that does not exist yet."""
        fields = ", ".join(f"NULL::{sql_type(c.type)} AS {quote(c.name)}" for c in columns)
        return f"(SELECT {fields} LIMIT 0)"

    def write(self, table: DeltaTable, select: str, *, ordered: bool = False) -> list[DataFile]:
        """Write rows as Parquet files into the folder of `table`; nothing is committed yet.

        With `ordered` the rows keep the order of `select` in one file after the other; else all processors write.

        Raises:
            LakeError: the files cannot be written (no room, no permission).
        """
        folder = location(table)
        shape = f"FILE_SIZE_BYTES {_FILE_BYTES}" if ordered else "PER_THREAD_OUTPUT"
        try:
            written = self.rows(
                f"COPY ({select}) TO {text(folder)} (FORMAT parquet, {shape}, RETURN_STATS, OVERWRITE_OR_IGNORE, "
                f"FILENAME_PATTERN 'part-{uuid.uuid4()}-{{i}}')"
            )
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            raise LakeError(f"{table.table_uri}: cannot write: {error}") from error
        kinds = {quote(name): kind for name, kind, *_ in self.rows(f"DESCRIBE {select}")}
        return [
            DataFile(name.rpartition("/")[2], size, rows, _statistics(columns, kinds))
            for name, rows, size, _, columns, _ in written
            if rows
        ]


def location(table: DeltaTable) -> str:
    """Where a table lies, as DuckDB takes it."""
    uri = table.table_uri.rstrip("/")
    return unquote(uri.removeprefix("file://")) if uri.startswith("file://") else uri


def sql_type(name: str) -> str:
    """DuckDB's name of a Databricks type."""
    if name.startswith("array<"):
        return f"{sql_type(name[6:-1])}[]"
    return {"string": "VARCHAR", "timestamp_ntz": "TIMESTAMP"}.get(name, name.upper())


def _statistics(columns: Mapping[str, Mapping[str, str]], kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Delta's file statistics from DuckDB's. Only numbers get bounds: texts can be long, and a cut maximum is wrong."""
    bounds: dict[str, dict[str, Any]] = {"minValues": {}, "maxValues": {}, "nullCount": {}}
    for quoted, figures in columns.items():
        if quoted not in kinds:
            continue
        name = quoted[1:-1].replace('""', '"')
        bounds["nullCount"][name] = int(figures["null_count"])
        number = _NUMBERS.get(kinds[quoted])
        if number and "min" in figures and figures.get("has_nan", "false") == "false":
            bounds["minValues"][name] = number(figures["min"])
            bounds["maxValues"][name] = number(figures["max"])
    return bounds
