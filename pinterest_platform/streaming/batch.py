"""Metrics of each batch: for the caller of the job, and in the table `stream/batches`.

Metrics of several batches are written together, to avoid doubling the number of commits. A crash loses the metrics of
the last seconds, never records.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.columns import sql_type
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.transactions import transaction_versions
from pinterest_platform.sql import quote, text
from pinterest_platform.streaming.source import Chunk
from pinterest_platform.streaming.stream_tables import BATCHES

#: Seconds between two commits of metrics.
_EVERY = 30.0
#: Batches whose metrics are kept while they cannot be written.
_MOST_WAITING = 1_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Batch:
    """A committed batch, with the columns of `stream/batches`, which describes them. Durations are in seconds,
    `committed_at` is in UTC without a time zone, and `lag` is by shard. Durations since arrival are None if the stream
    gives no arrival time, and negative if its clock is ahead of this one."""

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
    """Average seconds from the arrival of a record until it was read."""
    waited = [chunk.read_at - ms / 1000 for chunk in chunks for ms in chunk.arrived if ms is not None]
    return sum(waited) / len(waited) if waited else None


def visible(chunks: Sequence[Chunk], committed: float) -> tuple[float, float, float] | tuple[None, None, None]:
    """Seconds from the arrival of records until the time `committed`: median, 99th percentile and maximum."""
    arrived = sorted(ms for chunk in chunks for ms in chunk.arrived if ms is not None)
    if not arrived:
        return None, None, None
    half, few = (arrived[int(len(arrived) * part)] for part in (0.5, 0.01))
    return committed - half / 1000, committed - few / 1000, committed - arrived[0] / 1000


class BatchLog:
    """Writes the metrics of one stream's batches. Failures are only logged: they never stop a stream."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: list[Batch] = []
        self._written = time.monotonic()

    def add(self, batch: Batch) -> None:
        self._waiting.append(batch)
        if time.monotonic() - self._written >= _EVERY:
            self.flush()

    def flush(self) -> None:
        """Write the waiting metrics. If that fails, keep them for the next attempt."""
        self._written = time.monotonic()
        try:
            if self._waiting:
                self._write(self._waiting)
            self._waiting = []
        except LakeError as error:
            _log.warning("%s: metrics of batches are not written yet: %s", BATCHES.address, error)
            self._waiting = self._waiting[-_MOST_WAITING:]

    def _write(self, batches: Sequence[Batch]) -> None:
        """Write the metrics of batches. Skip those that an earlier attempt committed without receiving the answer."""
        table = self._session.lake.ensure(BATCHES.address, BATCHES.columns, BATCHES.description)
        app = f"{batches[0].stream}/committed_at"
        known = transaction_versions(table, [app]).get(app, 0)
        rows = ", ".join(f"({', '.join(_literals(batch))})" for batch in batches if _microseconds(batch) > known)
        if rows:
            names = ", ".join(quote(column.name) for column in BATCHES.columns)
            files = self._session.write(table, f"SELECT * FROM (VALUES {rows}) AS t({names})", ordered=True)
            commit(table, add=files, transactions={app: _microseconds(batches[-1])})
            maintenance.compact_if_fragmented(self._session.db, table)


def read_batches(session: Session, stream: str, after: int) -> list[Batch]:
    """The batches of a stream with numbers above `after`, in order.

    Raises:
        LakeError: the table cannot be read.
    """
    table = session.lake.open(BATCHES.address)
    if table is None:
        return []
    names = [column.name for column in BATCHES.columns]
    rows = session.rows(
        f"SELECT {', '.join(map(quote, names))} FROM {session.scan(table)} "
        f"WHERE stream = {text(stream)} AND batch > {after} ORDER BY batch"
    )
    told = (dict(zip(names, row, strict=True)) for row in rows)
    return [Batch(**{**values, "lag": json.loads(values["lag"])}) for values in told]


def _microseconds(batch: Batch) -> int:
    """The commit time, since 1970."""
    return (batch.committed_at - datetime(1970, 1, 1)) // timedelta(microseconds=1)


def _literals(batch: Batch) -> list[str]:
    return [f"{_literal(getattr(batch, column.name))}::{sql_type(column.type)}" for column in BATCHES.columns]


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Mapping):
        return text(json.dumps(value))
    return text(str(value)) if isinstance(value, str | datetime) else repr(value)
