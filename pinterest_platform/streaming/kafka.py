"""Records of a Kafka topic: one consumer for all partitions, which librdkafka reads side by side by itself.

Partitions are assigned by hand, behind the positions that are committed to the table; no consumer group keeps them.
Marks: a partition's position, the next offset, under its number. A partition without one is read from its beginning,
but for the first start of a stream that begins elsewhere: then the positions of all partitions are committed at once,
so that one which is added later is not taken for one that was there.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pinterest_platform.kafka.connection import KafkaUnavailableError, librdkafka_options, unavailable
from pinterest_platform.landing.fitting import TOMBSTONE_FIELD
from pinterest_platform.settings import Settings, SettingsError
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.errors import StreamError
from pinterest_platform.streaming.source import Buffer, Chunk, Committed

if TYPE_CHECKING:
    from confluent_kafka import Consumer, KafkaError

#: Seconds for an answer about a topic.
_PATIENCE = 10.0
#: Seconds between two looks for partitions that were added.
_LOOK_FOR_PARTITIONS = 30.0
_MOST_RECORDS = 10_000

_log = logging.getLogger(__name__)


class KafkaSource:
    """See `source.Source`."""

    def __init__(self, settings: Settings, stream: Stream, committed: Committed) -> None:
        self._settings = settings
        self._stream = stream
        self._committed = committed
        #: The first offset of each partition, and the next one to be written, as it begins.
        self._began: dict[int, tuple[int, int]] = {}
        #: Next offset of each partition that is read.
        self._positions: dict[int, int] = {}
        #: Offsets at which a run that ends by itself has read enough.
        self._until: dict[int, int] | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> Mapping[str, int]:
        self._began = {partition: self._ends(partition) for partition in self._partitions()}
        known = self._committed.marks(self.shards)
        self._positions = {int(partition): position for partition, position in known.items()}
        for partition, position in self._positions.items():
            low, high = self._began[partition]
            if not low <= position <= high:
                raise self._gone(partition, low, high)
        if known or self._stream.starting_position == "trim_horizon":
            return {}
        self._positions = self._starting_positions()
        return self.known

    @property
    def shards(self) -> list[str]:
        return [str(partition) for partition in self._began]

    @property
    def known(self) -> Mapping[str, int]:
        return {str(partition): position for partition, position in self._positions.items()}

    def read(self, buffer: Buffer, *, once: bool) -> None:
        if once:
            self._until = {partition: high for partition, (_, high) in self._began.items()}
        self._assign(self._began)
        self._thread = threading.Thread(target=self._read, args=(buffer,), name="read partitions", daemon=True)
        self._thread.start()

    def close(self) -> None:
        if self._thread:
            self._thread.join()
        if "_consumer" in self.__dict__:
            self._consumer.close()

    @cached_property
    def _consumer(self) -> Consumer:
        try:
            from confluent_kafka import Consumer
        except ModuleNotFoundError:
            raise StreamError("Kafka needs more: pip install 'pinterest-platform[kafka]'") from None
        try:
            options = librdkafka_options(self._settings)
        except (KafkaUnavailableError, SettingsError) as error:
            raise StreamError(f"{self._stream.address}: {error}") from error
        return Consumer(
            {
                **options,
                # It must have one, though it never joins it.
                "group.id": f"pinterest-platform-{self._stream.name}",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # Records that are gone are an error, not another place to read from.
                "auto.offset.reset": "error",
                "queued.max.messages.kbytes": max(1024, self._stream.limits.bytes // 1024),
                "error_cb": lambda error: _log.warning("%s: %s", self._stream.address, error.str()),
            }
        )

    def _partitions(self) -> list[int]:
        from confluent_kafka import KafkaException

        try:
            topic = self._consumer.list_topics(self._stream.origin, timeout=_PATIENCE).topics[self._stream.origin]
        except KafkaException as error:
            raise self._failed(error.args[0]) from error
        if topic.error:
            raise self._failed(topic.error)
        return sorted(topic.partitions)

    def _ends(self, partition: int) -> tuple[int, int]:
        """The first offset of a partition, and the next one to be written."""
        from confluent_kafka import KafkaException, TopicPartition

        try:
            low, high = self._consumer.get_watermark_offsets(
                TopicPartition(self._stream.origin, partition), timeout=_PATIENCE
            )
        except KafkaException as error:
            raise self._failed(error.args[0]) from error
        return low, high

    def _starting_positions(self) -> dict[int, int]:
        """Next offsets at the stream's starting position, which is the latest record or a time."""
        from confluent_kafka import KafkaException, TopicPartition

        ends = {partition: high for partition, (_, high) in self._began.items()}
        start = self._stream.starting_position
        if not isinstance(start, datetime):
            return ends
        moment = int(start.timestamp() * 1000)
        asked = [TopicPartition(self._stream.origin, partition, moment) for partition in ends]
        try:
            found = self._consumer.offsets_for_times(asked, timeout=_PATIENCE)
        except KafkaException as error:
            raise self._failed(error.args[0]) from error
        # Where no record is as new, the answer is no offset.
        return {at.partition: at.offset if at.offset >= 0 else ends[at.partition] for at in found}

    def _assign(self, partitions: Iterable[int]) -> None:
        """Begin to read partitions, from their beginning where no position is known."""
        from confluent_kafka import OFFSET_BEGINNING, TopicPartition

        self._consumer.incremental_assign(
            [
                TopicPartition(self._stream.origin, partition, self._positions.get(partition, OFFSET_BEGINNING))
                for partition in partitions
            ]
        )

    def _read(self, buffer: Buffer) -> None:
        looked = time.monotonic()
        try:
            while buffer.wait(0) and not self._is_all():
                answer = self._consumer.consume(min(_MOST_RECORDS, self._stream.limits.records), 0.1)
                for chunk in self._chunks(answer):
                    if not buffer.put(chunk):
                        return
                if time.monotonic() - looked > _LOOK_FOR_PARTITIONS:
                    looked = time.monotonic()
                    self._assign(self._added())
            buffer.finish()
        except Exception as error:
            buffer.fail(error)

    def _added(self) -> set[int]:
        """Partitions that are not read yet. A run that goes on for ever waits for brokers that are away, as it does for
        records, and looks again later."""
        from confluent_kafka import KafkaException

        assigned = {at.partition for at in self._consumer.assignment()}
        try:
            return set(self._partitions()) - assigned
        except StreamError as error:
            # Where they answer and the topic is gone, nothing caused it.
            if self._until is not None or not isinstance(error.__cause__, KafkaException):
                raise
            _log.warning("waiting for the brokers: %s", error)
            return set()

    def _is_all(self) -> bool:
        return self._until is not None and all(self._positions.get(p, 0) >= end for p, end in self._until.items())

    def _chunks(self, messages: Iterable[Any]) -> list[Chunk]:
        from confluent_kafka import KafkaError

        by_partition: dict[int, list[Any]] = {}
        ends: dict[int, int] = {}
        for message in messages:
            error = message.error()
            partition = message.partition()
            if error is None:
                by_partition.setdefault(partition, []).append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                # Behind the last record there may be markers of transactions.
                ends[partition] = message.offset()
            elif error.fatal() or not error.retriable():
                raise self._failed(error, partition)
        chunks = [self._chunk(partition, records) for partition, records in by_partition.items()]
        self._positions |= ends
        return chunks

    def _chunk(self, partition: int, messages: list[Any]) -> Chunk:
        from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, TopicPartition

        position = messages[-1].offset() + 1
        self._positions[partition] = position
        _, end = self._consumer.get_watermark_offsets(TopicPartition(self._stream.origin, partition), cached=True)
        stamps = [message.timestamp() for message in messages]
        return Chunk(
            str(partition),
            [_content(message.key(), message.value()) for message in messages],
            [str(message.offset()) for message in messages],
            [ms if kind != TIMESTAMP_NOT_AVAILABLE else None for kind, ms in stamps],
            marks={str(partition): position},
            after=1,
            lag=max(0, end - position),
        )

    def _failed(self, error: KafkaError, partition: int | None = None) -> StreamError:
        from confluent_kafka import KafkaError

        if error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC, KafkaError._UNKNOWN_PARTITION):
            return StreamError(
                f"{self._where} is not there. Make it: `pinterest-platform topics create`, or name another one."
            )
        if error.code() == KafkaError._AUTO_OFFSET_RESET and partition is not None:
            return self._gone(partition, *self._ends(partition))
        return StreamError(f"{self._where}: {unavailable(self._settings, error.str())}")

    def _gone(self, partition: int, low: int, high: int) -> StreamError:
        return StreamError(
            f"{self._where}, partition {partition}: the table is at offset {self._positions.get(partition, 0)}, and "
            f"the topic has {low} to {high}. Records were deleted before they were read, or it was made anew. To read "
            f"what there is, give its entry in the file of streams another name, or move {self._stream.address} away."
        )

    @property
    def _where(self) -> str:
        return f"{self._stream.address}: topic {self._stream.origin!r}"


def _content(key: bytes | None, value: bytes | None) -> bytes:
    """The value of a record; of one without value, a tombstone, the line that says so and has its key, if any."""
    if value is not None:
        return value
    text = "{}" if key is None else key.decode(errors="replace")
    return json.dumps({TOMBSTONE_FIELD: text}, ensure_ascii=False, separators=(",", ":")).encode()
