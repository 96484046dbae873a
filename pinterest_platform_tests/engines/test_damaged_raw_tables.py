"""A raw table whose files are lost or damaged: nothing goes on with less than it had, and landing gives it back."""

from __future__ import annotations

import shutil

import pytest

from pinterest_platform.engines.rebuilding import Held, missing_offsets, said
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.lake.errors import LakeDamagedError, LakeError
from pinterest_platform_tests.engines.children import Death, run_to_death
from pinterest_platform_tests.landing_data import Platform, pin, same_as_clean_run, touch_later


@pytest.fixture
def damaged(platform, landing):
    """Raw with the offsets 0 to 11 of two partitions, in six commits; `cleaned/pin` is made of them. The engine has not
    seen its tables since."""
    for start in range(0, 12, 2):
        for partition in (0, 2):
            landing.put(start, [pin(start), pin(start + 1)], partition=partition)
        platform.engine.ingest("pin")
    landing.put(12, [b"garbage"])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    platform.engine.close()
    return platform


def folder(platform, address="raw/pin"):
    return platform.root / "lake" / address


def lose_the_log(platform):
    shutil.rmtree(folder(platform) / "_delta_log")


def empty_a_commit(platform):
    (folder(platform) / "_delta_log" / f"{3:020}.json").write_bytes(b"")


def cut_the_first_commit(platform):
    path = folder(platform) / "_delta_log" / f"{0:020}.json"
    path.write_bytes(path.read_bytes()[:50])


def lose_a_file(platform):
    data_files(platform)[0].unlink()


def cut_a_file(platform):
    path = data_files(platform)[0]
    path.write_bytes(path.read_bytes()[:100])


def data_files(platform):
    """Those of raw, the oldest first."""
    return sorted(folder(platform).glob("*.parquet"), key=lambda path: path.stat().st_mtime_ns)


LOG = [lose_the_log, empty_a_commit, cut_the_first_commit]
FILES = [lose_a_file, cut_a_file]
#: One of each kind; any other is told by the same code.
DAMAGES = [
    *(pytest.param(damage, marks=pytest.mark.long) for damage in (empty_a_commit, lose_a_file)),
    lose_the_log,
    cut_the_first_commit,
    cut_a_file,
]


def everything(platform):
    return {path: path.read_bytes() for path in (platform.root / "lake").rglob("*") if path.is_file()}


@pytest.mark.parametrize("damage", LOG)
def test_run_says_so_and_writes_nothing(damaged, damage):
    """It went on with the rows that it still found, and `cleaned/pin` was replaced by them."""
    damage(damaged)
    before = everything(damaged)
    for use in (lambda: damaged.engine.ingest("pin"), lambda: damaged.engine.refresh("cleaned/pin")):
        with pytest.raises(LakeDamagedError, match=r"^raw/pin: .*_delta_log.*Nothing was written\."):
            use()
    assert everything(damaged) == before


@pytest.mark.parametrize("damage", DAMAGES)
def test_full_refresh_from_landing_mends_it(damaged, landing, damage):
    before = damaged.engine.query("SELECT COUNT(*) FROM raw.pin").rows
    damaged.engine.close()
    damage(damaged)
    result = damaged.engine.ingest("pin", full_refresh=True)
    assert [(result.rows_total,)] == before
    assert result.positions == {0: 13, 2: 12}
    same_as_clean_run(damaged, damaged.root / "clean")
    assert damaged.engine.refresh("cleaned/pin").outcome == "replaced"
    landing.put(13, [pin(13)])
    assert damaged.engine.ingest("pin").rows_added == 1
    assert damaged.engine.refresh("cleaned/pin").rows_total == 13


@pytest.mark.parametrize(
    ("damage", "lost"),
    [
        (cut_the_first_commit, 4),
        (lose_a_file, 0),
        *(
            pytest.param(damage, lost, marks=pytest.mark.long)
            for damage in (*LOG, *FILES)
            for lost in (0, 4, 10)
            if (damage, lost) not in ((cut_the_first_commit, 4), (lose_a_file, 0))
        ),
    ],
)
def test_refused_where_landing_lacks_offsets(damaged, landing, damage, lost):
    damage(damaged)
    landing.path(lost, partition=2).unlink()
    before = everything(damaged)
    message = (
        rf"would lose rows, .* missing: partition 2 {lost}-{lost + 1}\. Nothing was written\. .*cannot be read: raw/pin"
    )
    with pytest.raises(LakeError, match=message):
        damaged.engine.ingest("pin", full_refresh=True)
    assert everything(damaged) == before


def test_refused_where_landing_is_gone_and_only_positions_are_left(damaged, landing):
    """All data files are lost too; what is left of the log tells how far it was."""
    cut_the_first_commit(damaged)
    for path in data_files(damaged):
        path.unlink()
    shutil.rmtree(landing.root)
    with pytest.raises(LakeError, match=r"missing: partition 0 0-11, partition 2 0-11\. Nothing was written"):
        damaged.engine.ingest("pin", full_refresh=True)


