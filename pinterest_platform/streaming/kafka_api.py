"""Requests to Kafka for reading a topic: its partitions, their ends and records. Retried while brokers start.

`kafka/connection.py` connects the client. The source in `kafka` decides where each partition is read from.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from pinterest_platform.backoff import Backoff
from pinterest_platform.kafka.connection import KafkaUnavailableError, librdkafka_options, unavailable
from pinterest_platform.settings import Settings, SettingsError
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.errors import StreamError

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError, TopicPartition

#: Seconds for an answer about a topic.
_PATIENCE = 10.0
#: Seconds after which brokers that have just started know their partitions.
_SETTLED = 20.0

_log = logging.getLogger(__name__)

T = TypeVar("T")


class KafkaApi:
    """One topic, with the consumer that reads it.

    Every method raises StreamError if Kafka does not answer.
    """

    def __init__(self, settings: Settings, stream: Stream) -> None:
        self._settings = settings
        self._stream = stream
        self.consumer = _consumer(settings, stream)

    def at(self, partition: int, offset: int = 0) -> TopicPartition:
        from confluent_kafka import TopicPartition

        return TopicPartition(self._stream.origin, partition, offset)

    def partitions(self) -> list[int]:
        return self._answer(self._partitions)

    def partitions_now(self) -> list[int] | None:
        """The same, without waiting. None if the brokers are unavailable."""
        from confluent_kafka import KafkaException

        try:
            return self._partitions()
        except KafkaException as error:
            _log.warning("waiting for the brokers: %s", self.failed(error.args[0]))
            return None

    def ends(self, partition: int) -> tuple[int, int]:
        """The first and the next offset of a partition."""
        return self._answer(self._ends, partition)

    def ends_around(self, partition: int, position: int) -> tuple[int, int]:
        """The same, and check that the position of the table lies between them.

        A broker that has just started may know only one end and return it for both. So this method asks again before it
        reports that records are gone.
        """
        backoff = Backoff(_SETTLED)
        while True:
            low, high = self.ends(partition)
            if low <= position <= high:
                return low, high
            if (delay := backoff.next_delay()) is None:
                raise StreamError(
                    f"{self._where}, partition {partition}: the table is at offset {position}, but the topic has "
                    f"offsets {low} to {high}. Records were deleted before they were read, or the topic was recreated. "
                    "To read the records that it has now, rename its entry in the streams file, or move "
                    f"{self._stream.address} away."
                )
            _log.warning(
                "waiting for the brokers: %s, partition %d: they report offsets %d to %d, the table is at offset %d",
                self._where,
                partition,
                low,
                high,
                position,
            )
            time.sleep(delay)

    def positions_at(self, start: datetime, ends: Mapping[int, int]) -> dict[int, int]:
        """Next offsets at a time; `ends` if no record is as new."""
        asked = [self.at(partition, int(start.timestamp() * 1000)) for partition in ends]
        found = self._answer(self.consumer.offsets_for_times, asked, _PATIENCE)
        return {at.partition: at.offset if at.offset >= 0 else ends[at.partition] for at in found}

    def failed(self, error: KafkaError) -> StreamError:
        from confluent_kafka import KafkaError

        if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION):
            return StreamError(
                f"{self._where} does not exist. Create it with `pinterest-platform topics create`, or name another one."
            )
        return StreamError(f"{self._where}: {unavailable(self._settings, error.str())}")

    @property
    def _where(self) -> str:
        return f"{self._stream.address}: topic {self._stream.origin!r}"

    def _partitions(self) -> list[int]:
        topic = self.consumer.list_topics(self._stream.origin, timeout=_PATIENCE).topics[self._stream.origin]
        if topic.error:
            raise self.failed(topic.error)
        return sorted(topic.partitions)

    def _ends(self, partition: int) -> tuple[int, int]:
        low, high = self.consumer.get_watermark_offsets(self.at(partition), timeout=_PATIENCE)
        return low, high

    def _answer(self, ask: Callable[..., T], *about: object) -> T:
        from confluent_kafka import KafkaException

        backoff = Backoff(_SETTLED)
        while True:
            try:
                return ask(*about)
            except KafkaException as error:
                delay = backoff.next_delay() if error.args[0].code() in _passing() else None
                if delay is None:
                    raise self.failed(error.args[0]) from error
                _log.warning("waiting for the brokers: %s: %s", self._where, error.args[0].str())
                time.sleep(delay)


def _consumer(settings: Settings, stream: Stream) -> Consumer:
    try:
        from confluent_kafka import Consumer
    except ModuleNotFoundError:
        raise StreamError("Kafka support is not installed. Run: pip install 'pinterest-platform[kafka]'") from None
    try:
        options = librdkafka_options(settings)
    except (KafkaUnavailableError, SettingsError) as error:
        raise StreamError(f"{stream.address}: {error}") from error
    return Consumer(
        {
            **options,
            # Required, although the consumer never joins it.
            "group.id": f"pinterest-platform-{stream.name}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            # Missing records are an error, not a reason to read from elsewhere.
            "auto.offset.reset": "error",
            "queued.max.messages.kbytes": max(1024, stream.limits.bytes // 1024),
            "error_cb": lambda error: _log.warning("%s: %s", stream.address, error.str()),
        }
    )


def _passing() -> Set[int]:
    """Codes of temporary errors: brokers are starting, or partitions have no leader yet."""
    from confluent_kafka import KafkaError

    return {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TIMED_OUT,
        KafkaError._TRANSPORT,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.KAFKA_STORAGE_ERROR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.NOT_LEADER_FOR_PARTITION,
        KafkaError.OFFSET_NOT_AVAILABLE,
    }
