"""A source to post, topics of each test's own on a real broker, and what is then in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition

from pinterest_platform.kafka.topics import TopicNeeds, create_topics
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.posting.emulator import PostingResult, post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.sender import Sender
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.rest_proxy import RestProxy

ROWS = 1_000


@dataclass(frozen=True)
class Held:
    """A record as a topic holds it."""

    partition: int
    offset: int
    key: bytes
    value: bytes


@pytest.fixture(scope="session")
def source_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    url = f"sqlite:///{tmp_path_factory.mktemp('posted')}/source.db"
    load(url, ROWS, 1)
    return url


@pytest.fixture
def source(source_url: str) -> Iterator[SourceDatabase]:
    with SourceDatabase(source_url) as source:
        yield source


@pytest.fixture(scope="module")
def proxy(broker: KafkaBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestProxy]:
    proxy = RestProxy(tmp_path_factory.mktemp("proxy"), broker.bootstrap_servers)
    proxy.start()
    yield proxy
    proxy.stop()


@pytest.fixture
def settings(broker: KafkaBroker, proxy: RestProxy, topic_prefix: str, source_url: str, tmp_path: Path) -> Settings:
    """Where all is; the topics are there."""
    settings = load_settings(
        data=tmp_path,
        source_url=source_url,
        topic_prefix=topic_prefix,
        kafka_brokers=broker.bootstrap_servers,
        rest_url=proxy.url,
    )
    create_topics(settings, RECORDS, TopicNeeds())
    return settings


@pytest.fixture
def variables(settings: Settings) -> dict[str, str]:
    """The same for a process of its own."""
    names = ("data", "source_url", "topic_prefix", "kafka_brokers", "rest_url")
    return {f"PINTEREST_{name.upper()}": str(getattr(settings, name)) for name in names}


def topics_of(settings: Settings) -> dict[str, str]:
    return {record: settings.topic(record) for record in RECORDS}


def send_all(source: SourceDatabase, settings: Settings, sender: Sender, **options: object) -> PostingResult:
    destination = SenderDestination(RECORDS, topics_of(settings), sender, settings.data / "refused.jsonl")
    return post(source, Sequential(), destination, **options)  # type: ignore[arg-type]


def held(settings: Settings) -> dict[str, list[Held]]:
    """All records of the three topics, by kind, in order of offset within each partition."""
    consumer = KafkaConsumer(bootstrap_servers=settings.kafka_brokers, enable_auto_commit=False)
    try:
        found: dict[str, list[Held]] = defaultdict(list)
        for record, topic in topics_of(settings).items():
            parts = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
            consumer.assign(parts)
            consumer.seek_to_beginning()
            ends = consumer.end_offsets(parts)
            while any(consumer.position(part) < end for part, end in ends.items()):
                for records in consumer.poll(timeout_ms=1_000).values():
                    found[record] += [Held(r.partition, r.offset, r.key, r.value) for r in records]
        return found
    finally:
        consumer.close()


def keys(records: list[Held]) -> list[int]:
    return sorted(int(record.key) for record in records)
