"""A table taken back to an earlier version: by time, by number, or to the newest whole one of a copy with holes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.lake.positions import upstream_transactions
from pinterest_platform.lake.restore import restore
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform_tests.lake.conftest import ADDRESS, commit_file


@pytest.fixture
def log(numbers):
    """The folder of the log: versions 0 to 6, of which 1 to 6 add the keys 1 to 6; checkpoints of versions 3 and 5."""
    table = numbers.open()
    for key in range(1, 7):
        numbers.append(table, key, at=key)
        if key in (3, 5):
            table.create_checkpoint()
    return numbers.folder() / "_delta_log"


def data_file(numbers, key):
    table = numbers.lake.open(ADDRESS, key)
    before = set(numbers.lake.open(ADDRESS, key - 1).file_uris())
    [uri] = set(table.file_uris()) - before
    return numbers.folder() / uri.rpartition("/")[2]


def has(numbers, lake, *keys):
    """The table has these keys, knows no more than them, and goes on from there."""
    table = lake.require(ADDRESS)
    assert numbers.keys(table) == list(keys)
    assert table.transaction_version("at") == (max(keys) if keys else None)
    assert table.version() == 6, "no version is given a second time"
    numbers.append(table, 7, at=7)
    assert numbers.keys(Lake(lake.root).require(ADDRESS)) == [*keys, 7]


@pytest.mark.usefixtures("log")
def test_whole_table_is_left_alone(numbers, lake):
    before = numbers.contents()
    done = restore(lake, ADDRESS)
    assert (done.version.number, done.newest, done.kept_in) == (6, 6, "")
    assert numbers.contents() == before


@pytest.mark.parametrize("version", range(7))
@pytest.mark.usefixtures("log")
def test_by_number(numbers, lake, version):
    restore(lake, ADDRESS, version)
    has(numbers, lake, *range(1, version + 1))


def test_by_time(numbers, log, lake):
    times = [entry["timestamp"] for entry in lake.require(ADDRESS).history()]
    moment = datetime.fromtimestamp(times[2] / 1000, UTC)  # Of version 4, newest first; two may share a millisecond.
    last = max(6 - n for n, time in enumerate(times) if time <= times[2])
    assert restore(lake, ADDRESS, moment).version.number == last
    has(numbers, lake, *range(1, last + 1))
    assert (log.parent / "_repaired").is_dir()


@pytest.mark.usefixtures("log")
def test_table_that_was_made_later_is_emptied(numbers, lake):
    restore(lake, ADDRESS, datetime.now(UTC) - timedelta(days=1))
    has(numbers, lake)


@pytest.mark.usefixtures("log")
def test_dry_run_changes_nothing(numbers, lake):
    before = numbers.contents()
    assert restore(lake, ADDRESS, 2, dry_run=True).version.number == 2
    assert numbers.contents() == before


@pytest.mark.parametrize("lost", [1, 4, 6])
@pytest.mark.usefixtures("log")
def test_data_file_that_did_not_arrive(numbers, lake, lost):
    data_file(numbers, lost).unlink()
    done = restore(lake, ADDRESS)
    assert done.version.number == lost - 1
    has(numbers, lake, *range(1, lost))


@pytest.mark.usefixtures("log")
def test_data_file_that_is_cut_off(numbers, lake):
    file = data_file(numbers, 5)
    file.write_bytes(file.read_bytes()[:-1])
    restore(lake, ADDRESS)
    has(numbers, lake, 1, 2, 3, 4)


@pytest.mark.usefixtures("log")
def test_lost_data_file_that_later_versions_replaced(numbers, lake):
    """A whole version may stand behind one that is not."""
    table = lake.require(ADDRESS)
    joined = data_file(numbers, 2)
    optimize(table, ["k"])
    assert joined.name not in {uri.rpartition("/")[2] for uri in table.file_uris()}
    joined.unlink()
    assert restore(lake, ADDRESS).version.number == table.version()
    assert restore(lake, ADDRESS, 1, dry_run=True).version.number == 1
    with pytest.raises(
        LakeError, match=r"restored to 3, because 1 data files of version 3 are lost.*Complete versions: 0-1, 7"
    ):
        restore(lake, ADDRESS, 3)


def test_commit_that_did_not_arrive(numbers, log, lake):
    """Its number stays taken, and no later commit is read without it."""
    for path in (commit_file(log, 4), log / f"{5:020}.checkpoint.parquet"):
        path.unlink()
    assert restore(lake, ADDRESS).version.number == 3
    has(numbers, lake, 1, 2, 3)


def test_commits_before_a_checkpoint_did_not_arrive(numbers, log, lake):
    for version in (1, 4, 5):
        commit_file(log, version).unlink()
    assert restore(lake, ADDRESS).version.number == 6
    has(numbers, lake, 1, 2, 3, 4, 5, 6)


def test_checkpoint_arrived_before_its_data(numbers, log, lake):
    """And before its commit: the log knows a version that nothing can be read of."""
    data_file(numbers, 5).unlink()
    commit_file(log, 5).unlink()
    commit_file(log, 6).unlink()
    done = restore(lake, ADDRESS)
    assert (done.version.number, done.newest) == (4, 5)
    table = lake.require(ADDRESS)
    assert (table.version(), numbers.keys(table)) == (5, [1, 2, 3, 4])


def test_nothing_is_whole(numbers, log, lake):
    for path in (*log.glob("*.checkpoint.parquet"), commit_file(log, 0)):
        path.unlink()
    before = numbers.contents()
    with pytest.raises(LakeError, match=r"it has no complete version.*Nothing was changed"):
        restore(lake, ADDRESS)
    assert numbers.contents() == before


def test_time_before_what_the_log_knows(numbers, log, lake):
    for version in range(4):
        commit_file(log, version).unlink()
    with pytest.raises(
        LakeError, match=r"its log does not cover it\. Nothing was changed\. Complete versions: 3-6, of 6"
    ):
        restore(lake, ADDRESS, datetime.now(UTC) - timedelta(days=1))
    restore(lake, ADDRESS, 4)
    has(numbers, lake, 1, 2, 3, 4)


@pytest.mark.usefixtures("log")
def test_tables_made_of_it_are_computed_whole(numbers, lake):
    before = upstream_transactions(ADDRESS, lake.require(ADDRESS))
    restore(lake, ADDRESS, 4)
    table = lake.require(ADDRESS)
    assert upstream_transactions(ADDRESS, table)[f"{ADDRESS}/id"] != before[f"{ADDRESS}/id"]
    assert changes_since(numbers.session.db, table, 4) is None


def test_taken_back_by_putting_back_what_was_kept(numbers, log, lake):
    done = restore(lake, ADDRESS, 2)
    for path in Path(done.kept_in).iterdir():
        path.replace(log / path.name)
    assert numbers.keys(Lake(lake.root).require(ADDRESS)) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("steps", range(10))
@pytest.mark.usefixtures("log")
def test_killed_while_it_is_taken_back(numbers, lake, monkeypatch, steps):
    """What a crash leaves is a version of the table, or is refused; doing it again ends it."""
    left = iter(range(steps))

    def dying(name):
        real = getattr(FolderStorage, name)

        def step(*arguments):
            if next(left, None) is None:
                raise InterruptedError
            return real(*arguments)

        return step

    with monkeypatch.context() as patched:
        for name in ("write", "remove"):
            patched.setattr(FolderStorage, name, dying(name))
        with pytest.raises(InterruptedError):
            restore(lake, ADDRESS, 2)
    table = Lake(lake.root).require(ADDRESS)
    assert numbers.keys(table) == list(range(1, table.transaction_version("at") + 1))
    restore(Lake(lake.root), ADDRESS, 2)
    has(numbers, Lake(lake.root), 1, 2)
