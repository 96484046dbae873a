"""The lake's tables as the warehouse takes them: which version each is, and its rows as CSV, piece by piece."""

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
from pinterest_platform.lake.lake import Lake, StoredTable
from pinterest_platform.settings import Settings
from pinterest_platform.sql import quote, text

_PIECE = 1 << 20


class CleanedTables:
    """Tables of the lake, each at one version for as long as this is open, whatever engine computed it."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._lake = Lake(settings.lake_root)
        self._session = Session(self._lake, settings.memory_limit)
        self._catalog = catalog
        self._tables: dict[str, StoredTable] = {}

    def made_of(self, address: str) -> str:
        """Another text whenever the table is another one, or at another version."""
        table = self._table(address)
        return f"{table.metadata().id} version {table.version()}"

    def count(self, address: str) -> int:
        return int(self._ask(f"SELECT count(*) FROM {self._scan(address)}")[0][0])

    def rows(self, address: str) -> list[tuple[Any, ...]]:
        """All rows of a result, which is small."""
        return self._ask(f"SELECT * FROM {self._scan(address)}")

    @contextmanager
    def csv(self, address: str, columns: Sequence[str]) -> Iterator[Iterator[bytes]]:
        """The rows in pieces of CSV without a header; every value is quoted, null is not."""
        with tempfile.TemporaryDirectory(prefix="warehouse-") as folder:
            file = Path(folder) / "rows.csv"
            selected = f"SELECT {', '.join(map(quote, columns))} FROM {self._scan(address)}"
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

    def _scan(self, address: str) -> str:
        return self._session.scan(self._table(address), self._catalog.columns(address))

    def _ask(self, sql: str) -> list[tuple[Any, ...]]:
        try:
            return self._session.rows(sql)
        except duckdb.Error as error:
            raise LakeError(f"reading the lake for the warehouse failed: {error}") from error
