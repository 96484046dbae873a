"""Records into topics straight from here, by kafka-python's idempotent producer.

The producer itself tries again, and keeps what it sends again from being there twice. But the first record that brokers
refuse ends it: from then on it fails every record with that one's error, on its way or new, its own fault or not. So
a new one takes its place, and what the old one failed is sent by one that is not idempotent, and whose errors are those
of the record; in this case some may be there twice. How to connect is in `kafka/connection.py`.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

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
from pinterest_platform.kafka.partitioner import KeyPartitioner
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

#: A record with what is to become of it, or the error with which the producer did not even take it.
_Sent: TypeAlias = tuple[Record, FutureRecordMetadata | KafkaError]


class ProducerSender:
    """A sender. See `posting/sender.py` for what its methods promise. `give_up` is in seconds."""

    def __init__(self, settings: Settings, *, give_up: float = GIVE_UP_SECONDS) -> None:
        self._settings, self.give_up = settings, give_up
        self._producer: KafkaProducer | None = None

    def identity(self) -> Mapping[str, Any]:
        return {"brokers": self._settings.kafka_brokers}

    def open(self, topics: Sequence[str]) -> None:
        self._producer = self._connect(enable_idempotence=True)
        for topic in topics:
            try:
                self._producer.partitions_for(topic)
            except KafkaTimeoutError as error:
                raise DestinationError(
                    f"Kafka at {self._settings.kafka_brokers} has no topic {topic!r}. "
                    "Make it: `pinterest-platform topics create`."
                ) from error
            except KafkaError as error:
                raise self.failed(error) from error

    def submit(self, records: Sequence[Record]) -> _Delivery:
        assert self._producer, "open comes first"
        return _Delivery(self, self._producer, _send(self._producer, records), Backoff(self.give_up))

    def send_again(self, failed_by: KafkaProducer, records: Sequence[Record]) -> list[_Sent]:
        """Send records that a producer failed, each to be judged by itself."""
        if self._producer is not None and self._producer is failed_by:
            self._producer.close(timeout=0)
            self._producer = self._connect(enable_idempotence=True)
        return _send(self._plain, records)

    def close(self) -> None:
        for producer in (self._producer, self.__dict__.get("_plain")):
            if producer:
                producer.close(timeout=0)

    def failed(self, error: Exception) -> DestinationError:
        return DestinationError(str(unavailable(self._settings, error)))

    @cached_property
    def _plain(self) -> KafkaProducer:
        return self._connect(enable_idempotence=False, max_in_flight_requests_per_connection=1)

    def _connect(self, **options: Any) -> KafkaProducer:
        try:
            return _Producer(
                **client_options(self._settings),
                **options,
                acks="all",
                partitioner=KeyPartitioner(),
                # With the library's own 0 and 16384 it is a third as fast; more of either gains nothing.
                linger_ms=20,
                batch_size=131_072,
                delivery_timeout_ms=int(self.give_up * 1000),
                request_timeout_ms=int(min(10, self.give_up / 2) * 1000),
                max_block_ms=5_000,
                allow_auto_create_topics=False,
            )
        except (KafkaError, OSError) as error:
            raise self.failed(error) from error


class _Producer(KafkaProducer):  # type: ignore[misc]
    def flush(self, timeout: float | None = None) -> None:
        """As the library's, but leaves quietly after `timeout`, so that `close` can drop what is not sent."""
        with suppress(KafkaTimeoutError):
            super().flush(timeout)


@dataclass
class _Delivery:
    """Records given to `producer`."""

    sender: ProducerSender
    producer: KafkaProducer
    sent: list[_Sent]
    backoff: Backoff

    def done(self) -> bool:
        return all(isinstance(future, KafkaError) or future.is_done for _, future in self.sent)

    def refusals(self) -> list[Refusal]:
        refusals, judged_alone = [], False
        while self.sent:
            failed = [(record, future, error) for record, future in self.sent if (error := _outcome(future))]
            again: list[Record] = []
            for record, future, error in failed:
                if isinstance(error, _REFUSED) and (judged_alone or future is error):
                    refusals.append(Refusal(record, error.errno, str(error)))
                else:
                    again.append(record)
                    self._wait_or_raise(error, len(again))
            self.sent = self.sender.send_again(self.producer, again) if again else []
            judged_alone = True
        return refusals

    def _wait_or_raise(self, error: KafkaError, failures: int) -> None:
        """Wait before records are sent again, with the first of them; raise where that is of no use."""
        if isinstance(error, _FATAL):
            raise self.sender.failed(error) from error
        if failures == 1:
            if (delay := self.backoff.next_delay()) is None:
                raise self.sender.failed(error) from error
            time.sleep(delay)


def _send(producer: KafkaProducer, records: Sequence[Record]) -> list[_Sent]:
    sent: list[_Sent] = []
    for at, record in enumerate(records):
        topic, key, value = record
        try:
            sent.append((record, producer.send(topic, value.encode(), key.encode())))
        except KafkaTimeoutError as error:
            # The topic is not to be found any more; asking again for each record would take as long again.
            return sent + [(record, error) for record in records[at:]]
        except KafkaError as error:
            sent.append((record, error))
    return sent


def _outcome(future: FutureRecordMetadata | KafkaError) -> KafkaError | None:
    """What a record failed with, once that is known; None for one that was acknowledged."""
    if isinstance(future, KafkaError):
        return future
    if not future.is_done:
        with suppress(KafkaError):
            future.get()
    return future.exception
