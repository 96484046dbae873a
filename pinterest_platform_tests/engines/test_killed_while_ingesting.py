"""kill -9 at each moment of an ingestion: the next one finds what is missing, and nothing twice."""

from __future__ import annotations

import pytest

from pinterest_platform.failpoints import Failpoint
from pinterest_platform_tests.engines.children import Death, run_to_death
from pinterest_platform_tests.landing_data import Landing, pin, same_as_clean_run, touch_later

TWO_BATCHES = {"landing.batches:BATCH_OBJECTS": 3}
RAW, REJECTED = "raw/pin", "raw/rejected"

#: In the order in which an ingestion of two batches comes to them.
DEATHS = [
    Death(Failpoint.BATCH_OPENED),
    Death(Failpoint.LINES_PARSED),
    Death(Failpoint.NEW_LINES_FOUND),
    Death(Failpoint.FILES_WRITTEN, REJECTED),
    Death(Failpoint.COMMITTED, REJECTED),
    Death(Failpoint.FILES_WRITTEN, RAW),
    Death(Failpoint.COMMITTED, RAW),
    Death(Failpoint.BATCH_OPENED, nth=2),
    Death(Failpoint.COMMITTED, REJECTED, 2),
    Death(Failpoint.COMMITTED, RAW, 2),
    Death(Failpoint.INGESTED),
    Death(Failpoint.FILES_CHOSEN),
    Death(Failpoint.FILES_WRITTEN, RAW, 3),
    Death(Failpoint.FILES_JOINED),
    Death(Failpoint.FILES_CHOSEN, nth=2),
]


def land_next(landing: Landing, number: int) -> None:
    """Five objects with two lines each, one of them garbage; the object before is written whole and more."""
    start = 10 * number
    if number:
        path = landing.path(start - 2)
        touch_later(path)
        landing.put(start - 2, [pin(start - 2, title="[x]"), pin(start - 1)])
    for offset in range(start, start + 8, 2):
        landing.put(offset, [pin(offset, title="[x]"), b"garbage"])
    landing.put(start + 8, pin(start + 8, title="[x]") + b"\n" + pin(start + 9)[:25])


@pytest.mark.parametrize("death", [*(pytest.param(d, marks=pytest.mark.long) for d in DEATHS[3:6]), DEATHS[6]], ids=str)
def test_killed_in_the_first_run(tmp_path, platform, landing, death):
    for number in range(2):
        land_next(landing, number)
    run_to_death(tmp_path, "ingest pin", death, constants=TWO_BATCHES)
    platform.engine.ingest("pin")
    assert platform.offsets() == list(range(20))
    same_as_clean_run(platform, tmp_path / "clean")


def test_killed_at_every_moment_one_after_the_other(tmp_path, platform, landing):
    """Each run finds what the one before left, and more that landed meanwhile."""
    constants = TWO_BATCHES | {"lake.maintenance:_SMALL_FILES": 2}
    for number, death in enumerate(DEATHS):
        land_next(landing, number)
        run_to_death(tmp_path, "ingest pin", death, constants=constants)
        assert sorted(set(platform.offsets())) == platform.offsets()
    platform.engine.ingest("pin")
    assert platform.offsets() == list(range(10 * len(DEATHS)))
    same_as_clean_run(platform, tmp_path / "clean")


@pytest.mark.parametrize("table", [RAW, REJECTED])
def test_killed_while_tables_are_made(tmp_path, platform, landing, table):
    landing.put(0, [pin(), b"garbage"])
    run_to_death(tmp_path, "ingest pin", Death(Failpoint.TABLE_READY, table))
    platform.engine.ingest("pin")
    assert platform.offsets() == [0, 1]
