"""Streams from Kinesis or Kafka into Delta tables, cleaned by the batch models, each record exactly once.

`config` defines the streams and `job` runs them. This module exports the names that other packages use. Live results,
serving and posting to streams belong to other packages.

A record goes to `stream/<name>` or to `stream/rejected`. The commit that adds rows to `stream/<name>` also records how
far each shard is read. A restart at any point neither loses nor duplicates a record.
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
