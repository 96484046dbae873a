"""Runs streams on Spark: one query per stream, until a stop or, with an available-now trigger, until all is read.

`sources` defines the input of a query, and `batches` commits its batches.
"""

from __future__ import annotations

import logging
import re
import threading
import uuid
from collections.abc import Iterable
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.spark.package import bring_package
from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.engines.spark.spark_tables import spark_errors
from pinterest_platform.errors import without_values
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.batch import OnBatch, read_batches
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.errors import StreamError
from pinterest_platform.streaming.spark.batches import BatchWriter, Begun
from pinterest_platform.streaming.spark.sources import read_stream
from pinterest_platform.streaming.spark.tasks import Work
from pinterest_platform.streaming.stream_tables import REJECTED, stream_table
from pinterest_platform.streaming.table import StreamTable

if TYPE_CHECKING:
    from pyspark.sql import SparkSession
    from pyspark.sql.streaming.query import StreamingQuery

#: Seconds between two checks of the queries.
_LOOK = 0.5
#: Spark deletes a checkpoint with its query, even if the query failed.
_TEMPORARY = "spark.sql.streaming.forceDeleteTempCheckpointLocation"
#: The last line of a traceback, which is all that Python workers pass on of the package's errors.
_OURS = re.compile(r"(?:\w+\.)*(StreamError|LakeError|LakeConflictError|LandingError): (.*)")
#: Python's message if the process of a data source lacks this package. Files sent to the server do not reach it.
_NO_PACKAGE = "No module named 'pinterest_platform'"


def run_on_spark(
    settings: Settings,
    catalog: Catalog,
    streams: Iterable[Stream],
    *,
    stop: threading.Event,
    once: bool,
    on_batch: OnBatch | None,
) -> None:
    """Like `job.run_streams`.

    Raises:
        StreamError: a stream cannot be read, or another job commits to its table.
        LakeError: a table cannot be opened or written.
        EngineError: Spark cannot be started.
    """
    spark = open_session(settings)
    from pyspark.errors import PySparkException

    # Errors in `foreachBatch` come back as the query's own error.
    logging.getLogger("py4j.clientserver").setLevel(logging.CRITICAL)
    try:
        with ExitStack() as opened, spark_errors():
            with suppress(PySparkException):  # Serverless compute allows few settings.
                spark.conf.set(_TEMPORARY, True)
            queries = [
                opened.enter_context(closing(_start(spark, settings, catalog, stream, once))) for stream in streams
            ]
            while [query for query in queries if query.is_running()] and not stop.wait(_LOOK):
                for query in queries:
                    query.tell(on_batch)
            for query in queries:
                query.stop()
                query.tell(on_batch)
    finally:
        stop.set()
        close_session(spark)


def _start(spark: SparkSession, settings: Settings, catalog: Catalog, stream: Stream, once: bool) -> _Query:
    from pyspark.sql.utils import is_remote

    from pinterest_platform.streaming.sources import open_source

    model, lake = catalog.models[stream.model], Lake(settings.lake_root, keep_open=True)
    schema = catalog.domain.records[stream.record]
    session = Session(lake, settings.memory_limit)
    events = StreamTable(session, stream, stream_table(stream, model), mark=model.mark)
    rejected = StreamTable(session, stream, REJECTED)
    source = open_source(settings, stream, events)
    with closing(events), closing(rejected), closing(source):
        if marks := source.begin():
            events.append(None, marks)
        begun = Begun(events.batches, source.known, rejected.marks(source.shards))
        records = read_stream(spark, settings, stream, source)
    name = uuid.uuid4().hex
    work = Work(name, settings.lake_root, settings.task_memory_limit, stream, schema, model, catalog.pseudonyms)
    writer = BatchWriter(work, begun)
    add = bring_package(writer) if is_remote() else writer
    to_come = records.writeStream.queryName(f"{stream.address} {name}").foreachBatch(add)
    timed = to_come.trigger(availableNow=True) if once else to_come.trigger(processingTime=f"{stream.trigger} seconds")
    return _Query(stream, session, writer, timed.start(), begun.number)


@dataclass
class _Query:
    """The query of one stream. `told` is the number of the last reported batch."""

    stream: Stream
    session: Session
    writer: BatchWriter
    running: StreamingQuery
    told: int

    def is_running(self) -> bool:
        """Whether it has not ended.

        Raises:
            StreamError, LakeError: the error that it failed with.
        """
        if self.running.isActive:
            return True
        if error := self.running.exception():
            told = str(error)
            if _NO_PACKAGE in told:
                raise StreamError(
                    f"{self.stream.address}: the Spark Connect server needs this package to read Kinesis, but does not "
                    "have it. Install it in the server's Python: pip install 'pinterest-platform[spark,aws]'"
                ) from error
            ours = _OURS.findall(told)
            if not ours:
                # The first line gives the reason; the others are a stack trace.
                shown = without_values(told)
                raise StreamError(f"{self.stream.address}: Spark: {shown.partition(chr(10))[0]}") from (
                    error if shown == told else None
                )
            kind, message = ours[-1]
            raise (StreamError if kind == "StreamError" else LakeError)(message) from error
        return False

    def tell(self, on_batch: OnBatch | None) -> None:
        """Report the batches since the last call from the table, because another process may commit them."""
        for batch in read_batches(self.session, self.stream.origin, self.told):
            self.told = batch.batch
            if on_batch:
                on_batch(batch)

    def stop(self) -> None:
        """End the query after the current batch."""
        self.running.stop()

    def close(self) -> None:
        self.stop()
        self.writer.close()
        self.session.close()
