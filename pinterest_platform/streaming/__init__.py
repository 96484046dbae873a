"""Streams into Delta tables: Kinesis or Kafka, cleaned by the models of the batch, each record exactly once.

`config` says which streams there are, `job` runs them. What other packages use is named here; what is downstream of the
tables, live results and serving, is not in this package, nor is posting to streams.

A record goes to `stream/<name>` or to `stream/rejected`. How far a shard is read is committed with its rows, in the
same commit of `stream/<name>`, so a restart at any point neither loses a record nor has one twice.
"""

from __future__ import annotations

from pinterest_platform.streaming.batch import Batch, OnBatch
from pinterest_platform.streaming.config import Limits, Stream, load_streams
from pinterest_platform.streaming.errors import StreamConfigError, StreamError
from pinterest_platform.streaming.job import StreamJob, run_streams
from pinterest_platform.streaming.stream_tables import BATCHES, REJECTED, stream_table

__all__ = [
    "BATCHES",
    "REJECTED",
    "Batch",
    "Limits",
    "OnBatch",
    "Stream",
    "StreamConfigError",
    "StreamError",
    "StreamJob",
    "load_streams",
    "run_streams",
    "stream_table",
]
