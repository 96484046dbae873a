"""A data file, or the whole folder, of a raw table is lost, and the landing zone has its rows or has them no more."""

from __future__ import annotations

import shutil

from pinterest_platform_tests.rehearsals.conftest import Site, ride


def test_data_file_that_landing_covers(site: Site) -> None:
    before = site.all_rows()
    site.data_files("raw/ride")[1].unlink()
    site.land(15, [ride(15)])
    assert "part-" in site("run", fails=True), "the step names the file"

    told = site("repair", "raw/ride", "--drop-lost")
    assert "kafka_offset 10 to 12" in told
    assert "Files removed from the table: 1." in told
    site("run")
    after = site.all_rows()
    assert [len(after[table]) - len(before[table]) for table in ("raw/ride", "raw/rejected")] == [1, 0]
    assert set(before["raw/ride"]) < set(after["raw/ride"])
    assert "Every table has the rows" in site("restore", "--dry-run")


def test_data_file_that_landing_does_not_cover(site: Site) -> None:
    """All that is left stays, what landing has no more among it, and the gap is named."""
    before = site.rows("raw/ride")
    site.data_files("raw/ride")[1].unlink()
    for path in sorted(site.landing.glob("*.json"))[:2]:
        path.unlink()
    assert "would lose rows" in site("run", "--full-refresh", "landing", fails=True)

    site("repair", "raw/ride", "--drop-lost")
    told = site("run")
    assert "offsets_have_no_gaps" in told
    after = site.rows("raw/ride")
    assert (len(before), len(after)) == (13, 11)
    assert set(after) < set(before)


def test_whole_folder_that_landing_does_not_cover(site: Site) -> None:
    """What was made of it is not replaced by less until somebody takes the loss."""
    cleaned = site.rows("cleaned/ride")
    shutil.rmtree(site.lake / "raw/ride")
    sorted(site.landing.glob("*.json"))[0].unlink()
    told = site("run", fails=True)
    assert "raw/ride was recreated or restored and has 4 rows" in told
    assert site.rows("cleaned/ride") == cleaned
    site("run", "--full-refresh", "raw")
    assert len(site.rows("cleaned/ride")) == 3
