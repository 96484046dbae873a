"""What an ingestion must do, asked of Spark: the tests are those of any engine, the rows are looked at with DuckDB."""

from __future__ import annotations

import gzip

import pytest

from pinterest_platform.landing.store import LandingError
from pinterest_platform_tests.engines import test_ingest as any_engine
from pinterest_platform_tests.landing.test_nasty_lines import BLANK, REJECTED
from pinterest_platform_tests.landing_data import pin, same_as_clean_run


def test_recut_object(platform, landing):
    any_engine.TestObjectsThatAreWrittenTwice().test_recut_object(platform, landing)


def test_overlap_within_one_run(platform, landing):
    any_engine.TestObjectsThatAreWrittenTwice().test_overlap_within_one_run(platform, landing)


def test_line_rejected_first_is_superseded(platform, landing):
    any_engine.TestHalfWrittenObjects().test_line_rejected_first_is_superseded(platform, landing)


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


def test_packed_objects_in_folders_of_a_field(platform, landing):
    """One record in two folders is one; two of one offset, and nothing says which is which, are refused."""

    def put(folder, start, *lines):
        path = landing.root / f"topics/t.pin/category={folder}/t.pin+0+{start:010}.json.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(b"".join(line + b"\n" for line in lines)))

    put("art", 0, pin(0), b'{"schema": null, "payload": ' + pin(1) + b"}", b"garbage")
    put("food", 2, b"garbage", pin(3))
    platform.engine.ingest("pin")
    same_as_clean_run(platform, platform.root / "clean")
    put("music", 1, pin(9))
    with pytest.raises(LandingError, match="different records at offset 1 of partition 0"):
        platform.engine.ingest("pin")
    assert platform.offsets() == [0, 1, 2, 3]


def test_full_refresh_from_landing(platform, landing):
    landing.put(0, [pin(n) for n in range(5)])
    platform.engine.ingest("pin")
    platform.engine.ingest("pin", full_refresh=True)
    assert platform.offsets() == [0, 1, 2, 3, 4]
