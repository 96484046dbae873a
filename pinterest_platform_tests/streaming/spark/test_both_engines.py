"""The same streams on Spark as in the embedded job: the same rows, and each goes on where the other stopped."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from confluent_kafka import Producer

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Batch, Stream, StreamError, run_streams
from pinterest_platform.streaming.batch import BatchLog
from pinterest_platform_tests.integration.streaming.conftest import Pins
from pinterest_platform_tests.integration.streaming.topics import Topic
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import catalog, table_rows
from pinterest_platform_tests.streaming.test_cleaning import NASTY

TEXTS = [
    "",
    " \u00a0\t",
    "User Info Error",
    "1.5k",
    "26K",
    "99999999999",
    "it's",
    "a\\nb\x01",
    "\U0001f600",
    "Untitled",
]
NAMES = ("title", "description", "poster_name", "follower_count", "tag_list", "image_src", "save_location")
RECORDS = [
    *NASTY,
    *(pin(n, **dict.fromkeys(NAMES, text)) for n, text in enumerate(TEXTS)),
    *(pin(7, title="sent again") for _ in range(2)),
    *(pin(n) for n in range(100, 160)),
]


def read_once(settings: Settings, stream: Stream) -> list[Batch]:
    """Everything that is in the stream now, by the engine of the settings; the batches it took."""
    batches: list[Batch] = []
    run_streams(settings, catalog(), [stream], once=True, on_batch=batches.append)
    return batches


def tables(settings: Settings) -> list[list[tuple[Any, ...]]]:
    """The rows of both tables, but for when they were committed, and their columns."""
    found = []
    for address in ("stream/pin", "stream/rejected"):
        names = [field.name for field in Lake(settings.lake_root).require(address).schema().fields]
        kept = ", ".join(name for name in names if name != "ingested_at")
        found += [[tuple(names)], table_rows(settings, address, kept)]
    return found


def test_kinesis_gives_the_same_rows(pins: Pins, on_spark: Settings) -> None:
    """Children of a shard after it."""
    pins.put(*RECORDS)
    pins.split(pins.shards()[0]["ShardId"])
    pins.put(*RECORDS)
    batches = read_once(on_spark, pins.stream)
    # One of them is two objects end to end, the second of which is cut off.
    assert sum(batch.rows + batch.rejected for batch in batches) == 2 * (len(RECORDS) + 1)
    pins.assert_each_once()
    alone = pins.settings.model_copy(update={"lake": str(pins.settings.data / "other")})
    read_once(alone, pins.stream)
    assert tables(on_spark) == tables(alone)


@pytest.mark.usefixtures("spark")
def test_kafka_gives_the_same_rows(topic: Topic) -> None:
    topic.put(*RECORDS, None)
    topic.delete("7", '{"index": 100}', "ü 'none' \"of\" these")
    writer = Producer({"bootstrap.servers": topic.settings.kafka_brokers, "transactional.id": topic.stream.origin})
    writer.init_transactions(10)
    writer.begin_transaction()
    writer.produce(topic.stream.origin, pin(1), partition=0)
    writer.abort_transaction(10)
    topic.put(pin(2))
    batches = read_once(topic.settings.model_copy(update={"engine": "spark"}), topic.stream)
    assert max(batch.records for batch in batches) <= topic.stream.limits.records
    alone = topic.settings.model_copy(update={"lake": str(topic.settings.data / "other")})
    read_once(alone, topic.stream)
    assert tables(topic.settings) == tables(alone)


def test_engines_take_turns_while_shards_are_split(pins: Pins, on_spark: Settings) -> None:
    """Each finds shards that the other has read to their end, and some that it has not."""
    for turn, settings in enumerate((pins.settings, on_spark, pins.settings)):
        pins.put_pins(*range(20 * turn, 20 * turn + 10))
        pins.split(pins.shards()[-1]["ShardId"])
        pins.put_pins(*range(20 * turn + 10, 20 * turn + 20))
        assert sum(batch.rows for batch in read_once(settings, pins.stream)) == 20
    pins.assert_each_once()


def test_a_query_dies_before_spark_knows_that_its_rows_are_committed(
    pins: Pins, on_spark: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pins.put(*RECORDS)
    with monkeypatch.context() as patch:
        patch.setattr(BatchLog, "add", lambda *_: (_ for _ in ()).throw(LakeError("dies here")))
        with pytest.raises(LakeError, match="dies here"):
            read_once(on_spark, pins.stream)
    pins.put_pins(1, 2)
    read_once(on_spark, pins.stream)
    pins.assert_each_once()


@pytest.mark.long
def test_the_second_of_two_jobs_stops(pins: Pins, on_spark: Settings) -> None:
    """Another one commits while a query waits for records."""
    pins.put_pins(1)
    begun, stop = threading.Event(), threading.Event()

    def on_batch(_: Batch) -> None:
        if not begun.is_set():
            begun.set()
            pins.put_pins(2)
            read_once(pins.settings, pins.stream)
            pins.put_pins(3)

    with pytest.raises(StreamError, match="stream/pin: another job commits to it from kinesis"):
        run_streams(on_spark, catalog(), [pins.stream], stop=stop, on_batch=on_batch)
    read_once(pins.settings, pins.stream)
    pins.assert_each_once()


@pytest.mark.usefixtures("spark")
def test_a_topic_that_is_deleted_while_it_is_read(topic: Topic) -> None:
    topic.put(pin(1))
    settings, name = topic.settings.model_copy(update={"engine": "spark"}), topic.stream.origin

    def on_batch(_: Batch) -> None:
        topic.admin.delete_topics([name])[name].result()

    with pytest.raises(StreamError, match=r"stream/pin: Spark: .*UnknownTopicOrPartition"):
        run_streams(settings, catalog(), [topic.stream], on_batch=on_batch)
