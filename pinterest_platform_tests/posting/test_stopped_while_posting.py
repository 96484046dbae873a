"""A clean stop brings what was taken to rest, and the rest follows when resumed. Rate, count and progress."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from threading import Event

import pytest

from pinterest_platform.pinterest.order import Course
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.landed import assert_landed


class Hours:
    """A clock that only moves while somebody sleeps, and says at some time that it is time to stop."""

    def __init__(self, end: float = float("inf")) -> None:
        self.now, self.end = 0.0, end

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += max(seconds, 1e-9)

    def over(self) -> bool:
        return self.now >= self.end

    @property
    def options(self) -> dict:
        return {"clock": self.clock, "sleep": self.sleep, "stop": self.over}


def test_stop_and_resume(small, folder, landing, tmp_path):
    stop, checkpoint = Event(), tmp_path / "checkpoint.json"
    result = post(
        small, Sequential(batch=100), folder(), stop=stop.is_set, checkpoint=checkpoint, progress=lambda _: stop.set()
    )
    assert (result.acknowledged, result.posted, result.stopped) == (100, 100, True)
    assert_landed(landing, Counter(range(100)))
    result = post(small, Sequential(batch=100), folder(), checkpoint=checkpoint, resume=True)
    assert (result.acknowledged, result.posted, result.stopped) == (1_000, 900, False)
    assert_landed(landing, Counter(range(1_000)))


def test_stopped_before_the_start(small, folder):
    stop = Event()
    stop.set()
    result = post(small, Sequential(), folder(), stop=stop.is_set)
    assert (result.acknowledged, result.stopped) == (0, True)


def test_count_ends_an_order_without_end(course, folder, landing):
    assert post(course, Course(), folder(), count=620).acknowledged == 620
    assert_landed(landing, Counter(islice(Course().positions(), 620)))


def test_a_resumed_count_includes_what_was_posted(small, folder, landing, tmp_path):
    checkpoint = tmp_path / "checkpoint.json"
    post(small, Sequential(), folder(), count=130, checkpoint=checkpoint)
    result = post(small, Sequential(), folder(), count=200, checkpoint=checkpoint, resume=True)
    assert (result.acknowledged, result.posted) == (200, 70)
    assert_landed(landing, Counter(range(200)))


def test_without_resuming_a_checkpoint_is_begun_anew(small, folder, landing, tmp_path):
    checkpoint = tmp_path / "checkpoint.json"
    post(small, Sequential(), folder(), count=130, checkpoint=checkpoint)
    post(small, Sequential(), folder(), count=50, checkpoint=checkpoint)
    assert json.loads(checkpoint.read_text())["postings"] == 50
    assert_landed(landing, Counter(range(130)) + Counter(range(50)))


def test_progress_counts_the_postings_of_the_order(small, folder, tmp_path):
    reported, checkpoint = [], tmp_path / "checkpoint.json"
    post(small, Sequential(), folder(), count=130, checkpoint=checkpoint)
    post(small, Sequential(batch=400), folder(), checkpoint=checkpoint, resume=True, progress=reported.append)
    assert reported == [530, 930, 1_000]


@pytest.mark.parametrize(("rate", "seconds"), [(0.5, 38), (20, 0.95), (3, 19 / 3)])
def test_rate(small, folder, rate, seconds):
    hours, times = Hours(), []
    post(
        small, Sequential(0, 20), folder(), rate=rate, **hours.options,
        progress=lambda _: times.append(hours.now),
    )  # fmt: skip
    assert len(times) == 20
    assert times[0] == 0
    assert times[-1] == pytest.approx(seconds, rel=1e-6)


def test_a_destination_that_was_slow_is_caught_up_with(small, folder):
    hours, sent = Hours(), []

    def slow(count):
        sent.append(count)
        hours.now += 1.0 if count == 1 else 0.0

    post(small, Sequential(0, 30), folder(), rate=10, **hours.options, progress=slow)
    assert sent[:2] == [1, 11]
    assert hours.now == pytest.approx(2.9)


def test_a_stop_ends_the_waiting(small, folder, landing):
    hours = Hours(end=3.0)
    result = post(
        small,
        Sequential(),
        folder(),
        rate=1,
        **hours.options,
    )
    assert (result.acknowledged, result.stopped) == (3, True)
    assert_landed(landing, Counter(range(3)))


@pytest.mark.parametrize("options", [{"count": -1}, {"rate": 0}, {"rate": -2.0}, {"resume": True}])
def test_options_out_of_range(small, folder, options):
    with pytest.raises(ValueError, match=next(iter(options))):
        post(small, Sequential(), folder(), **options)
