"""Sends records directly to Kafka topics with librdkafka's idempotent producer.

The producer retries automatically, without creating duplicates. Brokers refuse whole batches. So the records of a
refused batch are sent again, each in its own batch, to find those at fault. `kafka/connection.py` configures the
connection.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from pinterest_platform.kafka.connection import librdkafka_options, unavailable
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.sender import GIVE_UP_SECONDS, Record, Refusal
from pinterest_platform.settings import Settings

#: Errors caused by the record itself. A retry would fail too.
_REFUSED = {
    KafkaError.MSG_SIZE_TOO_LARGE,
    KafkaError.RECORD_LIST_TOO_LARGE,
    KafkaError.INVALID_MSG,
    KafkaError.INVALID_RECORD,
    KafkaError.INVALID_TIMESTAMP,
    KafkaError.POLICY_VIOLATION,
}
#: Timeouts. The cause was reported earlier.
_TOO_LONG = {KafkaError._TRANSPORT, KafkaError._TIMED_OUT, KafkaError._MSG_TIMED_OUT}
#: Seconds for the first answer.
_PATIENCE = 6.0


class ProducerSender:
    """A sender. `posting/senders/sender.py` documents its methods. `give_up` is in seconds."""

    def __init__(self, settings: Settings, *, give_up: float = GIVE_UP_SECONDS) -> None:
        self._settings, self._give_up = settings, give_up
        #: The newest connection error. The calls themselves only report a timeout.
        self._trouble: KafkaError | None = None

    def identity(self) -> Mapping[str, Any]:
        return {"brokers": self._settings.kafka_brokers}

    def open(self, topics: Sequence[str]) -> None:
        try:
            known = self._producer.list_topics(timeout=_PATIENCE).topics
        except KafkaException as error:
            raise self.failed(error.args[0]) from error
        for topic in topics:
            if topic not in known:
                raise DestinationError(
                    f"Kafka at {self._settings.kafka_brokers} has no topic {topic!r}. "
                    "Create it with `pinterest-platform topics create`."
                )

    def submit(self, records: Sequence[Record]) -> _Delivery:
        return _Delivery(self, self._producer, records)

    def close(self) -> None:
        for name in ("_producer", "alone"):
            if name in self.__dict__:
                self.__dict__[name].purge()

    def failed(self, error: KafkaError) -> DestinationError:
        self._producer.poll(0)
        told = self._trouble if self._trouble and error.code() in _TOO_LONG else error
        return DestinationError(str(unavailable(self._settings, told.str())))

    @cached_property
    def _producer(self) -> Producer:
        # The library's default of 5 ms spends more time on requests. Higher values gain nothing.
        return self._connect({"linger.ms": 20, "batch.size": 131_072})

    @cached_property
    def alone(self) -> Producer:
        """Sends each record in its own batch."""
        return self._connect({"batch.num.messages": 1})

    def _connect(self, options: Mapping[str, Any]) -> Producer:
        return Producer(
            {
                **librdkafka_options(self._settings),
                **options,
                "enable.idempotence": True,
                "acks": "all",
                # The default of Kafka's own producer.
                "partitioner": "murmur2",
                "delivery.timeout.ms": int(self._give_up * 1000),
                "request.timeout.ms": int(min(10, self._give_up / 2) * 1000),
                "allow.auto.create.topics": False,
                "error_cb": self._remember,
            }
        )

    def _remember(self, error: KafkaError) -> None:
        if error.code() != KafkaError._ALL_BROKERS_DOWN:
            self._trouble = error


class _Delivery:
    """Records given to `producer`."""

    def __init__(self, sender: ProducerSender, producer: Producer, records: Sequence[Record]) -> None:
        self._sender, self._producer = sender, producer
        self._waiting = 0
        self._failed: list[tuple[Record, KafkaError]] = []
        self._send(records)

    def done(self) -> bool:
        self._producer.poll(0)
        return not self._waiting and not self._failed

    def refusals(self) -> list[Refusal]:
        refusals = []
        for record, error in self._wait():
            if error.code() not in _REFUSED:
                raise self._sender.failed(error)
            refusals.append(Refusal(record, error.code(), error.str()))
        if refusals and self._producer is not self._sender.alone:
            return _Delivery(self._sender, self._sender.alone, [record for record, *_ in refusals]).refusals()
        return refusals

    def _send(self, records: Sequence[Record]) -> None:
        for record in records:
            topic, key, value = record
            self._waiting += 1
            while True:
                try:
                    self._producer.produce(topic, value.encode(), key.encode(), on_delivery=self._reported)
                    break
                except BufferError:
                    self._producer.poll(0.1)
                except KafkaException as error:
                    self._waiting -= 1
                    self._failed.append((record, error.args[0]))
                    break

    def _wait(self) -> list[tuple[Record, KafkaError]]:
        """Wait for the result of each record, and return the failures."""
        while self._waiting:
            self._producer.poll(0.1)
        return self._failed

    def _reported(self, error: KafkaError | None, message: Message) -> None:
        self._waiting -= 1
        if error:
            record = Record(str(message.topic()), (message.key() or b"").decode(), (message.value() or b"").decode())
            self._failed.append((record, error))
