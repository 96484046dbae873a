"""A topic that somebody wrote rubbish into: lines that fit nothing, and lines that fit and are wrong."""

from __future__ import annotations

import shutil

from pinterest_platform_tests.rehearsals.conftest import Site, moment, ride


def test_lines_that_fit_nothing_stop_nothing(site: Site) -> None:
    poison = [
        "[" * 3_000 + "]" * 3_000,
        "\x00\x01",
        '{"ride_id": 99',
        "null",
        *(ride(n, fare="x") for n in range(1, 101)),
    ]
    site.land(15, [*poison, ride(15)])
    site("run")
    told = site("rejected")
    assert "100" in told
    assert "nested" in told
    assert any('"ride_id": 15' in row for row in site.rows("cleaned/ride"))


def test_wrong_records_that_fit_are_taken_out(site: Site) -> None:
    """All tables go back to before they came, their objects out of the landing zone, and what is good comes again."""
    before, before_it = site.all_rows(), moment()
    poison = site.land(15, [ride(number, fare=0.0, zone="Nowhere") for number in range(1, 9)])
    site("run")
    assert "Nowhere" in "".join(site.rows("analytics/rides_by_zone"))
    site.land(23, [ride(16)])
    site("run")

    away = site.folder / "poison"
    away.mkdir()
    shutil.move(poison, away)
    site("restore", "--as-of", before_it)
    told = site("run")
    assert "offsets_have_no_gaps" in told, "the gap is where the poison was"
    after = site.all_rows()
    assert set(before["raw/ride"]) < set(after["raw/ride"])
    assert [len(after[table]) - len(before[table]) for table in ("raw/ride", "raw/rejected", "cleaned/ride")] == [
        1,
        0,
        1,
    ]
    assert "Nowhere" not in "".join(after["analytics/rides_by_zone"])


def test_wrong_records_are_sent_again_as_they_should_be(site: Site) -> None:
    """Where their keys are known and few: the newest record of a key counts, and a key without a value deletes it."""
    cleaned = site.rows("cleaned/ride")
    site.land(15, [ride(13, fare=0.0), ride(666)])
    site("run")
    site.land(17, [ride(13), {"_tombstone": "666"}])
    site("run")
    assert site.rows("cleaned/ride") == cleaned
