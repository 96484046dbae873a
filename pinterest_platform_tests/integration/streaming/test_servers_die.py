"""A job outlives the death of the server that it reads from, and misses nothing."""

from __future__ import annotations

import threading

import pytest

from pinterest_platform.settings import load_settings
from pinterest_platform_tests.integration.streaming.jobs import Running
from pinterest_platform_tests.integration.streaming.topics import open_topic
from pinterest_platform_tests.integration.streaming.topics import pins as pins_of

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


def test_a_broker_that_is_killed_and_started(broker, topic_prefix, tmp_path):
    brokers = broker.bootstrap_servers
    settings = load_settings(data=tmp_path, topic_prefix=topic_prefix, kafka_brokers=brokers, _env_file=None)
    topic = open_topic(settings)
    with Running(topic.settings, topic.stream) as job:
        topic.put(*pins_of(0, 10))
        job.wait_until(lambda: job.rows == 10)
        broker.kill()
        broker.start()
        topic.put(*pins_of(10, 20))
        job.wait_until(lambda: job.rows == 20)
    assert topic.inds() == list(range(20))
