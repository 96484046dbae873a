"""Records into topics straight from here, by kafka-python's idempotent producer.

The producer itself tries again, and keeps what it sends again from being there twice. How to connect is in
`kafka/connection.py`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    AuthorizationError,
    InvalidRecordError,
    InvalidTimestampError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    PolicyViolationError,
    RecordListTooLargeError,
    SaslAuthenticationFailedError,
)
from kafka.producer.future import FutureRecordMetadata

from pinterest_platform.kafka.connection import client_options, unavailable
from pinterest_platform.posting.backoff import Backoff
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.sender import GIVE_UP_SECONDS, Record, Refusal
from pinterest_platform.settings import Settings

#: The record's own fault: it would not pass later either.
_REFUSED = (
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    InvalidRecordError,
    InvalidTimestampError,
    PolicyViolationError,
)
#: Nobody's records would pass.
_FATAL = (AuthorizationError, SaslAuthenticationFailedError)


class ProducerSender:
    """A sender. See `posting/sender.py` for what its methods promise. `give_up` is in seconds."""

    def __init__(self, settings: Settings, *, give_up: float = GIVE_UP_SECONDS) -> None:
        self._settings, self._give_up = settings, give_up
        self._producer: KafkaProducer | None = None

    def identity(self) -> Mapping[str, Any]:
        return {"brokers": self._settings.kafka_brokers}

    def open(self, topics: Sequence[str]) -> None:
        options = client_options(self._settings)
        try:
            self._producer = _Producer(
                **options,
                acks="all",
                enable_idempotence=True,
                # With the library's own 0 and 16384 it is a third as fast; more of either gains nothing.
                linger_ms=20,
                batch_size=131_072,
                delivery_timeout_ms=int(self._give_up * 1000),
                request_timeout_ms=int(min(10, self._give_up / 2) * 1000),
                max_block_ms=5_000,
                allow_auto_create_topics=False,
            )
            for topic in topics:
                self._producer.partitions_for(topic)
        except KafkaTimeoutError as error:
            if self._producer is None:
                raise DestinationError(str(unavailable(self._settings, error))) from error
            raise DestinationError(
                f"Kafka at {self._settings.kafka_brokers} has no topic {topic!r}. "
                "Make it: `pinterest-platform topics create`."
            ) from error
        except (KafkaError, OSError) as error:
            raise DestinationError(str(unavailable(self._settings, error))) from error

    def submit(self, records: Sequence[Record]) -> _Sent:
        assert self._producer, "open comes first"
        sent = _Sent(self._producer, self._settings, Backoff(self._give_up), [])
        sent.send(records)
        return sent

    def close(self) -> None:
        if self._producer:
            self._producer.close(timeout=0)


class _Producer(KafkaProducer):  # type: ignore[misc]
    def flush(self, timeout: float | None = None) -> None:
        """As the library's, but leaves quietly after `timeout`, so that `close` can drop what is not sent."""
        with suppress(KafkaTimeoutError):
            super().flush(timeout)


@dataclass
class _Sent:
    """A delivery. `on_the_way` has each record with what is to become of it, or the error with which the producer did
    not even take it."""

    producer: KafkaProducer
    settings: Settings
    backoff: Backoff
    on_the_way: list[tuple[Record, FutureRecordMetadata | KafkaError]]

    def send(self, records: Sequence[Record]) -> None:
        self.on_the_way = [(record, self._send(record)) for record in records]

    def done(self) -> bool:
        return all(isinstance(future, KafkaError) or future.is_done for _, future in self.on_the_way)

    def refusals(self) -> list[Refusal]:
        refusals: list[Refusal] = []
        while self.on_the_way:
            again: list[Record] = []
            for record, future in self.on_the_way:
                error = _outcome(future)
                if isinstance(error, _REFUSED):
                    refusals.append(Refusal(record, error.errno, str(error)))
                elif error is not None:
                    again.append(record)
                    trouble = error
            self.on_the_way = []
            if again:
                # The producer gave these up, having lost its place after a broker's crash, say.
                delay = None if isinstance(trouble, _FATAL) else self.backoff.next_delay()
                if delay is None:
                    raise DestinationError(str(unavailable(self.settings, trouble))) from trouble
                time.sleep(delay)
                self.send(again)
        return refusals

    def _send(self, record: Record) -> FutureRecordMetadata | KafkaError:
        topic, key, value = record
        try:
            return self.producer.send(topic, value.encode(), key.encode())
        except KafkaError as error:
            return error


def _outcome(future: FutureRecordMetadata | KafkaError) -> KafkaError | None:
    """What a record failed with, once that is known; None for one that was acknowledged."""
    if isinstance(future, KafkaError):
        return future
    try:
        future.get()
    except KafkaError as error:
        return error
    return None
