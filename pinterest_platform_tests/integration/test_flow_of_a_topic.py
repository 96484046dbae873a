"""How far a topic is, by a real broker's account: written, not yet landed, landed, and when the broker is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pinterest_platform.flow.topics import look, look_at_all
from pinterest_platform.kafka.offsets import Offsets, read_offsets
from pinterest_platform.kafka.topics import TopicNeeds, create_topics
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import load_settings


@pytest.fixture
def settings(broker, topic_prefix, tmp_path):
    settings = load_settings(
        data=tmp_path,
        landing="",
        lake="",
        topic_prefix=topic_prefix,
        kafka_brokers=broker.bootstrap_servers,
        _env_file=None,
    )
    create_topics(settings, RECORDS, TopicNeeds(partitions=2))
    return settings


def write(settings, count, *, partition=0, minutes_ago=0):
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=settings.kafka_brokers)
    moment = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    for number in range(count):
        producer.send(
            settings.topic("pin"),
            b"{}",
            str(number).encode(),
            partition=partition,
            timestamp_ms=int(moment.timestamp() * 1000),
        )
    producer.flush()
    producer.close()


def test_what_is_written_and_does_not_land_becomes_late(settings):
    now = datetime.now(UTC)
    assert look(settings, PINTEREST, "pin", now).late == []
    write(settings, 7, minutes_ago=30)
    write(settings, 5)
    write(settings, 4, partition=1)
    then = now - timedelta(minutes=10)
    assert read_offsets(settings, settings.topic("pin"), then) == {0: Offsets(0, 12, 7), 1: Offsets(0, 4, 0)}
    flow = look(settings, PINTEREST, "pin", now)
    assert [(at.partition, at.not_landed, at.overdue) for at in flow.partitions] == [(0, 12, 7), (1, 4, 0)]
    assert len(flow.late) == 1
    assert flow.late[0].startswith("partition 0: 7 records were written more than 10 minutes ago")


def test_what_the_sink_has_committed_is_not_waited_for(settings):
    """Records among the dead letters leave no trace in the landing zone."""
    from kafka import KafkaConsumer, OffsetAndMetadata, TopicPartition

    write(settings, 7, minutes_ago=30)
    at = TopicPartition(settings.topic("pin"), 0)
    # As a sink does, it waits for the group's coordinator, which a new broker has not made yet.
    sink = KafkaConsumer(
        bootstrap_servers=settings.kafka_brokers, group_id=f"connect-{settings.connector}", enable_auto_commit=False
    )
    sink.assign([at])
    sink.commit({at: OffsetAndMetadata(5, "", -1)})
    sink.close()
    found = look(settings, PINTEREST, "pin", datetime.now(UTC)).partitions[0]
    assert (found.sunk, found.not_landed, found.overdue) == (5, 2, 2)


def test_topic_that_does_not_exist_holds_nothing(settings):
    other = settings.model_copy(update={"topic_prefix": f"{settings.topic_prefix}x"})
    assert look(other, PINTEREST, "pin", datetime.now(UTC)).partitions == []


def test_broker_that_is_gone_is_said_once_for_all(settings):
    gone = settings.model_copy(update={"kafka_brokers": "127.0.0.1:1"})
    flows = look_at_all(gone, PINTEREST, datetime.now(UTC))
    assert [flow.late for flow in flows] == [[flows[0].problem]] * 3
    assert "127.0.0.1:1" in flows[0].problem
