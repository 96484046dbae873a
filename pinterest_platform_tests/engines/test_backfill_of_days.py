"""What people backfill days for, without partitions: days that land late, and days whose rows are lost."""

from __future__ import annotations

import pytest
from deltalake import DeltaTable

from pinterest_platform_tests.landing_data import PREFIX, Platform, pin, wait_for_settled

TOPIC = f"{PREFIX}.pin"


def land(platform: Platform, day: str, *offsets: int) -> None:
    """An object of a day, as Connect's time-based partitioner names its folder."""
    year, month, date = day.split("-")
    folder = platform.root / "landing" / "topics" / TOPIC / f"year={year}" / f"month={month}" / f"day={date}"
    folder.mkdir(parents=True)
    lines = b"".join(pin(offset) + b"\n" for offset in offsets)
    file = folder / f"{TOPIC}+0+{offsets[0]:010}.json"
    file.write_bytes(lines)
    wait_for_settled(file)


@pytest.fixture
def with_may(platform: Platform) -> Platform:
    land(platform, "2026-05-01", 0, 1)
    land(platform, "2026-05-02", 2, 3)
    land(platform, "2026-06-01", 4, 5)
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    return platform


def test_day_that_landed_late_is_taken_by_the_next_run(with_may: Platform) -> None:
    land(with_may, "2026-05-31", 6, 7)
    result = with_may.engine.ingest("pin")
    assert (result.objects, result.rows_added) == (1, 2)
    assert with_may.engine.refresh("cleaned/pin").outcome == "merged"
    assert with_may.rows("SELECT COUNT(*) FROM cleaned.pin") == [(8,)]


def test_lost_rows_of_a_month_come_back_once(with_may: Platform) -> None:
    before, cleaned = with_may.raw(), with_may.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    DeltaTable(with_may.root / "lake" / "raw" / "pin").delete("landing_file LIKE '%/month=05/%'")
    # It knows how far it is, so a plain run reads nothing again.
    assert with_may.engine.ingest("pin").rows_added == 0
    assert len(with_may.raw()) == 2
    result = with_may.engine.ingest("pin", full_refresh=True)
    assert (result.objects, result.rows_total) == (3, 6)
    assert with_may.raw() == before
    assert with_may.engine.refresh("cleaned/pin").outcome == "replaced"
    assert with_may.rows("SELECT * FROM cleaned.pin ORDER BY ind") == cleaned
