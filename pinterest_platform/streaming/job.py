"""Running streams: batch after batch from a source, cleaned, into the stream's table, each record exactly once.

A batch is committed to `stream/rejected` first, what does not fit, then to the stream's own table together with how far
its shards are read. A crash between the two has the records read again; rejected holds positions of its own, by which
those that it has are known. What is in a batch may differ then; which record fits does not.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

from arro3.core import Array, DataType, Table

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.tables import Lake
from pinterest_platform.landing.fitting import quote, text
from pinterest_platform.schemas import STREAM_REJECTED
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.batch import Batch, BatchLog, OnBatch, visible, waits
from pinterest_platform.streaming.cleaning import Cleaner, Rejected, stream_columns
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.source import Buffer, Chunk, KnownMarks, Source
from pinterest_platform.streaming.table import StreamTable

REJECTED_ADDRESS = "stream/rejected"
#: Batches between two looks at whether there are many small files.
_COMPACT_EVERY = 16


def run_streams(
    settings: Settings,
    catalog: Catalog,
    streams: Iterable[Stream],
    *,
    stop: threading.Event | None = None,
    once: bool = False,
    on_batch: OnBatch | None = None,
) -> None:
    """Run several streams side by side until all are done, as `StreamJob.run` does each; `on_batch` is called by one
    of them at a time. Where one fails, `stop` is set for all, and its error is raised.

    Raises:
        StreamError, LakeError, LandingError: as `StreamJob.run`.
    """
    stopping, one_at_a_time = stop or threading.Event(), threading.Lock()

    def tell(batch: Batch) -> None:
        with one_at_a_time:
            if on_batch:
                on_batch(batch)

    def run(stream: Stream) -> None:
        try:
            StreamJob(settings, catalog, stream).run(stop=stopping, once=once, on_batch=tell)
        except BaseException:
            stopping.set()
            raise

    jobs = list(streams)
    with ThreadPoolExecutor(max(len(jobs), 1), thread_name_prefix="stream") as pool:
        running = [pool.submit(run, stream) for stream in jobs]
        try:
            for job in running:
                job.result()
        finally:
            stopping.set()


class StreamJob:
    """One stream into its table."""

    def __init__(self, settings: Settings, catalog: Catalog, stream: Stream) -> None:
        self._settings = settings
        self._stream = stream
        self._model = catalog.models[stream.model]

    def run(self, *, stop: threading.Event | None = None, once: bool = False, on_batch: OnBatch | None = None) -> None:
        """Read, clean and commit until `stop` is set; with `once`, until all is committed that was in the stream at
        the start. What is read and not committed when it stops is read again by the next run.

        Raises:
            StreamError: the stream cannot be read, or another job commits to its table.
            LakeError: a table cannot be opened or written.
            LandingError: there is no room for temporary files.
        """
        session = Session(Lake(self._settings.lake_root, keep_open=True), self._settings.memory_limit)
        with closing(session), closing(_Writing(session, self._stream, self._model)) as writing:
            buffer = Buffer(self._stream.limits)
            source = open_source(self._settings, self._stream, writing.events.marks)
            try:
                if marks := source.begin():
                    writing.events.append(None, marks)
                source.read(buffer, once=once)
                while chunks := buffer.take(self._stream.trigger, stop or threading.Event()):
                    batch = writing.add(chunks)
                    if batch and on_batch:
                        on_batch(batch)
            finally:
                buffer.close()
                source.close()


def open_source(settings: Settings, stream: Stream, known: KnownMarks) -> Source:
    """What reads the stream behind the marks that are `known`.

    Raises:
        StreamError: what is needed for it is not installed.
    """
    if stream.source == "kinesis":
        from pinterest_platform.streaming.kinesis import KinesisSource

        return KinesisSource(settings, stream, known)
    from pinterest_platform.streaming.kafka import KafkaSource

    return KafkaSource(settings, stream, known)


class _Writing:
    """The tables of one stream, as its job writes them."""

    def __init__(self, session: Session, stream: Stream, model: Model) -> None:
        self._session = session
        self._stream = stream
        self._cleaner = Cleaner(session, stream, model)
        described = f"Records of {stream.origin} ({stream.source}), cleaned as {stream.model} is. {model.description}"
        self.events = StreamTable(session, stream, stream.address, stream_columns(model), described)
        self._rejected = StreamTable(
            session, stream, REJECTED_ADDRESS, STREAM_REJECTED, "Streamed records that do not fit, with why."
        )
        self._log = BatchLog(session)

    def close(self) -> None:
        self._log.flush()

    def add(self, chunks: Sequence[Chunk]) -> Batch | None:
        """Commit a batch; None where it had no records."""
        marks = {mark: value for chunk in chunks for mark, value in chunk.marks.items()}
        records = sum(len(chunk.data) for chunk in chunks)
        if not records:
            self.events.append(None, marks)
            return None
        taken = time.time()
        rejected = self._cleaner.clean(chunks)
        cleaned = time.time()
        if rejected:
            self._add_rejected(rejected, chunks, cleaned)
        rows = self.events.append(self._cleaner.rows(_timestamp(cleaned)), marks)
        committed = time.time()
        p50, p99, slowest = visible(chunks, committed)
        batch = Batch(
            stream=self._stream.origin,
            batch=self.events.batches,
            version=self.events.version,
            committed_at=datetime.fromtimestamp(committed, UTC).replace(tzinfo=None),
            records=records,
            rows=rows,
            rejected=len(rejected),
            bytes=sum(chunk.size for chunk in chunks),
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
        if batch.batch % _COMPACT_EVERY == 0:
            self.events.compact()
            self._rejected.compact()
        return batch

    def _add_rejected(self, rejected: Sequence[Rejected], chunks: Sequence[Chunk], now: float) -> None:
        """Commit what does not fit, but for what is there since before a crash."""
        positions = {chunk.shard: chunk.marks[chunk.shard] for chunk in chunks if chunk.data}
        known = self._rejected.marks(list(positions))
        news = [r for r in rejected if r.position > known.get(r.chunk.shard, 0)]
        if not news:
            return
        # A shard that is read again is still behind what is known of it.
        marks = {shard: max(position, known.get(shard, 0)) for shard, position in positions.items()}
        columns = {
            "shard_id": [r.chunk.shard for r in news],
            "sequence_number": [r.chunk.sequence_numbers[r.place] for r in news],
            "line": [r.chunk.data[r.place].decode(errors="backslashreplace") for r in news],
            "reason": [r.reason for r in news],
        }
        texts = {name: Array(values, DataType.string()) for name, values in columns.items()}
        arrived = Array([r.chunk.arrived[r.place] for r in news], DataType.int64())
        self._session.db.register("rejected_rows", Table.from_pydict({**texts, "arrived_ms": arrived}))
        names = ", ".join(quote(column.name) for column in STREAM_REJECTED)
        self._rejected.append(
            f"SELECT {names} FROM (SELECT *, {text(self._stream.origin)} AS stream, "
            f"make_timestamp_ms(arrived_ms) AS arrived_at, {_timestamp(now)} AS ingested_at FROM rejected_rows)",
            marks,
        )
        self._session.db.unregister("rejected_rows")


def _timestamp(seconds: float) -> str:
    """A time as SQL."""
    return f"make_timestamp({int(seconds * 1_000_000)})"
