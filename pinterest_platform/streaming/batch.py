"""What is told of each batch: to whoever runs the job, and in the table `stream/batches`.

The figures are written some at a time, so that they do not double the commits; a crash loses those of the last seconds,
never records.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from pinterest_platform.engines.duckdb.session import Session, sql_type
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.landing.fitting import quote, text
from pinterest_platform.schemas import STREAM_BATCHES
from pinterest_platform.streaming.source import Chunk

BATCHES_ADDRESS = "stream/batches"
#: Seconds between two commits of figures.
_EVERY = 30.0


@dataclass(frozen=True)
class Batch:
    """A batch that is committed: the columns of `stream/batches`, which says what each means; times are in seconds,
    `committed_at` in UTC without zone, `lag` by shard. Times from arrival on are None where the stream tells no time of
    arrival, and negative where its clock is ahead of this one."""

    stream: str
    batch: int
    version: int
    committed_at: datetime
    records: int
    rows: int
    rejected: int
    bytes: int
    lag: Mapping[str, int]
    wait_seconds: float | None
    read_seconds: float
    clean_seconds: float
    commit_seconds: float
    visible_p50_seconds: float | None
    visible_p99_seconds: float | None
    visible_max_seconds: float | None


OnBatch = Callable[[Batch], None]


def waits(chunks: Sequence[Chunk]) -> float | None:
    """Average seconds from the arrival of records until they were read."""
    waited = [chunk.read_at - ms / 1000 for chunk in chunks for ms in chunk.arrived if ms is not None]
    return sum(waited) / len(waited) if waited else None


def visible(chunks: Sequence[Chunk], committed: float) -> tuple[float, float, float] | tuple[None, None, None]:
    """Seconds from the arrival of records until the time `committed`: of half of them, of 99 of 100, of all."""
    arrived = sorted(ms for chunk in chunks for ms in chunk.arrived if ms is not None)
    if not arrived:
        return None, None, None
    half, few = (arrived[int(len(arrived) * part)] for part in (0.5, 0.01))
    return committed - half / 1000, committed - few / 1000, committed - arrived[0] / 1000


class BatchLog:
    """Writes the figures of one job's batches."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._table = session.lake.ensure(BATCHES_ADDRESS, STREAM_BATCHES, "What each commit of a stream took.")
        self._waiting: list[Batch] = []
        self._written = time.monotonic()

    def add(self, batch: Batch) -> None:
        self._waiting.append(batch)
        if time.monotonic() - self._written >= _EVERY:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            LakeError: it cannot be written.
        """
        self._written = time.monotonic()
        if self._waiting:
            rows = ", ".join(f"({', '.join(_literals(batch))})" for batch in self._waiting)
            names = ", ".join(quote(column.name) for column in STREAM_BATCHES)
            files = self._session.write(self._table, f"SELECT * FROM (VALUES {rows}) AS t({names})", ordered=True)
            commit(self._table, add=files, transactions={})
            self._waiting.clear()
            maintenance.compact_if_fragmented(self._session.db, self._table)


def _literals(batch: Batch) -> list[str]:
    return [f"{_literal(getattr(batch, column.name))}::{sql_type(column.type)}" for column in STREAM_BATCHES]


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Mapping):
        return text(json.dumps(value))
    return text(str(value)) if isinstance(value, str | datetime) else repr(value)
