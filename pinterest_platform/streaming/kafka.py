"""The Kafka source: one consumer for all partitions of a topic, which librdkafka reads in parallel.

The source assigns partitions manually, from the positions committed to the table. It does not use a consumer group.
Marks: the position of a partition, which is its next offset, under the partition's number.

A partition without a mark is read from its beginning. If a stream starts elsewhere, its first start commits the
positions of all partitions at once. Partitions added later are then known to be new.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from pinterest_platform.landing.fitting import TOMBSTONE_FIELD
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.kafka_api import KafkaApi
from pinterest_platform.streaming.source import Buffer, Chunk, Committed

#: Seconds between two checks for new partitions.
_LOOK_FOR_PARTITIONS = 30.0
_MOST_RECORDS = 10_000


class KafkaSource:
    """See `source.Source`."""

    def __init__(self, settings: Settings, stream: Stream, committed: Committed) -> None:
        self._settings = settings
        self._stream = stream
        self._committed = committed
        #: The first and the next offset of each partition at the start.
        self._began: dict[int, tuple[int, int]] = {}
        #: Next offset to read of each partition.
        self._positions: dict[int, int] = {}
        #: Offsets at which a `once` run ends.
        self._until: dict[int, int] | None = None
        self._thread: threading.Thread | None = None

    def begin(self) -> Mapping[str, int]:
        self._began = {partition: self._api.ends(partition) for partition in self._api.partitions()}
        known = self._committed.marks(self.shards)
        self._positions = {int(partition): position for partition, position in known.items()}
        for partition, position in self._positions.items():
            low, high = self._began[partition]
            if not low <= position <= high:
                self._began[partition] = self._api.ends_around(partition, position)
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
        if "_api" in self.__dict__:
            self._api.consumer.close()

    @cached_property
    def _api(self) -> KafkaApi:
        return KafkaApi(self._settings, self._stream)

    def _starting_positions(self) -> dict[int, int]:
        """Next offsets at the stream's starting position: the latest record or a time."""
        ends = {partition: high for partition, (_, high) in self._began.items()}
        start = self._stream.starting_position
        return self._api.positions_at(start, ends) if isinstance(start, datetime) else ends

    def _assign(self, partitions: Iterable[int]) -> None:
        """Start reading partitions, from their beginning if no position is known."""
        from confluent_kafka import OFFSET_BEGINNING

        self._api.consumer.incremental_assign(
            [self._api.at(partition, self._positions.get(partition, OFFSET_BEGINNING)) for partition in partitions]
        )

    def _read(self, buffer: Buffer) -> None:
        looked = time.monotonic()
        try:
            while buffer.wait(0) and not self._is_all():
                answer = self._api.consumer.consume(min(_MOST_RECORDS, self._stream.limits.records), 0.1)
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
        """Partitions that are not read yet. A continuous run does not wait here for unavailable brokers: it checks
        again later."""
        assigned = {at.partition for at in self._api.consumer.assignment()}
        found = self._api.partitions() if self._until is not None else self._api.partitions_now()
        return set(found or ()) - assigned

    def _is_all(self) -> bool:
        return self._until is not None and all(self._positions.get(p, 0) >= end for p, end in self._until.items())

    def _chunks(self, messages: Iterable[Any]) -> list[Chunk]:
        from confluent_kafka import KafkaError

        by_partition: dict[int, list[Any]] = {}
        ends: dict[int, int] = {}
        missed: set[int] = set()
        for message in messages:
            error = message.error()
            partition = message.partition()
            if error is None:
                by_partition.setdefault(partition, []).append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                # Transaction markers may follow the last record.
                ends[partition] = message.offset()
            elif error.code() == KafkaError._AUTO_OFFSET_RESET:
                missed.add(partition)
            elif error.fatal() or not error.retriable():
                raise self._api.failed(error)
        chunks = [self._chunk(partition, records) for partition, records in by_partition.items()]
        self._positions |= ends
        for partition in missed:
            self._seek(partition)
        return chunks

    def _chunk(self, partition: int, messages: list[Any]) -> Chunk:
        from confluent_kafka import TIMESTAMP_NOT_AVAILABLE

        position = messages[-1].offset() + 1
        self._positions[partition] = position
        _, end = self._api.consumer.get_watermark_offsets(self._api.at(partition), cached=True)
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

    def _seek(self, partition: int) -> None:
        """Continue at the next offset, which the broker denied having, if it does have it."""
        if (position := self._positions.get(partition)) is None:
            position, _ = self._api.ends(partition)
        else:
            self._api.ends_around(partition, position)
        self._api.consumer.seek(self._api.at(partition, position))


def _content(key: bytes | None, value: bytes | None) -> bytes:
    """The value of a record. For a tombstone, the line that marks it as one and holds its key, if any."""
    if value is not None:
        return value
    text = "{}" if key is None else key.decode(errors="replace")
    return json.dumps({TOMBSTONE_FIELD: text}, ensure_ascii=False, separators=(",", ":")).encode()
