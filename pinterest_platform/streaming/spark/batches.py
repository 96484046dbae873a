"""Commits the batches of a query, in `foreachBatch`: on the driver or, with Spark Connect, on the server.

Executors have already written the files. As in the embedded job, rejected records go to `stream/rejected` first. The
other rows then go to the stream's own table, with the shard positions and the batch number as transaction ids. After a
crash between the two commits, or before Spark's checkpoint, these positions show what is committed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.lake.lake import Lake
from pinterest_platform.s3.access import as_here
from pinterest_platform.streaming.batch import Batch, BatchLog, visible, waits
from pinterest_platform.streaming.source import Chunk
from pinterest_platform.streaming.spark.tasks import TOLD, Done, Work, do, done_of
from pinterest_platform.streaming.stream_tables import REJECTED, stream_table
from pinterest_platform.streaming.table import StreamTable
from pinterest_platform.streaming.writer import COMPACT_EVERY

if TYPE_CHECKING:
    from pyspark.sql import DataFrame


@dataclass(frozen=True)
class Begun:
    """The start of a query: the number of the last batch in its stream's table, the shard positions in that table, and
    those in `stream/rejected`."""

    number: int
    positions: Mapping[str, int]
    refused: Mapping[str, int]


class BatchWriter:
    """Adds the batches of one query to the tables of its stream. It is sent to the process that runs `foreachBatch`,
    and opens the tables there with the first batch."""

    def __init__(self, work: Work, begun: Begun) -> None:
        self._work = work
        self._begun = begun
        self._tables: _Tables | None = None

    def __call__(self, frame: DataFrame, _number: int) -> None:
        """Add a batch of `tasks.RECORDS`.

        Raises:
            StreamError: another job commits to the table. Nothing was committed.
            LakeError: a commit failed.
        """
        if self._tables is None:
            self._tables = _open(self._work, self._begun)
        until_no_conflict(partial(self._tables.add, frame))

    def close(self) -> None:
        if self._tables:
            self._tables.close()


@dataclass
class _Tables:
    """The tables of a query's stream, and the shard positions that are committed to them."""

    work: Work
    session: Session
    events: StreamTable
    rejected: StreamTable
    log: BatchLog
    positions: dict[str, int]
    refused: dict[str, int]

    def add(self, frame: DataFrame) -> None:
        started = time.time()
        self.events.check_alone()
        self.rejected.check_alone()
        done, arrived = self._do(frame)
        if not done:
            return
        positions = _newest(task.positions for task in done)
        if files := [file for task in done for file in task.rejected]:
            refused = _newest([{shard: self.refused.get(shard, 0) for shard in positions}, positions])
            self.rejected.commit(files, refused)
            self.refused |= refused
        self.events.commit([file for task in done for file in task.events], positions)
        self.positions |= positions
        self.log.add(self._metrics(done, arrived, started))
        self.log.flush()
        if self.events.batches % COMPACT_EVERY == 0:
            self.events.compact()
            self.rejected.compact()

    def close(self) -> None:
        self.events.close()
        self.rejected.close()
        self.session.close()

    def _do(self, frame: DataFrame) -> tuple[list[Done], list[int]]:
        """The results of the tasks, and the arrival times of the records."""
        with_these = as_here(partial(do, self.work, self.positions, self.refused))
        told = frame.mapInArrow(with_these, TOLD).collect()
        return [done_of(row.done) for row in told], [ms for row in told for ms in row.arrived_ms]

    def _metrics(self, done: Sequence[Done], arrived: Sequence[int], started: float) -> Batch:
        committed = time.time()
        chunk = Chunk("", arrived=arrived, read_at=min(task.began for task in done))
        p50, p99, slowest = visible([chunk], committed)
        read, cleaned = (max(getattr(task, name) for task in done) for name in ("read_seconds", "clean_seconds"))
        return Batch(
            stream=self.work.stream.origin,
            batch=self.events.batches,
            version=self.events.version,
            committed_at=datetime.fromtimestamp(committed, UTC).replace(tzinfo=None),
            records=sum(task.records for task in done),
            rows=sum(file.rows for task in done for file in task.events),
            rejected=sum(task.refused for task in done),
            bytes=sum(task.bytes for task in done),
            lag={},
            wait_seconds=waits([chunk]),
            read_seconds=read,
            clean_seconds=cleaned,
            commit_seconds=max(0.0, committed - started - read - cleaned),
            visible_p50_seconds=p50,
            visible_p99_seconds=p99,
            visible_max_seconds=slowest,
        )


def _open(work: Work, begun: Begun) -> _Tables:
    session = Session(Lake(work.lake, keep_open=True), work.memory_limit)
    events = StreamTable(
        session, work.stream, stream_table(work.stream, work.model), number=begun.number, mark=work.model.mark
    )
    rejected = StreamTable(session, work.stream, REJECTED)
    return _Tables(work, session, events, rejected, BatchLog(session), dict(begun.positions), dict(begun.refused))


def _newest(positions: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The highest position of each shard."""
    newest: dict[str, int] = {}
    for marks in positions:
        for shard, position in marks.items():
            newest[shard] = max(position, newest.get(shard, 0))
    return newest
