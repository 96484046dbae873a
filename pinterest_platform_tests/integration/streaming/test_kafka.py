"""A Kafka topic as the source of a stream: the same job, positions are offsets."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from confluent_kafka import Producer, TopicPartition

from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.streaming import StreamError, kafka_api
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform.streaming.kafka import KafkaSource
from pinterest_platform.streaming.source import Buffer
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.integration.streaming.jobs import Running, identities, run_and_kill, run_once
from pinterest_platform_tests.integration.streaming.topics import ENTRY, Topic, make, open_topic, pins
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows


@pytest.fixture
def settings(broker: KafkaBroker, topic_prefix: str, tmp_path) -> Settings:
    return load_settings(
        data=tmp_path, topic_prefix=topic_prefix, kafka_brokers=broker.bootstrap_servers, _env_file=None
    )


@pytest.fixture
def topic(settings: Settings) -> Topic:
    return open_topic(settings)


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Brokers that have been up for long: what they say is soon believed."""
    monkeypatch.setattr(kafka_api, "_SETTLED", 1.0)


def test_what_is_there_then_what_is_new(topic):
    topic.put(*pins(0, 100), b"x", None)
    batches = run_once(topic.settings, topic.stream)
    assert (sum(batch.rows for batch in batches), sum(batch.rejected for batch in batches)) == (100, 2)
    assert {shard: lag for batch in batches for shard, lag in batch.lag.items()} == {"0": 0, "1": 0}
    topic.put(*pins(100, 150))
    run_once(topic.settings, topic.stream)
    assert run_once(topic.settings, topic.stream) == []
    assert topic.inds() == list(range(150))
    assert table_rows(topic.settings, "stream/rejected", "line, reason") == [
        ("x", "not JSON: expected one JSON object"),
        ('{"_tombstone":"{}"}', "tombstone: its key has no index"),
    ]
    there = identities(topic.settings, "stream/pin") + identities(topic.settings, "stream/rejected")
    assert sorted(there) == sorted((str(p), str(offset)) for p in range(2) for offset in range(76))


def test_a_tombstone_deletes_its_key_from_the_newest_rows(topic):
    topic.put(*pins(0, 4), partition=0)
    topic.delete("1", "3", "nothing", '{"index":9}')
    topic.put(pin(3), partition=0)
    run_once(topic.settings, topic.stream)
    engine = DuckDBEngine(topic.settings, load_catalog(topic.settings, PINTEREST))
    assert engine.query("SELECT ind FROM stream.pin_latest ORDER BY ind").rows == [(0,), (2,), (3,)]
    assert engine.query("SELECT ind FROM stream.pin WHERE tombstone ORDER BY ind").rows == [(1,), (3,), (9,)]
    engine.close()
    assert table_rows(topic.settings, "stream/rejected", "line, reason") == [
        ('{"_tombstone":"nothing"}', 'tombstone: index: "nothing" is not a whole number of 64 bits')
    ]


def test_an_empty_topic(topic):
    assert run_once(topic.settings, topic.stream) == []


def test_transactions_that_are_aborted_are_not_read_and_end_no_run(topic, settings):
    writer = Producer({"bootstrap.servers": settings.kafka_brokers, "transactional.id": topic.stream.origin})
    writer.init_transactions(10)
    for ind, finish in ((1, writer.commit_transaction), (2, writer.abort_transaction)):
        writer.begin_transaction()
        writer.produce(topic.stream.origin, pin(ind), partition=0)
        finish(10)
    run_once(topic.settings, topic.stream)
    run_once(topic.settings, topic.stream)
    assert topic.inds() == [1]


def test_latest_begins_behind_what_is_there_at_the_first_start(topic):
    topic.put(*pins(0, 10))
    stream = stream_of(topic.settings, **ENTRY, starting_position="latest")
    assert run_once(topic.settings, stream) == []
    topic.put(*pins(10, 20))
    topic.add_partition()
    topic.put(*pins(20, 25), partition=2)
    run_once(topic.settings, stream)
    assert topic.inds() == list(range(10, 25))


