"""Runs killed at every commit, the S3 server killed, two runs at once, on a landing zone and a lake in S3."""

from __future__ import annotations

import os
import signal
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from deltalake import DeltaTable

from pinterest_platform_tests.engines.children import barrier, set_constants
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.integration.s3.conftest import BucketPlatform, Zone
from pinterest_platform_tests.integration.s3.test_runs_in_trouble import LINES, OBJECTS, land, same_as_clean_run
from pinterest_platform_tests.landing_data import engine_over

CONSTANTS = {"landing.batches:BATCH_OBJECTS": 8}


def run(root: Path, landing: str, lake: str, environment: dict[str, str]) -> None:
    os.environ.update(environment)
    set_constants(CONSTANTS)
    engine = engine_over(root, landing=landing, lake=lake)
    engine.ingest("pin")
    engine.refresh("cleaned/pin")


def run_to_next_commit(when: str, *where: Any) -> None:
    """Run until just before or just after the first commit."""
    function = DeltaTable.create_write_transaction

    def dying(*args: Any, **kwargs: Any) -> None:
        if when == "after":
            function(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    DeltaTable.create_write_transaction = dying  # type: ignore[method-assign]
    run(*where)


def run_with_another(together: Any, *where: Any) -> None:
    together.wait()
    run(*where)


@pytest.fixture
def where(platform: BucketPlatform, zone: Zone, s3_server) -> tuple[Path, str, str, dict[str, str]]:
    land(zone)
    return platform.root, zone.address, platform.lake.root, s3_server.environment()


def test_killed_at_every_commit(platform, where, tmp_path):
    """Each run gets one commit further, and dies once before it and once after it."""
    killed = 0
    for when in cycle(["before", "after"]):
        process = start(run_to_next_commit, when, *where)
        process.join()
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        killed += 1
    assert killed == 2 * (2 * OBJECTS / CONSTANTS["landing.batches:BATCH_OBJECTS"] + 1)
    assert platform.offsets() == list(range(OBJECTS * LINES))
    same_as_clean_run(platform, tmp_path)


def test_two_runs_at_once(platform, where, tmp_path):
    together = barrier(2)
    both = [start(run_with_another, together, *where) for _ in range(2)]
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert platform.offsets() == list(range(OBJECTS * LINES))
    same_as_clean_run(platform, tmp_path)
