"""Landing zones and lakes for tests of landing, lake and engines: records, objects written by hand, rows read back."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import Domain
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.keys import object_key
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings

PREFIX = "t"


def pin(index: int = 1, **fields: Any) -> bytes:
    """A pin's line without its line end; a field given as ... is left out."""
    return _line({"index": index, "unique_id": f"u{index}", "category": "art"}, fields)


def geo(ind: int = 1, **fields: Any) -> bytes:
    place = {"ind": ind, "timestamp": "2020-01-02 03:04:05", "latitude": 1.5, "longitude": -2.5, "country": "Fiji"}
    return _line(place, fields)


def user(ind: int = 1, **fields: Any) -> bytes:
    author = {"ind": ind, "first_name": "Ann", "last_name": "Lee", "age": 33, "date_joined": "2016-05-04T03:02:01"}
    return _line(author, fields)


def tombstone(key: object, **fields: Any) -> bytes:
    """The line of a record without value, as the sink writes it: its key as text."""
    return _line({"_tombstone": str(key)}, fields)


def _line(fields: dict[str, Any], changes: dict[str, Any]) -> bytes:
    return json.dumps({k: v for k, v in (fields | changes).items() if v is not ...}, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Landing:
    """A landing folder. Objects are moved into place whole, as a careful writer does."""

    root: Path

    @property
    def store(self) -> FolderStore:
        return FolderStore(self.root)

    def put(
        self, start: int, lines: Iterable[bytes] | bytes, *, record: str = "pin", partition: int = 0, pad: int = 10
    ) -> Path:
        """Write an object; `lines` are ended each, bytes are written as they are."""
        path = self.path(start, record=record, partition=partition, pad=pad)
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden = path.with_name(f".{path.name}.tmp")
        hidden.write_bytes(lines if isinstance(lines, bytes) else b"".join(line + b"\n" for line in lines))
        hidden.replace(path)
        return path

    def path(self, start: int, *, record: str = "pin", partition: int = 0, pad: int = 10) -> Path:
        return self.root / object_key(f"{PREFIX}.{record}", partition, start, pad)


@cache
def catalog() -> Catalog:
    return Catalog.load(PINTEREST)


def engine_over(
    root: Path, *, landing: Path | str | None = None, lake: Path | str | None = None, domain: Domain = PINTEREST
) -> DuckDBEngine:
    """An engine with landing zone and lake under `root`, or where they are said to be."""
    settings = load_settings(
        data=root, landing=str(landing or ""), lake=str(lake or ""), source_url="", topic_prefix=PREFIX, _env_file=None
    )
    return DuckDBEngine(settings, catalog() if domain is PINTEREST else Catalog.load(domain))


@dataclass(frozen=True)
class Platform:
    """A landing zone, a lake, and the engine between them, all under one folder."""

    root: Path
    engine: DuckDBEngine

    @property
    def landing(self) -> Landing:
        return Landing(self.root / "landing")

    @property
    def lake(self) -> Lake:
        return Lake(str(self.root / "lake"))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.engine.query(sql).rows

    def raw(self, record: str = "pin") -> list[tuple[Any, ...]]:
        """Every column of a raw table in order of offset, but the time of ingestion and which of several objects that
        hold the same record it was read from."""
        columns = self.engine.query(f"SELECT * FROM raw.{record}", limit=0).columns
        kept = ", ".join(f"`{name}`" for name in columns if name not in ("ingested_at", "landing_file"))
        return self.rows(f"SELECT {kept} FROM raw.{record} ORDER BY kafka_topic, kafka_partition, kafka_offset")

    def rejected(self) -> list[tuple[Any, ...]]:
        """(topic, partition, offset, line, reason) of every rejected line."""
        return self.rows(
            "SELECT kafka_topic, kafka_partition, kafka_offset, line, reason FROM raw.rejected "
            "ORDER BY kafka_topic, kafka_partition, kafka_offset"
        )

    def offsets(self, record: str = "pin") -> list[int]:
        """Offsets of partition 0 in raw and rejected together, each as often as it is there."""
        topic = f"'{PREFIX}.{record}' AND kafka_partition = 0"
        return [
            offset
            for (offset,) in self.rows(
                f"SELECT kafka_offset FROM raw.{record} WHERE kafka_topic = {topic} "
                f"UNION ALL SELECT kafka_offset FROM raw.rejected WHERE kafka_topic = {topic} ORDER BY kafka_offset"
            )
        ]

    def files(self, address: str) -> set[str]:
        """Names of the data files that the newest version of a table has."""
        return {uri.rpartition("/")[2] for uri in self.lake.require(address).file_uris()}

    def version(self, address: str) -> int:
        return self.lake.require(address).version()


def open_platform(root: Path, domain: Domain = PINTEREST) -> Platform:
    return Platform(root, engine_over(root, domain=domain))


def same_as_clean_run(platform: Platform, scratch: Path, records: Sequence[str] = ("pin",)) -> None:
    """Assert that raw and rejected hold what one undisturbed ingestion of the same landing zone makes."""
    clean = Platform(scratch, engine_over(scratch, landing=platform.landing.root))
    for record in records:
        clean.engine.ingest(record)
        assert platform.raw(record) == clean.raw(record)
    assert platform.rejected() == clean.rejected()
    clean.engine.close()


def touch_later(path: Path) -> None:
    """Make sure that the next change of any file is stamped later than the last one of `path`."""
    stamp = path.stat().st_mtime_ns // 1_000  # The landing zone knows microseconds.
    while path.stat().st_mtime_ns // 1_000 <= stamp:
        os.utime(path)


def wait_for_settled(path: Path) -> None:
    """Go on when the last change of `path` is so long ago that a listing takes it for settled: the next one does not
    look at it again."""
    while time.time_ns() < path.stat().st_ctime_ns + 30_000_000:
        pass