def test_object_that_a_zombie_wrote_again_shorter(damaged, landing):
    """Its key is there. Ordinary runs keep its rows, a full refresh would lose them."""
    touch_later(landing.path(4))
    landing.put(4, [pin(4)])
    assert damaged.engine.ingest("pin").rows_total == 24
    with pytest.raises(LakeError, match=r"would lose rows, .* missing: partition 0 5\. Nothing was written"):
        damaged.engine.ingest("pin", full_refresh=True)
    assert damaged.engine.ingest("pin").rows_total == 24


def test_objects_that_were_cut_differently_are_enough(damaged, landing):
    landing.path(4).unlink()
    landing.path(6).unlink()
    landing.put(4, [pin(4), pin(5), pin(6), pin(7)])
    assert damaged.engine.ingest("pin", full_refresh=True).rows_total == 24


def test_rows_of_another_topic_are_not_given_up(damaged):
    lose_a_file(damaged)
    settings = damaged.engine._settings.model_copy(update={"topic_prefix": "new"})
    other = Platform(damaged.root, type(damaged.engine)(settings, damaged.engine._catalog))
    with pytest.raises(
        LakeError, match=r"cannot be rebuilt from the objects of new\.pin alone, because it also has rows of t\.pin\."
    ):
        other.engine.ingest("pin", full_refresh=True)
    other.engine.close()


@pytest.mark.parametrize(
    "death", [Death(Failpoint.LOG_PUT_AWAY, "raw/pin"), Death(Failpoint.COMMITTED, "raw/pin")], ids=str
)
def test_killed_while_it_is_mended(damaged, death):
    cut_the_first_commit(damaged)
    run_to_death(damaged.root, "reingest pin", death)
    assert damaged.engine.ingest("pin", full_refresh=True).rows_total == 24
    same_as_clean_run(damaged, damaged.root / "clean")


def test_old_log_is_kept(damaged):
    cut_the_first_commit(damaged)
    names = {path.name for path in (folder(damaged) / "_delta_log").iterdir()}
    damaged.engine.ingest("pin", full_refresh=True)
    [kept] = (folder(damaged) / "_repaired").iterdir()
    assert {path.name for path in kept.iterdir()} == names


@pytest.mark.parametrize(
    ("held", "landed", "missing"),
    [
        (Held([(0, 0, 9)]), [(0, 0, 9)], []),
        (Held([(0, 0, 9)]), [(0, 0, 3), (0, 4, 9)], []),
        (Held([(0, 0, 9), (1, 5, 5)]), [(0, 2, 3), (0, 5, 7)], [(0, 0, 1), (0, 4, 4), (0, 8, 9), (1, 5, 5)]),
        (Held([(0, 5, 9)]), [(0, 0, 99)], []),
        (Held([], next_offsets={0: 10, 1: 0}), [(0, 0, 9)], []),
        (Held([], next_offsets={0: 10}), [(0, 0, 6)], [(0, 7, 9)]),
        (Held([], next_offsets={0: 10}, rejected=[(0, 7, 9)]), [(0, 0, 6)], []),
    ],
)
def test_missing_offsets(held, landed, missing):
    assert missing_offsets(held, landed, []) == missing


def test_gaps_of_a_lost_file_count_where_landing_has_fewer_lines():
    """Tombstones leave gaps: landing has as many lines as the file had rows, and nothing is missing."""
    low, high = ({"kafka_partition": 0, "kafka_offset": offset} for offset in (0, 9))
    for rows, missing in ((8, []), (9, [(0, 3, 4)])):
        held = Held([], next_offsets={0: 0}, lost=[{"numRecords": rows, "minValues": low, "maxValues": high}])
        assert missing_offsets(held, [(0, 0, 2), (0, 5, 9)], []) == missing


def test_many_missing_offsets_are_not_all_said():
    assert said([(0, n, n + 1) for n in range(0, 21, 3)]) == (
        "partition 0 0-1, partition 0 3-4, partition 0 6-7, partition 0 9-10, partition 0 12-13 and 2 more ranges"
    )


def test_whole_folder_is_lost_and_landing_has_only_the_last_objects(damaged, landing):
    """Ingestion finds no table, and makes one of what is there; what was made of the lost one is not replaced by it."""
    cleaned = damaged.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    damaged.engine.close()
    shutil.rmtree(folder(damaged))
    assert damaged.engine.refresh("cleaned/pin").outcome == "unchanged"
    for start in range(0, 10, 2):
        for partition in (0, 2):
            landing.path(start, partition=partition).unlink()
    damaged.engine.ingest("pin")
    for _ in range(2):
        with pytest.raises(
            LakeError,
            match=r"raw/pin was recreated or restored and has 4 rows, but .* computed from 24.*--full-refresh",
        ):
            damaged.engine.refresh("cleaned/pin")
    assert damaged.rows("SELECT * FROM cleaned.pin ORDER BY ind") == cleaned
    assert damaged.engine.refresh("cleaned/pin", full_refresh=True).rows_total < len(cleaned)
    assert damaged.engine.refresh("cleaned/pin").outcome == "unchanged", "the loss is taken once"


def test_whole_folder_is_lost_and_landing_has_all(damaged):
    cleaned = damaged.rows("SELECT * FROM cleaned.pin ORDER BY ind")
    damaged.engine.close()
    shutil.rmtree(folder(damaged))
    damaged.engine.ingest("pin")
    damaged.engine.refresh("cleaned/pin")
    assert damaged.rows("SELECT * FROM cleaned.pin ORDER BY ind") == cleaned
