"""What is asked of Kafka to read a topic: its partitions, their ends, records; asked again while brokers start.

How a client connects is in `kafka/connection.py`; from where each partition is read is the source's, in `kafka`.
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
#: Seconds in which brokers that have just started come to know their partitions.
_SETTLED = 20.0

_log = logging.getLogger(__name__)

T = TypeVar("T")


class KafkaApi:
    """One topic, with the consumer that reads it.

    Every method raises StreamError where no answer is to be had.
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
        """The same, without waiting; None where brokers are away."""
        from confluent_kafka import KafkaException

        try:
            return self._partitions()
        except KafkaException as error:
            _log.warning("waiting for the brokers: %s", self.failed(error.args[0]))
            return None

    def ends(self, partition: int) -> tuple[int, int]:
        """The first offset of a partition, and the next one to be written."""
        return self._answer(self._ends, partition)

    def ends_around(self, partition: int, position: int) -> tuple[int, int]:
        """The same, where the position of the table must be between them.

        A broker that has just started may know one end only and give it for both, so it is asked again before records
        are said to be gone.
        """
        backoff = Backoff(_SETTLED)
        while True:
            low, high = self.ends(partition)
            if low <= position <= high:
                return low, high
            if (delay := backoff.next_delay()) is None:
                raise StreamError(
                    f"{self._where}, partition {partition}: the table is at offset {position}, and the topic has "
                    f"{low} to {high}. Records were deleted before they were read, or it was made anew. To read what "
                    "there is, give its entry in the file of streams another name, or move "
                    f"{self._stream.address} away."
                )
            _log.warning(
                "waiting for the brokers: %s, partition %d: they say %d to %d, and the table is at offset %d",
                self._where,
                partition,
                low,
                high,
                position,
            )
            time.sleep(delay)

    def positions_at(self, start: datetime, ends: Mapping[int, int]) -> dict[int, int]:
        """Next offsets at a time; `ends` where no record is as new."""
        asked = [self.at(partition, int(start.timestamp() * 1000)) for partition in ends]
        found = self._answer(self.consumer.offsets_for_times, asked, _PATIENCE)
        return {at.partition: at.offset if at.offset >= 0 else ends[at.partition] for at in found}

    def failed(self, error: KafkaError) -> StreamError:
        from confluent_kafka import KafkaError

        if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION):
            return StreamError(
                f"{self._where} is not there. Make it: `pinterest-platform topics create`, or name another one."
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
        raise StreamError("Kafka needs more: pip install 'pinterest-platform[kafka]'") from None
    try:
        options = librdkafka_options(settings)
    except (KafkaUnavailableError, SettingsError) as error:
        raise StreamError(f"{stream.address}: {error}") from error
    return Consumer(
        {
            **options,
            # It must have one, though it never joins it.
            "group.id": f"pinterest-platform-{stream.name}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            # Records that are gone are an error, not another place to read from.
            "auto.offset.reset": "error",
            "queued.max.messages.kbytes": max(1024, stream.limits.bytes // 1024),
            "error_cb": lambda error: _log.warning("%s: %s", stream.address, error.str()),
        }
    )


def _passing() -> Set[int]:
    """Codes of what passes: brokers start, or partitions have no leader yet."""
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
