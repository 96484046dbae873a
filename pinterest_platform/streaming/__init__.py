"""Streams into Delta tables: Kinesis or Kafka, cleaned by the models of the batch, each record exactly once.

`config` says which streams there are. What other packages use is named here; what is downstream of the tables, live
results and serving, is not in this package, nor is posting to streams.
"""

from __future__ import annotations

from pinterest_platform.streaming.config import Limits, Stream, load_streams
from pinterest_platform.streaming.errors import StreamConfigError, StreamError

__all__ = ["Limits", "Stream", "StreamConfigError", "StreamError", "load_streams"]
