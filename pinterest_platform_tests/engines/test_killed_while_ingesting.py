"""kill -9 at each step of an ingestion: the next one finds what is missing, and nothing twice."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.engines.children import run_to_death
from pinterest_platform_tests.landing_data import Landing, pin, same_as_clean_run, touch_later

TWO_BATCHES = {"landing.batches:BATCH_OBJECTS": 3}
RAW = "engines.duckdb.raw"

#: In the order in which an ingestion of two batches comes to them.
STEPS = [
    "before landing.parser:Parser.parse#1",
    f"before {RAW}:RawTables.find_new#1",
    f"before {RAW}:RawTables.commit_rejected#1",
    "after lake.files:write_files#1",
    f"before {RAW}:commit#1",
    f"after {RAW}:commit#1",
    f"before {RAW}:RawTables.commit_raw#1",
    "after lake.files:write_files#2",
    f"before {RAW}:commit#2",
    f"after {RAW}:commit#2",
    "before landing.parser:Parser.parse#2",
    f"after {RAW}:commit#3",
    f"after {RAW}:commit#4",
    "before lake.maintenance:compact_if_fragmented#1",
]
MAINTENANCE = [
    "before lake.maintenance:join_files#1",
    "after lake.maintenance:write_files#1",
    "after lake.maintenance:commit#1",
    "before lake.maintenance:join_files#2",
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


@pytest.mark.parametrize("step", [STEPS[n] for n in (3, 5, 7, 9, 11)])
def test_killed_at_a_step_of_the_first_run(tmp_path, platform, landing, step):
    for number in range(2):
        land_next(landing, number)
    run_to_death(tmp_path, "ingest pin", step, constants=TWO_BATCHES)
    platform.engine.ingest("pin")
    assert platform.offsets() == list(range(20))
    same_as_clean_run(platform, tmp_path / "clean")


def test_killed_at_every_step_one_after_the_other(tmp_path, platform, landing):
    """Each run finds what the one before left, and more that landed meanwhile."""
    constants = TWO_BATCHES | {"lake.maintenance:_SMALL_FILES": 2}
    for number, step in enumerate([*STEPS, *MAINTENANCE]):
        land_next(landing, number)
        run_to_death(tmp_path, "ingest pin", step, constants=constants)
        assert sorted(set(platform.offsets())) == platform.offsets()
    platform.engine.ingest("pin")
    assert platform.offsets() == list(range(10 * len([*STEPS, *MAINTENANCE])))
    same_as_clean_run(platform, tmp_path / "clean")


@pytest.mark.parametrize(
    "step",
    [
        "before lake.tables:Lake.ensure#1",
        "after lake.tables:Lake.ensure#1",
        "after lake.tables:Lake.ensure#2",
    ],
)
def test_killed_while_tables_are_made(tmp_path, platform, landing, step):
    landing.put(0, [pin(), b"garbage"])
    run_to_death(tmp_path, "ingest pin", step)
    platform.engine.ingest("pin")
    assert platform.offsets() == [0, 1]
