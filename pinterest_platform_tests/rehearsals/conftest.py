"""A small platform as whoever keeps one meets it: the domain that `init` writes, its commands, its files."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.lake import Lake
from pinterest_platform_tests.cli.conftest import runner

#: Rides that come with the domain are the offsets 0 to 9; the sixth is rejected.
FIRST = 10
TABLES = ("raw/ride", "raw/rejected", "cleaned/ride", "analytics/rides_by_zone")


def ride(number: int, **fields: Any) -> dict[str, Any]:
    return {"ride_id": number, "picked_up_at": "2026-01-06 08:00:00", "zone": "Airport", "fare": 9.5} | fields


@dataclass(frozen=True)
class Site:
    """A folder with a domain; `variables` are those that the program gets beside `.env` there."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, fails: bool = False) -> str:
        """What a command prints, which is to succeed, or to fail."""
        done = runner(self.folder)(*arguments, **self.variables)
        assert (done.returncode != 0) is fails, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    @property
    def landing(self) -> Path:
        return self.folder / "data/landing/topics/rides.ride/partition=0"

    @property
    def lake(self) -> Path:
        return self.folder / "data/lake"

    def land(self, start: int, lines: Sequence[dict[str, Any] | str]) -> Path:
        """An object whose first line has that offset."""
        path = self.landing / f"rides.ride+0+{start:010}.json"
        text = "".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines)
        hidden = path.with_name(f".{path.name}")
        hidden.write_text(text)
        hidden.replace(path)
        return path

    def rows(self, table: str) -> list[str]:
        """The rows of a table as JSON, but for when they were ingested."""
        lake = Lake(str(self.lake))
        session = Session(lake, "1GB")
        found = session.rows(f"SELECT to_json(rows)::VARCHAR FROM {session.scan(lake.require(table))} AS rows")
        session.close()
        return told(json.loads(row) for (row,) in found)

    def all_rows(self) -> dict[str, list[str]]:
        return {table: self.rows(table) for table in TABLES}

    def data_files(self, table: str) -> list[Path]:
        """The oldest first."""
        return sorted((self.lake / table).glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)


def told(rows: Iterable[dict[str, Any]]) -> list[str]:
    """Rows in order, without when they were ingested."""
    return sorted(json.dumps({k: v for k, v in row.items() if k != "ingested_at"}) for row in rows)


@pytest.fixture(scope="package")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three runs: of the rides that come with the domain, then of two objects more, of which the first
    has a line that is rejected."""
    folder = tmp_path_factory.mktemp("made")
    runner(folder)("init", "rides")
    site = Site(folder / "rides")
    site("run")
    site.land(10, [ride(11), ride(12, fare="free"), ride(13)])
    site("run")
    site.land(13, [ride(14), ride(11, zone="Harbour")])
    site("run")
    return site.folder


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Site:
    """A copy of it."""
    return Site(shutil.copytree(made, tmp_path / "rides"))


def moment() -> str:
    """Now, to be given to `--as-of` later. The next commit is of a later millisecond."""
    now = datetime.now(UTC)
    while datetime.now(UTC).timestamp() * 1000 < now.timestamp() * 1000 + 2:
        pass
    return now.isoformat()