def test_from_a_time_on(topic):
    times = [datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    for ind, at in enumerate(times):
        topic.producer.produce(topic.stream.origin, pin(ind), partition=0, timestamp=int(at.timestamp() * 1000))
        topic.producer.flush(30)
    run_once(topic.settings, stream_of(topic.settings, **ENTRY, starting_position=times[1].isoformat()))
    rows = table_rows(topic.settings, "stream/pin", "ind, arrived_at")
    assert rows == [(ind, at.replace(tzinfo=None)) for ind, at in list(enumerate(times))[1:]]


def test_a_partition_that_is_added_while_it_runs(topic, monkeypatch):
    monkeypatch.setattr("pinterest_platform.streaming.kafka._LOOK_FOR_PARTITIONS", 0.2)
    with Running(topic.settings, topic.stream) as job:
        topic.put(*pins(0, 10))
        job.wait_until(lambda: job.rows == 10)
        topic.add_partition()
        topic.put(*pins(10, 20), partition=2)
        job.wait_until(lambda: job.rows == 20)
    assert topic.inds() == list(range(20))


def test_killed_over_and_over(topic, settings):
    done, posted = threading.Event(), []

    def post() -> None:
        while not done.wait(0.05):
            topic.put(*pins(len(posted), len(posted) + 10), b"x", b"y")
            posted.extend(range(len(posted), len(posted) + 10))

    poster = threading.Thread(target=post)
    poster.start()
    try:
        variables = {
            "PINTEREST_KAFKA_BROKERS": settings.kafka_brokers,
            "PINTEREST_TOPIC_PREFIX": settings.topic_prefix,
        }
        killing = start(run_and_kill, variables, settings.data, ENTRY, 4, 3)
        killing.join()
        assert killing.exitcode == 0
    finally:
        done.set()
        poster.join()
    before = len(topic.inds())
    run_once(settings, topic.stream)
    assert 0 < before < len(posted)
    assert topic.inds() == posted
    assert len(identities(settings, "stream/rejected")) == len(posted) // 5


@pytest.mark.usefixtures("settled")
def test_records_that_were_deleted_before_they_were_read(topic):
    topic.put(*pins(0, 10), partition=0)
    run_once(topic.settings, topic.stream)
    topic.put(*pins(10, 30), partition=0)
    topic.admin.delete_records([TopicPartition(topic.stream.origin, 0, 20)])
    with pytest.raises(StreamError, match="partition 0: the table is at offset 10, but the topic has offsets 20 to 30"):
        run_once(topic.settings, topic.stream)
    assert topic.inds() == list(range(10))


@pytest.mark.usefixtures("settled")
def test_records_that_are_deleted_just_before_they_are_read(topic, monkeypatch):
    topic.put(*pins(0, 10), partition=0)
    run_once(topic.settings, topic.stream)
    topic.put(*pins(10, 30), partition=0)
    read = KafkaSource.read

    def delete_and_read(source: KafkaSource, buffer: Buffer, *, once: bool) -> None:
        end = TopicPartition(topic.stream.origin, 0, 20)
        topic.admin.delete_records([end])[end].result()
        read(source, buffer, once=once)

    monkeypatch.setattr(KafkaSource, "read", delete_and_read)
    with pytest.raises(StreamError, match="partition 0: the table is at offset 10, but the topic has offsets 20 to 30"):
        run_once(topic.settings, topic.stream)
    assert topic.inds() == list(range(10))


@pytest.mark.usefixtures("settled")
def test_a_topic_that_was_made_anew_under_its_name(topic):
    topic.put(*pins(0, 10), partition=0)
    run_once(topic.settings, topic.stream)
    topic.admin.delete_topics([topic.stream.origin])[topic.stream.origin].result()
    make(topic.admin, topic.stream.origin)
    topic.put(*pins(0, 3), partition=0)
    with pytest.raises(StreamError, match="partition 0: the table is at offset 10, but the topic has offsets 0 to 3"):
        run_once(topic.settings, topic.stream)


def test_ends_that_do_not_fit_the_table_are_asked_for_again(topic, caplog):
    """As a broker that has just started gives them for a moment."""
    topic.put(*pins(0, 10), partition=0)
    run_once(topic.settings, topic.stream)
    topic.admin.delete_topics([topic.stream.origin])[topic.stream.origin].result()
    make(topic.admin, topic.stream.origin)
    with Running(topic.settings, topic.stream) as job:
        job.wait_until(lambda: "they report offsets 0 to 0, the table is at offset 10" in caplog.text)
        topic.put(*pins(0, 12), partition=0)
        job.wait_until(lambda: job.rows == 2)
    assert topic.inds() == list(range(12))


def test_a_topic_that_is_not_there(settings):
    with pytest.raises(
        StreamError, match=r"stream/pin: topic 't\w+.pin' does not exist. Create it with `pinterest-platform t"
    ):
        run_once(settings, stream_of(settings, **ENTRY))


def test_no_brokers_are_set(settings):
    with pytest.raises(StreamError, match="PINTEREST_KAFKA_BROKERS is not set"):
        run_once(settings.model_copy(update={"kafka_brokers": ""}), stream_of(settings, **ENTRY))
