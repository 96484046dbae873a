"""A Kafka topic of pins of each test's own, and the tables that a stream makes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows

ENTRY = {"source": "kafka", "trigger": 0.05}


@dataclass(frozen=True)
class Topic:
    """A topic of pins with two partitions, and its tables."""

    settings: Settings
    stream: Stream
    admin: AdminClient
    producer: Producer

    def put(self, *values: bytes | None, partition: int | None = None) -> None:
        for number, value in enumerate(values):
            at = number % 2 if partition is None else partition
            self.producer.produce(self.stream.origin, value, partition=at)
        assert self.producer.flush(30) == 0

    def delete(self, *keys: str) -> None:
        """A tombstone for each key, in the first partition."""
        for key in keys:
            self.producer.produce(self.stream.origin, key=key, partition=0)
        assert self.producer.flush(30) == 0

    def add_partition(self) -> None:
        """Make a third partition, and wait until it takes records."""
        name = self.stream.origin
        self.admin.create_partitions([NewPartitions(name, 3)])[name].result()
        while len(self.producer.list_topics(name).topics[name].partitions) < 3:
            time.sleep(0.01)

    def inds(self) -> list[int]:
        return [ind for (ind,) in table_rows(self.settings, "stream/pin", "ind")]


def open_topic(settings: Settings) -> Topic:
    options = {"bootstrap.servers": settings.kafka_brokers, "log_level": 0}
    admin = AdminClient(options)
    topic = Topic(settings, stream_of(settings, **ENTRY), admin, Producer({**options, "partitioner": "murmur2"}))
    make(admin, topic.stream.origin)
    return topic


def make(admin: AdminClient, name: str) -> None:
    admin.create_topics([NewTopic(name, num_partitions=2, replication_factor=1)])[name].result()


def pins(first: int, after: int) -> list[bytes]:
    return [pin(ind) for ind in range(first, after)]
