"""Whether the tables after a soak are right: each offset once, each with what was posted, all as a clean run makes
them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import islice
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.contract import Engine
from pinterest_platform.kafka.topics import list_topics
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.order import Course
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import load_settings
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform_tests.soak.system import System

#: A record: partition, offset and key; no key where it fits no schema.
Record = tuple[int, int, int | None]

#: What two lakes do not share: when a row was written, and which of several objects it was read from.
_OWN = ("ingested_at", "landing_file")


@contextmanager
def opened(lake: str) -> Iterator[Engine]:
    """An engine on a lake, which knows streams too."""
    settings = load_settings(lake=lake, _env_file=None)
    with closing(build_engine(settings, load_catalog(settings, PINTEREST))) as engine:
        yield engine


def differences(system: System, lake: str, clean: str) -> list[str]:
    """What is wrong with the tables of a lake, a sentence each; `clean` is one that nobody disturbed."""
    with opened(lake) as engine, opened(clean) as other:
        told = _unlike(engine, other)
        for record in RECORDS:
            posted = Counter(_topic(system, record))
            told += _lost(system, record, posted)
            for table in (f"raw.{record}", f"stream.{record}"):
                told += _compared(table, Counter(_held(engine, system.settings.topic(record), table)), posted)
    return told


def _topic(system: System, record: str) -> Iterator[Record]:
    """The records of a topic."""
    options = {"bootstrap.servers": system.settings.kafka_brokers, "group.id": "soak", "enable.auto.commit": "false"}
    [topic] = list_topics(system.settings, [record])
    with closing(Consumer(options)) as consumer:
        consumer.assign([TopicPartition(topic.name, number, first) for number, (first, _) in topic.offsets.items()])
        for message in islice(_messages(consumer), topic.records):
            key = json.loads(message.value())[RECORDS[record].key]
            yield message.partition(), message.offset(), key if isinstance(key, int) else None


def _messages(consumer: Any) -> Iterator[Any]:
    while True:
        message = consumer.poll(60)
        if message is None or message.error():
            raise RuntimeError(f"the topic cannot be read: {message and message.error()}")
        yield message


def _held(engine: Engine, topic: str, table: str) -> Iterator[Record]:
    """The records of a topic that a table, or its layer's table of rejected ones, holds."""
    layer, _, record = table.partition(".")
    raw = layer == "raw"
    key = RECORDS[record].key if raw else "ind"
    identity = "kafka_partition, kafka_offset" if raw else "CAST(shard_id AS INT), CAST(sequence_number AS BIGINT)"
    rejected = f"{layer}.rejected WHERE {'kafka_topic' if raw else 'stream'} = '{topic}'"
    yield from engine.query(f"SELECT {identity}, {key} FROM {table}").rows  # type: ignore[misc]
    yield from engine.query(f"SELECT {identity}, CAST(NULL AS BIGINT) FROM {rejected}").rows  # type: ignore[misc]


def _lost(system: System, record: str, posted: Counter[Record]) -> list[str]:
    """Postings that were acknowledged and are not in the topic. After a kill some may be there twice."""
    acknowledged = Counter(islice(Course().positions(), system.posted))
    lost = acknowledged - Counter(key for _, _, key in posted.elements())
    return [f"{record}: {lost.total()} acknowledged postings are not in the topic: {_some(lost)}"] if lost else []


def _compared(table: str, held: Counter[Record], posted: Counter[Record]) -> list[str]:
    missing, more = posted - held, held - posted
    told = [f"{table}: {missing.total()} records of the topic are missing: {_some(missing)}"] if missing else []
    return told + ([f"{table}: {more.total()} records are there twice or wrong: {_some(more)}"] if more else [])


def _unlike(engine: Engine, clean: Engine) -> list[str]:
    """Tables that a clean run makes otherwise."""
    addresses = [f"{layer}.{table}" for layer in ("raw", "stream") for table in (*RECORDS, "rejected")]
    addresses += [address.replace("/", ".") for address in Catalog.load(PINTEREST).models]
    # Which posts were late depends on when the job came to them.
    selects = {"live.posts_by_category": "SELECT window_start, category, post_count + late_count AS posts"}
    for name in addresses:
        columns = [c for c in clean.query(f"SELECT * FROM {name}", limit=0).columns if c not in _OWN]
        selects[name] = f"SELECT {', '.join(f'`{column}`' for column in columns)}"
    told = []
    for name, select in selects.items():
        # As text: a row may hold a list.
        rows, expected = (Counter(map(repr, of.query(f"{select} FROM {name}").rows)) for of in (engine, clean))
        if rows != expected:
            told.append(f"{name} is not that of a clean run: {_some(rows - expected)} for {_some(expected - rows)}")
    return told


def _some(rows: Counter[Any]) -> str:
    return ", ".join(map(str, islice(rows, 3))) or "nothing"
