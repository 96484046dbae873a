"""A job outlives the death of the server that it reads from, and misses nothing."""

from __future__ import annotations

import threading

import pytest

from pinterest_platform_tests.integration.streaming.jobs import Running

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
