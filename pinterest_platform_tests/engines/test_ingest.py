"""New landing objects arrive in raw and rejected: each offset once, whatever the writers of the landing zone do."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from pinterest_platform.landing import batches, listing
from pinterest_platform.landing.store import LandingError
from pinterest_platform_tests.landing_data import (
    Platform,
    engine_over,
    geo,
    pin,
    same_as_clean_run,
    touch_later,
    user,
    wait_for_settled,
)


def test_nothing_landed(platform):
    result = platform.engine.ingest("pin")
    assert (result.objects, result.lines, result.rows_added, result.rows_total) == (0, 0, 0, 0)
    assert platform.raw() == []
    assert platform.engine.ingest("pin").version == result.version


def test_first_objects(platform, landing):
    landing.put(0, [pin(5, title="x", _kafka_ts=1_600_000_000_123), b"garbage", pin(6)])
    landing.put(3, [pin(7)])
    before = datetime.now(UTC).replace(tzinfo=None)
    result = platform.engine.ingest("pin")
    assert (result.record, result.topic) == ("pin", "t.pin")
    assert (result.objects, result.lines, result.bytes) == (
        2,
        4,
        sum(f.stat().st_size for f in landing.root.rglob("*.json")),
    )
    assert (result.rows_added, result.rows_rejected, result.rows_known, result.rows_total) == (3, 1, 0, 3)
    assert (result.positions, result.first_offsets, result.strangers) == ({0: 4}, {0: 0}, ())
    assert [(row[0], row[2], row[-4], row[-3], row[-2]) for row in platform.raw()] == [
        (5, "x", "t.pin", 0, 0),
        (6, None, "t.pin", 0, 2),
        (7, None, "t.pin", 0, 3),
    ]
    assert platform.raw()[0][-1] == datetime(2020, 9, 13, 12, 26, 40, 123_000)
    assert platform.rejected() == [("t.pin", 0, 1, "garbage", "not JSON: expected one JSON object")]
    files = platform.rows("SELECT DISTINCT landing_file FROM raw.pin ORDER BY 1")
    assert [file for (file,) in files] == [f"topics/t.pin/partition=0/t.pin+0+000000000{n}.json" for n in (0, 3)]
    times = platform.rows("SELECT DISTINCT ingested_at FROM raw.pin UNION SELECT ingested_at FROM raw.rejected")
    assert all(before - timedelta(seconds=1) <= time <= datetime.now(UTC).replace(tzinfo=None) for (time,) in times)


def test_all_three_records(platform, landing):
    landing.put(0, [pin()])
    landing.put(0, [geo(), geo(latitude=99)], record="geo")
    landing.put(0, [user(), pin()], record="user")
    for record in ("pin", "geo", "user"):
        assert platform.engine.ingest(record).rows_added == 1
    assert [(topic, offset) for topic, _, offset, *_ in platform.rejected()] == [("t.geo", 1), ("t.user", 1)]


def test_again_changes_nothing(platform, landing):
    landing.put(0, [pin(), b"garbage"])
    platform.engine.ingest("pin")
    versions = platform.version("raw/pin"), platform.version("raw/rejected")
    for _ in range(2):
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_rejected) == (0, 0)
    assert platform.offsets() == [0, 1]
    assert platform.version("raw/rejected") == versions[1]


def test_more_and_more(platform, landing):
    for start in range(0, 50, 5):
        landing.put(start, [pin(start + n) for n in range(5)])
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_total) == (5, start + 5)
    assert platform.offsets() == list(range(50))


def test_several_partitions(platform, landing):
    for partition in (0, 3, 11):
        landing.put(10 * partition, [pin(partition), b"garbage"], partition=partition)
    result = platform.engine.ingest("pin")
    assert result.positions == {0: 2, 3: 32, 11: 112}
    landing.put(32, [pin(99)], partition=3)
    assert platform.engine.ingest("pin").rows_added == 1
    assert [(row[0], row[-3], row[-2]) for row in platform.raw()] == [(0, 0, 0), (3, 3, 30), (99, 3, 32), (11, 11, 110)]


class TestObjectsThatAreWrittenTwice:
    def test_resent_object(self, platform, landing):
        for _ in range(3):
            touch_later(landing.put(0, [pin(1), b"garbage", pin(2)]))
            platform.engine.ingest("pin")
        assert platform.offsets() == [0, 1, 2]
        same_as_clean_run(platform, platform.root / "clean")

    def test_recut_object(self, platform, landing):
        """0-49 becomes 0-999 after 50-59 was there."""
        lines = [pin(n) if n % 10 else b"garbage" for n in range(1000)]
        path = landing.put(0, lines[:50])
        wait_for_settled(landing.put(50, lines[50:60]))
        platform.engine.ingest("pin")
        touch_later(path)
        landing.put(0, lines)
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_rejected, result.rows_known) == (846, 94, 60)
        assert platform.offsets() == list(range(1000))
        same_as_clean_run(platform, platform.root / "clean")

    def test_recut_object_beyond_the_lookback(self, platform, landing, monkeypatch):
        monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 2)
        path = landing.put(0, [pin(n) for n in range(10)])
        for start in range(10, 20):
            landing.put(start, [pin(start)])
        platform.engine.ingest("pin")
        touch_later(path)
        landing.put(0, [pin(n) for n in range(100)])
        landing.put(100, [pin(100)])
        assert platform.engine.ingest("pin").rows_added == 81
        assert platform.offsets() == list(range(101))

    def test_object_that_begins_below_the_watermark(self, platform, landing):
        wait_for_settled(landing.put(0, [pin(n) for n in range(10)]))
        platform.engine.ingest("pin")
        landing.put(5, [pin(n) for n in range(5, 15)])
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_known) == (5, 5)
        assert platform.offsets() == list(range(15))

    def test_overlap_within_one_run(self, platform, landing):
        for start, stop in ((0, 10), (5, 15), (7, 8), (0, 20)):
            landing.put(start, [pin(n) for n in range(start, stop)], pad=10 + start)
        landing.put(0, [pin(n) if n != 3 else b"garbage" for n in range(10)], pad=20)
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_rejected) == (20, 0), "what fits in one object is not rejected"
        assert platform.offsets() == list(range(20))

    def test_late_object(self, platform, landing):
        landing.put(0, [pin(0)])
        landing.put(20, [pin(20)])
        assert platform.engine.ingest("pin").rows_added == 2
        landing.put(10, [pin(n) for n in range(10, 20)])
        landing.put(1, [pin(n) for n in range(1, 10)])
        assert platform.engine.ingest("pin").rows_added == 19
        assert platform.offsets() == list(range(21))

    def test_pad_widths_mixed(self, platform, landing):
        landing.put(0, [pin(0), pin(1)], pad=10)
        landing.put(2, [pin(2)], pad=20)
        landing.put(0, [pin(0), pin(1), pin(2), pin(3)], pad=20)
        platform.engine.ingest("pin")
        assert platform.offsets() == [0, 1, 2, 3]


class TestHalfWrittenObjects:
    def test_line_rejected_first_is_superseded(self, platform, landing):
        path = landing.put(0, pin(0) + b"\n" + pin(1)[:20])
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_rejected) == (1, 1)
        touch_later(path)
        landing.put(0, [pin(0), pin(1), pin(2), b"garbage"])
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_rejected) == (2, 1)
        assert platform.offsets() == [0, 1, 2, 3]
        same_as_clean_run(platform, platform.root / "clean")

    def test_only_its_own_line_leaves_rejected(self, platform, landing):
        landing.put(0, [b"garbage", geo()], record="pin")
        landing.put(0, [b"garbage", pin()], record="geo")
        landing.put(0, [b"garbage"], partition=1)
        path = landing.put(2, pin(0)[:10])
        for record in ("pin", "geo"):
            platform.engine.ingest(record)
        touch_later(path)
        landing.put(2, [pin(0)])
        platform.engine.ingest("pin")
        assert [row[:3] for row in platform.rejected()] == [
            *(("t.geo", 0, offset) for offset in (0, 1)),
            *(("t.pin", 0, offset) for offset in (0, 1)),
            ("t.pin", 1, 0),
        ]
        assert [row[-2] for row in platform.raw()] == [2]

    def test_growing_line_by_line(self, platform, landing):
        """A writer that does not move objects into place, read all the time."""
        rng = random.Random(5)
        content = b"".join(pin(n, title="x" * rng.randrange(50)) + b"\n" for n in range(12))
        written = 0
        path = landing.put(0, b"")
        while written < len(content):
            touch_later(path)
            written = min(len(content), written + rng.randrange(1, 300))
            path.write_bytes(content[:written])
            platform.engine.ingest("pin")
        assert platform.offsets() == list(range(12))
        assert platform.rejected() == []

    def test_empty_object_until_it_is_written(self, platform, landing):
        path = landing.put(0, b"")
        assert platform.engine.ingest("pin").objects == 0
        landing.put(1, [pin(1)])
        platform.engine.ingest("pin")
        touch_later(path)
        landing.put(0, [pin(0)])
        assert platform.engine.ingest("pin").rows_added == 1
        assert platform.offsets() == [0, 1]


class TestOffsetsInLines:
    def test_gaps(self, platform, landing):
        landing.put(100, [pin(n, _offset=100 + 3 * n) for n in range(10)])
        assert platform.engine.ingest("pin").positions == {0: 128}
        landing.put(128, [pin(10, _offset=128)])
        platform.engine.ingest("pin")
        assert platform.offsets() == [*range(100, 128, 3), 128]

    def test_same_offset_twice_in_one_object(self, platform, landing):
        landing.put(0, [pin(0, _offset=5), pin(1, _offset=5), pin("x", _offset=5), pin(2, _offset=6)])
        result = platform.engine.ingest("pin")
        assert (result.rows_added, result.rows_known) == (2, 2)
        assert platform.offsets() == [5, 6]

    def test_one_absurd_offset_does_not_hide_what_comes_later(self, platform, landing):
        landing.put(0, [pin(0), pin(1, _offset=2**62)])
        platform.engine.ingest("pin")
        landing.put(2, [pin(2)])
        landing.put(3, [pin(3)])
        platform.engine.ingest("pin")
        assert platform.offsets() == [0, 2, 3, 2**62]


def test_strangers_are_reported_and_left_alone(platform, landing):
    path = landing.put(0, [pin()])
    path.with_name("notes.txt").write_bytes(pin(2))
    assert platform.engine.ingest("pin").strangers == ("topics/t.pin/partition=0/notes.txt",)
    assert platform.offsets() == [0]


def test_progress_is_reported_in_bytes(platform, landing, monkeypatch):
    monkeypatch.setattr(batches, "BATCH_OBJECTS", 2)
    sizes = [landing.put(start, [pin(start)]).stat().st_size for start in range(5)]
    seen = []
    platform.engine.ingest("pin", progress=lambda done, total: seen.append((done, total)))
    assert seen == [(sum(sizes[:n]), sum(sizes)) for n in (2, 4, 5)]


def test_batches_of_any_size_give_the_same(platform, landing, monkeypatch):
    for partition in (0, 1):
        for start in range(0, 30, 3):
            landing.put(start, [pin(start + n) if n else b"garbage" for n in range(3)], partition=partition)
    monkeypatch.setattr(batches, "BATCH_BYTES", 300)
    platform.engine.ingest("pin")
    monkeypatch.undo()
    same_as_clean_run(platform, platform.root / "clean")


def test_landing_that_cannot_be_read(platform):
    (platform.root / "landing").write_text("")
    with pytest.raises(LandingError, match=r"cannot read .*landing"):
        platform.engine.ingest("pin")


OTHERS = ("with blank", "pl+us", "it's", 'dq"', "日本 ñ 😀")  # Each part has tests of its own with these.


@pytest.mark.parametrize(
    "folder", ["a[b]c", "st*r?", "title=x", *(pytest.param(name, marks=pytest.mark.long) for name in OTHERS)]
)
def test_folder_names(tmp_path, folder):
    """Of landing zone and lake, through ingestion, two refreshes and a query; `abc` is there to be mistaken."""
    for name in ("abc", folder):
        root = tmp_path / name
        platform = Platform(root, engine_over(root))
        for start in (0, 2):
            platform.landing.put(start, [pin(n, title=name) for n in range(start, start + 3)])
            platform.engine.ingest("pin")
            platform.engine.refresh("cleaned/pin")
    assert platform.rows("SELECT DISTINCT title FROM cleaned.pin") == [(folder,)]
    assert platform.rows("SELECT ind FROM cleaned.pin ORDER BY ind") == [(n,) for n in range(5)]
    assert platform.engine.refresh("cleaned/pin").outcome == "unchanged"
    platform.engine.close()


def test_an_engine_can_be_used_after_it_was_closed(platform, landing):
    landing.put(0, [pin()])
    platform.engine.ingest("pin")
    platform.engine.close()
    platform.engine.close()
    assert platform.offsets() == [0]
