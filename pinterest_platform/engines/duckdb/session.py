"""A DuckDB connection to the lake: reads Delta tables and writes Parquet files into their folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib import resources
from typing import Any

import duckdb
from deltalake import DeltaTable

from pinterest_platform.lake import files
from pinterest_platform.lake.columns import TableColumn, sql_type, sql_types
from pinterest_platform.lake.files import DataFile
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.pseudonyms import Pseudonyms, relation
from pinterest_platform.sql import quote, text


class Session:
    """One connection. `memory_limit` is what DuckDB may use before it spills to the temporary folder.

    `pseudonyms` are those that models create on this connection.
    """

    def __init__(self, lake: Lake, memory_limit: str, pseudonyms: Pseudonyms | None = None) -> None:
        self.lake = lake
        self._memory_limit = memory_limit
        self._pseudonyms = pseudonyms
        self._secret = ""

    @property
    def db(self) -> duckdb.DuckDBPyConnection:
        """The connection, with credentials that have not expired.

        Raises:
            LakeError: the lake's storage cannot be used.
        """
        with storage_errors():
            secret = self.lake.storage.duckdb_secret()
        if secret != self._secret:
            self._connection.execute(secret)
            self._secret = secret
        return self._connection

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        db = files.connect(self._memory_limit, self.lake.storage)
        folder = resources.files("duckdb_extension_delta") / "extensions" / f"v{duckdb.__version__}"
        db.execute(f"LOAD {text(str(folder / 'delta.duckdb_extension'))}")
        if self._pseudonyms:
            inner, outer = (f"unhex('{pad.hex()}')" for pad in self._pseudonyms.pads)
            name = relation(self._pseudonyms.mark)
            db.execute(f"CREATE TEMP TABLE {name} AS SELECT {inner} AS inner_pad, {outer} AS outer_pad")
        return db

    def close(self) -> None:
        self.lake.close()
        if "_connection" in self.__dict__:
            self._connection.close()
            del self.__dict__["_connection"]
            self._secret = ""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.db.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        return self.rows(sql)[0][0]

    def scan(self, table: DeltaTable, columns: Sequence[TableColumn] = (), *, filename: bool = False) -> str:
        """SQL for the rows of a table at its loaded version. Missing columns of `columns` are null.

        A table lacks columns that were declared after it was last written. `filename` adds the column of that name.
        """
        paths = files.data_paths(table)
        if paths:
            # delta-rs already has the log; `delta_scan` would read it again for every query.
            return self.read_files(table, paths, columns, filename=filename)
        types = sql_types(table, columns)
        if paths is None:
            extra = ", filename = true" if filename else ""
            stored = sql_types(table)
            lacking = [f", NULL::{kind} AS {quote(name)}" for name, kind in types.items() if name not in stored]
            rows = f"delta_scan({text(files.location(table))}, version = {table.version()}{extra})"
            return f"(SELECT *{''.join(lacking)} FROM {rows})" if lacking else rows
        return _nothing(types | {"filename": "VARCHAR"} if filename else types)

    def read_files(
        self, table: DeltaTable, paths: Sequence[str], columns: Sequence[TableColumn] = (), *, filename: bool = False
    ) -> str:
        """SQL for the rows of data files of a table, as in `scan`. Pass at least one path."""
        return files.read_files(paths, sql_types(table, columns), filename=filename)

    def empty(self, columns: Sequence[TableColumn]) -> str:
        """SQL for no rows, with the given columns, for an upstream that does not exist yet."""
        return _nothing({column.name: sql_type(column.type) for column in columns})

    def write(self, table: DeltaTable, select: str, *, ordered: bool = False) -> list[DataFile]:
        """Write rows as Parquet files into the folder of `table`, as `lake.files.write_files` does."""
        return files.write_files(self.db, table, select, ordered=ordered)


def _nothing(types: Mapping[str, str]) -> str:
    fields = ", ".join(f"NULL::{kind} AS {quote(name)}" for name, kind in types.items())
    return f"(SELECT {fields} LIMIT 0)"
