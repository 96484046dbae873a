"""Runs streams: takes batch after batch from a source and commits it, until a stop.

The sources read records. `writer` cleans and commits them.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.owner import claim
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.batch import Batch, OnBatch
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.source import Buffer
from pinterest_platform.streaming.sources import open_source
from pinterest_platform.streaming.writer import Writer


def run_streams(
    settings: Settings,
    catalog: Catalog,
    streams: Iterable[Stream],
    *,
    stop: threading.Event | None = None,
    once: bool = False,
    on_batch: OnBatch | None = None,
) -> None:
    """Run several streams in parallel until all are done, each like `StreamJob.run`. Only one at a time calls
    `on_batch`. If one fails, this sets `stop` for all and raises its error. The engine of the settings reads the
    streams. Engines may take turns on a stream.

    Raises:
        StreamError, LakeError, LandingError: as `StreamJob.run`.
        EngineError: it cannot be started.
    """
    claim(Lake(settings.lake_root), catalog.domain)
    stopping, one_at_a_time = stop or threading.Event(), threading.Lock()
    if settings.engine != "duckdb":
        from pinterest_platform.streaming.spark.query import run_on_spark

        return run_on_spark(settings, catalog, streams, stop=stopping, once=once, on_batch=on_batch)

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
        self._pseudonyms = catalog.pseudonyms
        self._schema, self._model = catalog.domain.records[stream.record], catalog.models[stream.model]

    def run(self, *, stop: threading.Event | None = None, once: bool = False, on_batch: OnBatch | None = None) -> None:
        """Read, clean and commit until `stop` is set. With `once`, end when all records that were in the stream at the
        start are committed. The next run reads uncommitted records again.

        Raises:
            StreamError: the stream cannot be read, or another job commits to its table.
            LakeError: a table cannot be opened or written.
            LandingError: no space is left for temporary files.
        """
        stopping = stop or threading.Event()
        session = Session(Lake(self._settings.lake_root, keep_open=True), self._settings.memory_limit, self._pseudonyms)
        with closing(session), closing(Writer(session, self._stream, self._schema, self._model)) as writer:
            buffer = Buffer(self._stream.limits)
            source = open_source(self._settings, self._stream, writer.events)
            try:
                if marks := source.begin():
                    writer.events.append(None, marks)
                source.read(buffer, once=once)
                while chunks := buffer.take(self._stream.trigger, stopping):
                    batch = writer.add(chunks)
                    if batch and on_batch:
                        on_batch(batch)
            finally:
                buffer.close()
                source.close()
