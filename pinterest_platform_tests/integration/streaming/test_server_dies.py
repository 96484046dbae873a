"""A job outlives the death of the server that it reads from, and misses nothing."""

from __future__ import annotations

import threading

import pytest

from pinterest_platform.settings import load_settings
from pinterest_platform_tests.integration.streaming.jobs import Running
from pinterest_platform_tests.integration.streaming.topics import open_topic, pins

pytestmark = pytest.mark.kills_servers


def test_a_server_that_is_stopped_and_started(pins, kinesis):
    pins.put_pins(*range(50))
    with Running(pins.settings, pins.stream) as job:
        job.wait_until(lambda: job.rows == 50)
        kinesis.kill()
        try:
            asked = threading.Event()
            assert not asked.wait(0.5)
        finally:
            kinesis.start()
        pins.put_pins(*range(50, 100))
        job.wait_until(lambda: job.rows == 100)
    pins.assert_each_once()


@pytest.fixture
def topic(broker, topic_prefix, tmp_path, monkeypatch):
    monkeypatch.setattr("pinterest_platform.streaming.kafka._LOOK_FOR_PARTITIONS", 0.2)
    monkeypatch.setattr("pinterest_platform.streaming.kafka_api._PATIENCE", 0.5)
    servers = broker.bootstrap_servers
    topic = open_topic(load_settings(data=tmp_path, topic_prefix=topic_prefix, kafka_brokers=servers, _env_file=None))
    topic.put(*pins(0, 50))
    return topic


def test_brokers_are_away_when_a_job_starts(topic, broker, caplog):
    broker.kill()
    try:
        with Running(topic.settings, topic.stream) as job:
            job.wait_until(lambda: "waiting for the brokers: stream/pin: topic" in caplog.text)
            broker.start()
            job.wait_until(lambda: job.rows == 50)
    finally:
        broker.start()
    assert topic.inds() == list(range(50))


@pytest.mark.long
def test_brokers_are_away_while_a_job_looks_for_partitions(topic, broker, caplog):
    with Running(topic.settings, topic.stream) as job:
        job.wait_until(lambda: job.rows == 50)
        broker.kill()
        try:
            job.wait_until(lambda: "waiting for the brokers: stream/pin: topic" in caplog.text)
        finally:
            broker.start()
        topic.put(*pins(50, 100))
        job.wait_until(lambda: job.rows == 100)
    assert topic.inds() == list(range(100))
