"""No room for an object or a checkpoint: the place is named, nothing half is seen, and the posting goes on later."""

from __future__ import annotations

import multiprocessing
import resource
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.checkpoint import Checkpoint, CheckpointError, read_checkpoint
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.conftest import TOPICS
from pinterest_platform_tests.posting.landed import assert_landed, objects


def post_without_room(url: str, landing: Path, checkpoint: Path, report) -> None:
    # The process may write files of at most so many bytes: geo and user objects fit, one with 100 pins does not.
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
    with SourceDatabase(url) as source:
        try:
            post(
                source,
                Sequential(batch=130),
                LandingFolder(landing, RECORDS, TOPICS, flush_size=100),
                checkpoint=checkpoint,
            )
        except DestinationError as error:
            report.send(str(error))


def test_no_room(small_url, small, landing, tmp_path):
    checkpoint = tmp_path / "checkpoint.json"
    context = multiprocessing.get_context("fork")
    received, report = context.Pipe(duplex=False)
    process = context.Process(target=post_without_room, args=(small_url, landing, checkpoint, report))
    process.start()
    report.close()
    message = received.recv()
    process.join()

    partition = landing / "topics" / "t.pin" / "partition="
    assert f"cannot write {partition}" in message
    assert "File too large" in message
    assert "Free up disk space" in message
    assert [objects(landing, "t.pin", number) for number in range(3)] == [{}, {}, {}]
    assert not list(landing.rglob(".*.tmp"))

    result = post(
        small, Sequential(), LandingFolder(landing, RECORDS, TOPICS, flush_size=100), checkpoint=checkpoint, resume=True
    )
    assert result.posted == 1_000, "nothing was acknowledged without its object"
    assert_landed(landing, Counter(range(1_000)))


def test_no_room_for_a_checkpoint_leaves_the_last_one(tmp_path):
    path = tmp_path / "checkpoint.json"
    last = Checkpoint(order={"kind": "bulk"}, source={}, destination={}, postings=10, refused=0, position={})
    last.write(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20, before[1]))
    try:
        with pytest.raises(
            CheckpointError, match=f"Checkpoint {path} cannot be written: File too large. Free up disk space"
        ):
            replace(last, postings=20).write(path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert read_checkpoint(path) == last
