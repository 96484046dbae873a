"""kill -9 of `pinterest-platform stream` on Spark at a random moment while records are posted, then a stop."""

from __future__ import annotations

import random
import signal
import threading
from itertools import count
from pathlib import Path

import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform_tests.cli.conftest import started
from pinterest_platform_tests.forked import Program
from pinterest_platform_tests.integration.streaming.conftest import Pins
from pinterest_platform_tests.integration.streaming.jobs import run_once

pytestmark = pytest.mark.long
#: Java takes a while to start.
KILLS = 1


def test_killed_over_and_over(pins: Pins, variables: dict[str, str], tmp_path: Path) -> None:
    """The embedded job goes on at last."""
    variables = {**variables, "PINTEREST_DATA": str(tmp_path), "PINTEREST_ENGINE": "spark"}
    rng, done = random.Random(7), threading.Event()
    poster = threading.Thread(target=post, args=(pins, done))
    poster.start()
    try:
        for kill in range(KILLS + 1):
            with started(tmp_path, "stream", "--only", "pin", PINTEREST_SPARK_MASTER="local[2]", **variables) as job:
                wait_for_commits(job, pins, 1)
                if kill < KILLS:
                    done.wait(rng.uniform(0, 1))
                    continue
                pins.split(pins.shards()[0]["ShardId"])
                wait_for_commits(job, pins, 1)
                job.signal(signal.SIGTERM)
                assert job.wait(60) == 0, job.output
    finally:
        done.set()
        poster.join()
    assert "Traceback" not in job.output
    assert run_once(pins.settings, pins.stream)
    pins.assert_each_once()


def post(pins: Pins, done: threading.Event) -> None:
    numbers = count()
    while not done.wait(0.05):
        pins.put_pins(*(next(numbers) for _ in range(5)))
        pins.put(b"no pin")


def wait_for_commits(job: Program, pins: Pins, more: int) -> None:
    """Wait until the job has committed so often."""
    before = version(pins)
    job.wait_until(lambda: version(pins) >= before + more)


def version(pins: Pins) -> int:
    table = Lake(pins.settings.lake_root).open("stream/pin")
    return table.version() if table else 0
