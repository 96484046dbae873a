"""A small table of numbers with texts, and ways to write and read it as engines do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.lake import Lake
from pinterest_platform.schemas import Column

ADDRESS = "cleaned/numbers"
COLUMNS = (
    Column("k", "bigint", "Key."),
    Column("d", "double", "A double."),
    Column("s", "string", "A text."),
    Column("t", "timestamp_ntz", "A time."),
)


@dataclass(frozen=True)
class Numbers:
    """The table `cleaned/numbers` of a lake."""

    session: Session

    @property
    def lake(self) -> Lake:
        return self.session.lake

    def open(self) -> DeltaTable:
        return self.lake.ensure(ADDRESS, COLUMNS, "Numbers.")

    def folder(self) -> Path:
        return Path(self.lake.root) / ADDRESS

    def append(self, table: DeltaTable, *keys: int, **transactions: int) -> int:
        files = self.session.write(table, self.select(*keys))
        return commit(table, add=files, transactions=transactions)

    def select(self, *keys: int) -> str:
        values = ", ".join(f"({key})" for key in keys)
        return (
            "SELECT k::BIGINT AS k, k / 4 AS d, 'text ' || k AS s, make_timestamp(2020, 1, 1, 0, 0, 0) AS t "
            f"FROM (VALUES {values}) AS numbers(k)"
        )

    def keys(self, table: DeltaTable | None = None) -> list[int]:
        scan = self.session.scan(table or self.open())
        return [key for (key,) in self.session.rows(f"SELECT k FROM {scan} ORDER BY k")]

    def rows(self) -> list[tuple[Any, ...]]:
        return self.session.rows(f"SELECT * FROM {self.session.scan(self.open())} ORDER BY ALL")

    def contents(self) -> dict[Path, bytes]:
        """All files in the folder, with those of the log."""
        return {path: path.read_bytes() for path in self.folder().rglob("*") if path.is_file()}

    def files(self) -> list[Path]:
        """Data files that lie in the folder, committed or not."""
        return sorted(self.folder().glob("*.parquet"))


@pytest.fixture
def numbers(tmp_path: Path) -> Iterator[Numbers]:
    session = Session(Lake(str(tmp_path / "lake")), "1GB")
    yield Numbers(session)
    session.close()


@pytest.fixture
def lake(numbers: Numbers) -> Lake:
    """The same lake, as another process opens it."""
    return Lake(numbers.lake.root)


def commit_file(log: Path, version: int) -> Path:
    return log / f"{version:020}.json"


def names(table: DeltaTable) -> list[str]:
    return sorted(uri.rpartition("/")[2] for uri in table.file_uris())
