"""Commits a batch: rejected records to `stream/rejected` first, then the rows to the stream's own table.

The second commit also records how far the shards are read. After a crash between the two commits, the records are read
again. `stream/rejected` has positions too, which show the records that it already holds. The second batch may contain
other records, but whether a record fits does not change.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from pinterest_platform.catalog import Model
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.streaming.batch import Batch, BatchLog, visible, waits
from pinterest_platform.streaming.cleaning import Cleaner, Rejected, timestamp
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.source import Chunk
from pinterest_platform.streaming.stream_tables import REJECTED, stream_table
from pinterest_platform.streaming.table import StreamTable

#: Batches between two compaction steps.
COMPACT_EVERY = 16


class Writer:
    """Writes the tables of one stream."""

    def __init__(self, session: Session, stream: Stream, schema: RecordSchema, model: Model) -> None:
        self._session = session
        self._stream = stream
        self._cleaner = Cleaner(session, stream, schema, model)
        self.events = StreamTable(session, stream, stream_table(stream, model), mark=model.mark)
        self._rejected = StreamTable(session, stream, REJECTED)
        self._log = BatchLog(session)

    def close(self) -> None:
        self.events.close()
        self._rejected.close()
        self._log.flush()

    def add(self, chunks: Sequence[Chunk]) -> Batch | None:
        """Commit a batch. None if it has no records."""
        marks = {mark: value for chunk in chunks for mark, value in chunk.marks.items()}
        if not any(chunk.data for chunk in chunks):
            self.events.append(None, marks)
            return None
        taken, size = time.time(), sum(chunk.size for chunk in chunks)
        chunks = self._cleaner.unpack(chunks)
        rejected = self._cleaner.clean(chunks)
        cleaned = time.time()
        if rejected:
            self._add_rejected(rejected, chunks, cleaned)
        rows = self.events.append(self._cleaner.rows(timestamp(cleaned)), marks)
        committed = time.time()
        p50, p99, slowest = visible(chunks, committed)
        batch = Batch(
            stream=self._stream.origin,
            batch=self.events.batches,
            version=self.events.version,
            committed_at=datetime.fromtimestamp(committed, UTC).replace(tzinfo=None),
            records=sum(len(chunk.data) for chunk in chunks),
            rows=rows,
            rejected=len(rejected),
            bytes=size,
            lag={chunk.shard: chunk.lag for chunk in chunks},
            wait_seconds=waits(chunks),
            read_seconds=taken - min(chunk.read_at for chunk in chunks),
            clean_seconds=cleaned - taken,
            commit_seconds=committed - cleaned,
            visible_p50_seconds=p50,
            visible_p99_seconds=p99,
            visible_max_seconds=slowest,
        )
        self._log.add(batch)
        if batch.batch % COMPACT_EVERY == 0:
            self.events.compact()
            self._rejected.compact()
        return batch

    def _add_rejected(self, rejected: Sequence[Rejected], chunks: Sequence[Chunk], now: float) -> None:
        """Commit rejected records, except those committed before a crash."""
        positions = {chunk.shard: chunk.marks[chunk.shard] for chunk in chunks if chunk.data}
        known = self._rejected.marks(list(positions))
        news = [r for r in rejected if r.position > known.get(r.chunk.shard, 0)]
        if not news:
            return
        # A shard that is read again may still be behind its committed position.
        marks = {shard: max(position, known.get(shard, 0)) for shard, position in positions.items()}
        self._rejected.append(self._cleaner.refused(news, timestamp(now)), marks)
