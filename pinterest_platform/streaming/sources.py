"""Opens what a stream is read from. How each is read is said by `kinesis` and `kafka`."""

from __future__ import annotations

from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.source import Committed, Source


def open_source(settings: Settings, stream: Stream, committed: Committed) -> Source:
    """What reads the stream behind what is `committed`.

    Raises:
        StreamError: what is needed for it is not installed.
    """
    if stream.source == "kinesis":
        from pinterest_platform.streaming.kinesis import KinesisSource

        return KinesisSource(settings, stream, committed)
    from pinterest_platform.streaming.kafka import KafkaSource

    return KafkaSource(settings, stream, committed)
