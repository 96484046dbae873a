"""Raw tables taken back to an earlier version, or that go on without lost files: landing gives back what it has."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta

import pytest

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.losses import drop_lost
from pinterest_platform.lake.restore import restore
from pinterest_platform_tests.landing_data import pin, same_as_clean_run


@pytest.fixture
def made(platform, landing):
    """Raw with the offsets 0 to 9 of two partitions, two a commit, the last of each a rejected line; and what is made
    of it. The engine has not seen its tables since."""
    for start in range(0, 10, 2):
        for partition in (0, 2):
            last = b"garbage" if start == 8 else pin(start + 1)
            landing.put(start, [pin(start), last], partition=partition)
            platform.engine.ingest("pin")
        platform.engine.refresh("cleaned/pin")
    platform.engine.close()
    return platform


def lake(platform):
    return Lake(str(platform.root / "lake"))


def cleaned(platform):
    return platform.rows("SELECT * FROM cleaned.pin ORDER BY ind")


def data_files(platform):
    """Those of raw, the oldest first."""
    return sorted((platform.root / "lake/raw/pin").glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)


@pytest.mark.parametrize("version", [0, 1, 6, 9])
def test_next_run_reads_again_what_came_later(made, version):
    before = cleaned(made)
    made.engine.close()
    restore(lake(made), "raw/pin", version)
    made.engine.ingest("pin")
    same_as_clean_run(made, made.root / "clean")
    assert made.engine.refresh("cleaned/pin").outcome == "replaced", "it may have been made of what is gone"
    assert cleaned(made) == before
    assert made.engine.refresh("cleaned/pin").outcome == "unchanged"


def test_whole_lake_at_a_time(made):
    """Rejected lines are taken back with the rest, and come again."""
    before = cleaned(made)
    made.engine.close()
    moment = datetime.now(UTC) - timedelta(days=1)
    for address in ("raw/pin", "raw/rejected", "cleaned/pin"):
        restore(lake(made), address, moment)
    assert (made.raw(), made.rejected(), cleaned(made)) == ([], [], [])
    made.engine.ingest("pin")
    made.engine.refresh("cleaned/pin")
    same_as_clean_run(made, made.root / "clean")
    assert cleaned(made) == before


def test_version_that_is_another_one_now(made, landing):
    """The folder of yesterday is put in the place of raw, and grows by other commits to the version that `cleaned/pin`
    was computed from."""
    folder, version = made.root / "lake/raw/pin", made.version("raw/pin")
    backup = shutil.copytree(folder, made.root / "backup")
    landing.put(10, [pin(10), pin(11)])
    made.engine.ingest("pin")
    made.engine.refresh("cleaned/pin")
    assert made.version("raw/pin") == version + 1
    made.engine.close()
    shutil.rmtree(folder)
    backup.rename(folder)
    landing.put(10, [pin(10, category="other"), pin(11)])
    made.engine.ingest("pin")
    assert made.version("raw/pin") == version + 1
    assert made.engine.refresh("cleaned/pin").outcome == "replaced"
    assert made.rows("SELECT category FROM cleaned.pin WHERE ind = 10") == [("other",)]
    assert made.engine.refresh("cleaned/pin").outcome == "unchanged"


def test_what_landing_lacks_is_not_lost_without_a_word(made, landing):
    """The next run reads what there is; a table that was made of more refuses, until the loss is taken."""
    restore(lake(made), "raw/pin", 6)
    landing.path(8, partition=2).unlink()
    made.engine.ingest("pin")
    with pytest.raises(
        LakeError, match=r"cleaned/pin: raw/pin was recreated or restored and has 17 rows, but .* computed from 18"
    ):
        made.engine.refresh("cleaned/pin")
    made.engine.refresh("cleaned/pin", full_refresh=True)


@pytest.mark.parametrize("damage", ["gone", "cut off"])
def test_lost_file_that_landing_has(made, damage):
    before = cleaned(made)
    made.engine.close()
    file = data_files(made)[3]
    file.unlink() if damage == "gone" else file.write_bytes(file.read_bytes()[:100])
    [lost] = drop_lost(lake(made), "raw/pin")
    assert (lost.name, lost.rows, lost.bounds["kafka_offset"]) == (file.name, 2, (2, 3))
    assert len(made.raw()) == 16
    made.engine.ingest("pin")
    same_as_clean_run(made, made.root / "clean")
    made.engine.refresh("cleaned/pin")
    assert cleaned(made) == before
    assert drop_lost(lake(made), "raw/pin") == []


def test_lost_file_that_landing_has_no_more(made, landing):
    """All other rows stay, those that landing lacks too, and none is there twice."""
    before = made.raw()
    made.engine.close()
    data_files(made)[3].unlink()
    for start in (0, 2):
        landing.path(start, partition=2).unlink()
    with pytest.raises(LakeError, match="would lose rows"):
        made.engine.ingest("pin", full_refresh=True)
    made.engine.close()
    drop_lost(lake(made), "raw/pin")
    landing.put(10, [pin(10)])
    assert made.engine.ingest("pin").rows_added == 1
    rows = made.raw()
    assert len(rows) == len(before) - 2 + 1
    assert len([row for row in before if row not in rows]) == 2
    assert made.engine.refresh("cleaned/pin").outcome == "replaced"
    landing.put(11, [pin(11)])
    assert made.engine.ingest("pin").rows_added == 1
    assert made.engine.refresh("cleaned/pin").outcome == "merged"


def test_lost_file_is_only_named_by_a_dry_run(made):
    data_files(made)[3].unlink()
    before = lake(made).require("raw/pin").version()
    assert len(drop_lost(lake(made), "raw/pin", dry_run=True)) == 1
    assert lake(made).require("raw/pin").version() == before
