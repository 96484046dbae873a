"""Provides the lake's tables to the warehouse: the version of each, and its rows as CSV, in pieces."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import missing_files
from pinterest_platform.lake.lake import Lake, StoredTable
from pinterest_platform.settings import Settings
from pinterest_platform.sql import quote, text

_PIECE = 1 << 20
#: Between the table's id and its version.
_VERSION = " version "


class CleanedTables:
    """Tables of the lake, from any engine. Each stays at one version while this is open."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._lake = Lake(settings.lake_root)
        self._session = Session(self._lake, settings.memory_limit)
        self._catalog = catalog
        self._tables: dict[str, StoredTable] = {}

    def made_of(self, address: str) -> str:
        """A text that identifies the table and its version."""
        table = self._table(address)
        return f"{table.metadata().id}{_VERSION}{table.version()}"

    def count(self, address: str) -> int:
        return int(self._ask(f"SELECT count(*) FROM {self._scan(address)}")[0][0])

    def rows(self, address: str) -> list[tuple[Any, ...]]:
        """All rows of a (small) result."""
        return self._ask(f"SELECT * FROM {self._scan(address)}")

    @contextmanager
    def csv(self, address: str, columns: Sequence[str], known: str | None = None) -> Iterator[Iterator[bytes]]:
        """The rows in pieces of CSV without a header. Every value is quoted, but null is not. `known` is a version as
        from `made_of`. If its files still exist, rows that it already has are left out."""
        listed = ", ".join(map(quote, columns))
        selected = f"SELECT {listed} FROM {self._scan(address)}"
        if older := self._older(address, known):
            rows = self._session.scan(older, self._catalog.columns(address))
            selected = f"{selected} EXCEPT SELECT {listed} FROM {rows}"
        with tempfile.TemporaryDirectory(prefix="warehouse-") as folder:
            file = Path(folder) / "rows.csv"
            options = "FORMAT csv, HEADER false, FORCE_QUOTE *, TIMESTAMPFORMAT '%Y-%m-%d %H:%M:%S.%f'"
            self._ask(f"COPY ({selected}) TO {text(str(file))} ({options})")
            with file.open("rb") as opened:
                yield iter(lambda: opened.read(_PIECE), b"")

    def close(self) -> None:
        self._session.close()

    def _table(self, address: str) -> StoredTable:
        if address not in self._tables:
            self._tables[address] = self._lake.require(address)
        return self._tables[address]

    def _older(self, address: str, known: str | None) -> StoredTable | None:
        """The table at the version `known`, if it can be read."""
        table = self._table(address)
        identity, _, version = (known or "").partition(_VERSION)
        if identity != str(table.metadata().id) or int(version) > table.version():
            return None
        try:
            older = self._lake.open(address, int(version))
        except LakeError:
            return None  # Its log has been cleaned up.
        return None if older is None or missing_files(older) else older

    def _scan(self, address: str) -> str:
        return self._session.scan(self._table(address), self._catalog.columns(address))

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self._session.rows(sql)
        except duckdb.Error as error:
            raise LakeError(f"reading the lake for the warehouse failed: {error}") from error
