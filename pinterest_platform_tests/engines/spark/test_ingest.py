"""What an ingestion must do, asked of Spark: the tests are those of any engine, the rows are looked at with DuckDB."""

from __future__ import annotations

from pinterest_platform_tests.engines import test_ingest as any_engine
from pinterest_platform_tests.engines.test_ingest import (  # noqa: F401
    TestObjectsThatAreWrittenTwice,
    TestOffsetsInLines,
    test_again_changes_nothing,
    test_all_three_records,
    test_first_objects,
    test_nothing_landed,
    test_several_partitions,
)
from pinterest_platform_tests.landing.test_nasty_lines import BLANK, REJECTED
from pinterest_platform_tests.landing_data import pin, same_as_clean_run


class TestHalfWrittenObjects(any_engine.TestHalfWrittenObjects):
    #: Some forty ingestions, of which none differs from the others for the engine.
    test_growing_line_by_line = None


def test_nasty_lines(platform, landing):
    lines = [part for number, (line, _) in enumerate([*BLANK, *REJECTED]) for part in (line, pin(number))]
    landing.put(0, [*lines, b"\xff\xfe", pin(7, title="\xa0 \U0001f600 \u4e2d 'it''s' $1 \\1")])
    landing.put(0, [pin(1, title=..., description=None, follower_count=12, downloaded=True)], partition=3)
    platform.engine.ingest("pin")
    same_as_clean_run(platform, platform.root / "clean")


def test_more_objects_than_one_task_takes(platform, landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.engines.spark.parsing.TASK_OBJECTS", 2)
    monkeypatch.setattr("pinterest_platform.engines.spark.ingest._BATCH_OBJECTS", 6)
    for start in range(0, 30, 3):
        landing.put(start, [pin(start), b"garbage", pin(start + 2)], partition=start % 2)
    result = platform.engine.ingest("pin")
    assert (result.objects, result.lines, result.rows_added, result.rows_rejected) == (10, 30, 20, 10)
    same_as_clean_run(platform, platform.root / "clean")


def test_full_refresh_from_landing(platform, landing):
    landing.put(0, [pin(n) for n in range(5)])
    platform.engine.ingest("pin")
    platform.engine.ingest("pin", full_refresh=True)
    assert platform.offsets() == [0, 1, 2, 3, 4]


def test_rejected_lines_are_released(platform, landing):
    landing.put(0, [b"garbage", pin(1)])
    platform.engine.ingest("pin")
    assert platform.engine.release("pin") == 0
    landing.put(2, [pin(2)])
    assert platform.engine.ingest("pin").rows_added == 1
    assert platform.offsets() == [0, 1, 2]
