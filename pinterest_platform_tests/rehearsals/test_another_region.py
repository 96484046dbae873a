"""A copy of a lake whose newest files have not all arrived, in no order: as S3 replicates buckets."""

from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform_tests.rehearsals.conftest import TABLES, Site, ride


@pytest.fixture(scope="module")
def source(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The region that will be lost, after two runs more."""
    site = Site(shutil.copytree(made, tmp_path_factory.mktemp("source") / "rides"))
    for start in (15, 17):
        site.land(start, [ride(start), ride(start + 1, fare="free")])
        site("run")
    return site


def replica(source: Site, folder: Path, *, missing: list[Path], landed: bool = True) -> Site:
    """The other region: all files of the lake but some, relative to it; the landing zone whole or without its last
    object."""
    shutil.copytree(source.folder, folder / "rides", ignore=shutil.ignore_patterns("data"))
    there = Site(folder / "rides")
    shutil.copytree(source.folder / "data/landing", there.folder / "data/landing")
    if not landed:
        sorted(there.landing.glob("*.json"))[-1].unlink()
    for path in files(source):
        if path not in missing:
            copy = there.lake / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source.lake / path, copy)
    return there


def files(source: Site) -> list[Path]:
    """Files of the tables, the oldest first."""
    found = [path for table in TABLES for path in (source.lake / table).rglob("*") if path.is_file()]
    return [path.relative_to(source.lake) for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))])
def test_newest_files_did_not_arrive(source: Site, tmp_path: Path, seed: int) -> None:
    """Each table goes back to its newest version that is whole; the landing zone gives what is behind that."""
    dice = random.Random(seed)
    newest = files(source)[-20:]
    there = replica(source, tmp_path, missing=dice.sample(newest, 8))
    there("restore")
    assert "Every table has the rows of its newest version" in there("restore", "--dry-run")
    there("run", "--full-refresh", "landing")
    assert there.all_rows() == source.all_rows()


def test_last_landing_object_did_not_arrive_either(source: Site, tmp_path: Path) -> None:
    """What was made of it is not replaced by less until somebody takes the loss."""
    commits = [path for path in files(source) if path.parent == Path("raw/ride/_delta_log")]
    there = replica(source, tmp_path, missing=commits[-1:], landed=False)
    there("restore")
    assert "raw/ride was recreated or restored and has 14 rows, but this table was computed from 15" in there(
        "run", fails=True
    )
    there("run", "--full-refresh", "raw")
    assert set(there.rows("raw/ride")) < set(source.rows("raw/ride"))
    assert len(there.rows("cleaned/ride")) == len(source.rows("cleaned/ride")) - 1


def test_new_topics_under_another_prefix(source: Site, tmp_path: Path) -> None:
    """Their offsets begin at 0. What they bring counts before what the old topic had, offset by offset."""
    there = replica(source, tmp_path, missing=[])
    before = there.all_rows()
    moved = replace(there, variables={"PINTEREST_TOPIC_PREFIX": "ridesb"})
    path = there.folder / "data/landing/topics/ridesb.ride/partition=0/ridesb.ride+0+0000000000.json"
    path.parent.mkdir(parents=True)
    path.write_text("".join(f"{json.dumps(line)}\n" for line in (ride(11, zone="Moved"), ride(40))))
    moved("run")
    after = moved.all_rows()
    assert [len(after[table]) - len(before[table]) for table in ("raw/ride", "cleaned/ride")] == [2, 1]
    assert len([row for row in after["cleaned/ride"] if '"Moved"' in row]) == 1
    assert set(before["raw/ride"]) < set(after["raw/ride"])


def test_copy_that_is_not_whole_is_not_read_as_less(source: Site, tmp_path: Path) -> None:
    """Before it is restored: a gap in the log, a data file that the newest version has."""
    [*commits] = (path for path in files(source) if path.parent == Path("raw/ride/_delta_log"))
    there = replica(source, tmp_path, missing=commits[-2:-1])
    assert "is missing" in there("query", "SELECT COUNT(*) FROM raw.ride", fails=True)
    assert "`pinterest-platform restore raw/ride`" in there("repair", "raw/ride", fails=True)
