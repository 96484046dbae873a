"""Hostile records in a Kafka topic that a stream reads: each is in the stream's table or in rejected, once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pinterest_platform.settings import load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform_tests.hostile.process import MEMORY_LIMIT, MOST_MEMORY, measured
from pinterest_platform_tests.hostile.records import FIRST_GOOD, mixed
from pinterest_platform_tests.integration.streaming.jobs import identities, run_once
from pinterest_platform_tests.integration.streaming.topics import ENTRY, open_topic
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows

EVERY = 5


def read(root: Path, topic_prefix: str, brokers: str) -> None:
    os.environ["PINTEREST_MEMORY_LIMIT"] = MEMORY_LIMIT
    settings = load_settings(data=root, topic_prefix=topic_prefix, kafka_brokers=brokers, _env_file=None)
    run_once(settings, stream_of(settings, **ENTRY))


@pytest.mark.parametrize(
    ("count", "large"), [(400, 4), pytest.param(10_000, 150, marks=pytest.mark.long)], ids=["some", "many"]
)
def test_each_record_is_accounted_for_and_good_ones_are_unharmed(
    broker: KafkaBroker, topic_prefix: str, tmp_path: Path, count: int, large: int
) -> None:
    brokers = broker.bootstrap_servers
    topic = open_topic(load_settings(data=tmp_path, topic_prefix=topic_prefix, kafka_brokers=brokers, _env_file=None))
    records = mixed(24, count, large, every=EVERY)
    for first in range(0, len(records), 2_000):
        topic.put(*records[first : first + 2_000])
    assert measured(read, tmp_path, topic_prefix, brokers) < MOST_MEMORY
    there = identities(topic.settings, "stream/pin") + identities(topic.settings, "stream/rejected")
    assert sorted(there, key=lambda at: (at[0], int(at[1]))) == [
        (str(partition), str(offset)) for partition in range(2) for offset in range((len(records) + 1 - partition) // 2)
    ]
    shown = [row for row in table_rows(topic.settings, "stream/pin", "ind, title") if (row[0] or 0) >= FIRST_GOOD]
    assert shown == [(FIRST_GOOD + n, f"good {n}") for n in range(count // EVERY)]
