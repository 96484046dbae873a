"""Opens the source of a stream. `kinesis` and `kafka` implement the sources."""

from __future__ import annotations

from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.source import Committed, Source


def open_source(settings: Settings, stream: Stream, committed: Committed) -> Source:
    """The source that reads the stream from the `committed` marks.

    Raises:
        StreamError: its dependencies are not installed.
    """
    if stream.source == "kinesis":
        from pinterest_platform.streaming.kinesis import KinesisSource

        return KinesisSource(settings, stream, committed)
    from pinterest_platform.streaming.kafka import KafkaSource

    return KafkaSource(settings, stream, committed)
