"""Streams, chunks of them and what becomes of these, for tests that need no server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.streaming import Stream, load_streams
from pinterest_platform.streaming.source import Chunk

#: A sequence number as Kinesis makes them: 56 digits.
FIRST = 49680433011138266163902328617084160738140123456789012345


@cache
def catalog() -> Catalog:
    return Catalog.load(PINTEREST)


def settings_of(root: Path, **fields: Any) -> Settings:
    return load_settings(data=root, **{"topic_prefix": "p", "_env_file": None, **fields})


def stream_of(settings: Settings, record: str = "pin", **fields: Any) -> Stream:
    """A stream of those records that an entry declares; `fields` change the entry."""
    entry = {"name": record, "source": "kinesis", "schema": record, "model": f"cleaned/{record}", **fields}
    path = settings.data / "streams.yaml"
    path.write_text(json.dumps({"streams": [entry]}))
    [stream] = load_streams(settings.model_copy(update={"streams": path}), catalog()).values()
    return stream


def session_of(settings: Settings) -> Session:
    return Session(Lake(settings.lake_root, keep_open=True), "1GB")


def chunk(records: Iterable[bytes], shard: str = "shardId-000000000000", first: int = FIRST) -> Chunk:
    """Records with the sequence numbers from `first` on."""
    data = list(records)
    numbers = range(first, first + len(data))
    return Chunk(shard, data, [str(n) for n in numbers], [1_700_000_000_000] * len(data), marks={shard: numbers[-1]})


def table_rows(settings: Settings, address: str, columns: str = "*") -> list[tuple[Any, ...]]:
    """Rows of a table as it is now, sorted."""
    session = session_of(settings)
    try:
        return session.rows(f"SELECT {columns} FROM {session.scan(session.lake.require(address))} ORDER BY ALL")
    finally:
        session.close()
