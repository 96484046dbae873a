"""Replays the records of three topics into three others, repeatedly and at a steady rate.

This serves as well as posting, and leaves the processors to the readers.
"""

from __future__ import annotations

import argparse
import itertools
import json
import time
from collections.abc import Iterator

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition

from pinterest_platform.pinterest.records import RECORDS

#: Seconds between checks of the clock.
_TICK = 0.02
_PATIENCE = 60.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("brokers")
    parser.add_argument("recorded", help="prefix of the existing topics")
    parser.add_argument("prefix", help="prefix of the topics to fill")
    parser.add_argument("count", type=int, help="records per topic")
    parser.add_argument("rate", type=float, help="records per second and topic")
    given = parser.parse_args()
    sources = {f"{given.prefix}.{r}": read(given.brokers, f"{given.recorded}.{r}") for r in RECORDS}
    producer = Producer({"bootstrap.servers": given.brokers, "acks": "all", "linger.ms": 20})
    started, sent = time.monotonic(), 0
    while sent < given.count:
        due = min(int((time.monotonic() - started) * given.rate), given.count)
        for topic, records in sources.items():
            for key, value in itertools.islice(records, due - sent):
                producer.produce(topic, value, key)
        sent = due
        producer.poll(_TICK)
    if left := producer.flush(_PATIENCE):
        raise SystemExit(f"{left} records were not accepted within {_PATIENCE:.0f} s")
    print(json.dumps({"posting_seconds": round(time.monotonic() - started, 3)}))


def read(brokers: str, topic: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield keys and values of all records of a topic, in an endless loop."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "replay", "enable.partition.eof": True})
    partitions = list(consumer.list_topics(topic).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in partitions])
    found, ended = [], 0
    while ended < len(partitions):
        for message in consumer.consume(10_000, 1.0):
            if error := message.error():
                if error.code() != KafkaError._PARTITION_EOF:
                    raise KafkaException(error)
                ended += 1
            else:
                found.append((message.key(), message.value()))
    consumer.close()
    return itertools.cycle(found)


if __name__ == "__main__":
    main()
