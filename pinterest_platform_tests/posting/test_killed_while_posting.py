"""Killed with -9 at any moment and resumed: every posting once, offsets without a gap."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest

from pinterest_platform.pinterest.order import Course
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.conftest import TOPICS
from pinterest_platform_tests.posting.landed import assert_landed

#: What a posting does to the file system, in Python's audit events: an object appears, its temporary file goes, a
#: checkpoint is replaced.
STEPS = ("os.link", "os.remove", "os.rename")


def resumed(url: str, landing: Path, checkpoint: Path, order, count: int, die_before_step: int | None = None) -> None:
    if die_before_step is not None:
        steps = iter(range(die_before_step))

        def die(event: str, _: object) -> None:
            if event in STEPS and next(steps, None) is None:
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(die)
    with SourceDatabase(url) as source:
        destination = LandingFolder(landing, RECORDS, TOPICS, flush_size=60)
        post(source, order, destination, count=count, checkpoint=checkpoint, resume=True)


def kill(*arguments) -> None:
    process = multiprocessing.get_context("fork").Process(target=resumed, args=arguments)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


#: The first objects and their checkpoint, then some of later ones.
FEW = {*range(0, 7), 17, 60, 100}


@pytest.mark.parametrize(
    "step", [pytest.param(s, marks=() if s in FEW else pytest.mark.long) for s in (*range(0, 30), 40, 60, 80, 100)]
)
def test_before_each_step(small_url, landing, tmp_path, step):
    order, checkpoint = Sequential(batch=170), tmp_path / "checkpoint.json"
    kill(small_url, landing, checkpoint, order, 1_000, step)
    resumed(small_url, landing, checkpoint, order, 1_000)
    assert_landed(landing, Counter(range(1_000)))


def test_again_and_again(course_url, landing, tmp_path):
    """The course's order repeats rows, so a posting too many or too few shows in how often each row landed."""
    checkpoint = tmp_path / "checkpoint.json"
    for _ in range(5):
        kill(course_url, landing, checkpoint, Course(), 2_500, 17)
    resumed(course_url, landing, checkpoint, Course(), 2_500)
    assert_landed(landing, Counter(islice(Course().positions(), 2_500)))


SCRIPT = """
import sys
from pathlib import Path
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.posting.orders import bulk
from pinterest_platform.pinterest.source.database import SourceDatabase

url, landing, checkpoint = sys.argv[1:]
topics = {"pin": "t.pin", "geo": "t.geo", "user": "t.user"}
with SourceDatabase(url) as source:
    destination = LandingFolder(Path(landing), RECORDS, topics, flush_size=100)
    post(source, bulk(), destination, checkpoint=Path(checkpoint), resume=True, progress=lambda n: print(n, flush=True))
"""


@pytest.mark.long
def test_from_outside(course_url, landing, tmp_path):
    command = [sys.executable, "-c", SCRIPT, course_url, str(landing), str(tmp_path / "checkpoint.json")]
    for reports in (1, 2):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            for _ in range(reports):
                process.stdout.readline()
            process.kill()
        assert process.returncode == -signal.SIGKILL
    subprocess.run(command, check=True, capture_output=True)
    assert_landed(landing, Counter(range(11_154)))


def test_nothing_is_left_to_do_after_the_end(small_url, small, landing, tmp_path, folder):
    checkpoint = tmp_path / "checkpoint.json"
    resumed(small_url, landing, checkpoint, Sequential(), 500)
    result = post(small, Sequential(), folder(), count=500, checkpoint=checkpoint, resume=True)
    assert (result.acknowledged, result.posted, result.stopped) == (500, 0, False)
    assert_landed(landing, Counter(range(500)))


def test_another_size_of_objects_after_the_kill(small_url, small, landing, tmp_path, folder):
    checkpoint = tmp_path / "checkpoint.json"
    kill(small_url, landing, checkpoint, Sequential(batch=170), 1_000, 60)
    post(small, Sequential(batch=170), folder(flush_size=7, pad=20), checkpoint=checkpoint, resume=True)
    assert_landed(landing, Counter(range(1_000)))


def test_another_run_in_between_is_noticed(small_url, small, landing, tmp_path, folder):
    checkpoint = tmp_path / "checkpoint.json"
    kill(small_url, landing, checkpoint, Sequential(batch=170), 1_000, 60)
    post(small, Sequential(500, 1_000), folder())
    with pytest.raises(
        DestinationError, match=r"already holds a different record at offset .* or did so after the checkpoint"
    ):
        post(small, Sequential(batch=170), folder(), checkpoint=checkpoint, resume=True)
