"""A run that ends between two batches leaves a position from which the rest is found, also where objects overlap."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.landing import batches
from pinterest_platform_tests.landing_data import open_platform, pin, touch_later


class StopError(Exception):
    """The run ends here."""


def stop_after(batch: int):
    """A progress that ends the run after some batches."""
    left = [batch]

    def progress(_done: int, _total: int) -> None:
        left[0] -= 1
        if not left[0]:
            raise StopError

    return progress


@pytest.fixture
def one_object_a_batch(monkeypatch):
    monkeypatch.setattr(batches, "BATCH_OBJECTS", 1)


@pytest.mark.usefixtures("one_object_a_batch")
@pytest.mark.parametrize("stops", [[1], [2, 1], [1, 1, 1]])
def test_overlapping_objects(platform, landing, stops):
    """The second begins below the end of the first, and the position after the first must not hide it."""
    landing.put(0, [pin(n) for n in range(10)])
    landing.put(5, [pin(n) for n in range(5, 20)])
    landing.put(15, [pin(n) for n in range(15, 30)])
    landing.put(18, [pin(n) for n in range(18, 40)])
    for batch in stops:
        with pytest.raises(StopError):
            platform.engine.ingest("pin", progress=stop_after(batch))
    platform.engine.ingest("pin")
    assert platform.offsets() == list(range(40))


@pytest.mark.usefixtures("one_object_a_batch")
def test_several_partitions(platform, landing):
    for partition in range(3):
        landing.put(0, [pin(n) for n in range(4)], partition=partition)
        landing.put(2, [pin(n) for n in range(2, 6)], partition=partition)
    for _ in range(5):
        with pytest.raises(StopError):
            platform.engine.ingest("pin", progress=stop_after(1))
    platform.engine.ingest("pin")
    assert [(row[-3], row[-2]) for row in platform.raw()] == [(p, n) for p in range(3) for n in range(6)]


OBJECTS = st.tuples(st.integers(0, 12), st.integers(1, 8))
RUNS = st.lists(st.tuples(st.lists(OBJECTS, max_size=3), st.integers(1, 3), st.booleans()), min_size=1, max_size=4)


@pytest.mark.usefixtures("one_object_a_batch")
@given(runs=RUNS)
@settings(deadline=None)
def test_any_objects_and_any_stops(tmp_path_factory, runs):
    """Runs are (objects that land or are written again, stop after so many batches, or not at all)."""
    platform = open_platform(tmp_path_factory.mktemp("runs"))
    expected = set()
    for objects, batch, stops in [*runs, ([], 1, False)]:
        for start, lines in objects:
            path = platform.landing.path(start)
            if path.exists():
                touch_later(path)
            held = path.read_bytes().splitlines() if path.exists() else []
            lines = max(lines, len(held))
            platform.landing.put(start, [pin(n) for n in range(start, start + lines)])
            expected |= set(range(start, start + lines))
        with suppress(StopError):
            platform.engine.ingest("pin", progress=stop_after(batch if stops else 0))
    assert platform.offsets() == sorted(expected)
    assert [row[0] for row in platform.raw()] == sorted(expected)
    platform.engine.close()
