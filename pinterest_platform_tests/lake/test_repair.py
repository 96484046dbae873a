"""What a bad copy, a full disk or a power cut leaves of a log: it is named, and mended where that can be done."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.errors import LakeDamagedError, LakeError
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.lake.positions import upstream_transactions
from pinterest_platform.lake.repair import repair
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform_tests.lake.conftest import ADDRESS, COLUMNS, commit_file


@pytest.fixture
def log(numbers):
    """The folder of the log: versions 0 to 5, of which 1 to 5 add the keys 1 to 5; a checkpoint of version 3."""
    table = numbers.open()
    for key in range(1, 6):
        numbers.append(table, key, at=key)
        if key == 3:
            table.create_checkpoint()
    return numbers.folder() / "_delta_log"


def checkpoint_file(log, version=3):
    return log / f"{version:020}.checkpoint.parquet"


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def forget(path):
    path.unlink()


def refused(lake, name):
    told = (
        rf"^{ADDRESS}: {re.escape(name)} .*_delta_log\. Nothing was written\. Run `pinterest-platform repair {ADDRESS}`"
    )
    with pytest.raises(LakeDamagedError, match=told):
        lake.open(ADDRESS)


def kept(done):
    return {path.name: path.read_bytes() for path in Path(done.kept_in).iterdir()}


@pytest.mark.usefixtures("log")
def test_nothing_is_damaged(numbers, lake):
    before = numbers.contents()
    assert repair(lake, ADDRESS).taken == ()
    assert numbers.contents() == before


@pytest.mark.parametrize("damage", [empty, cut])
def test_last_commit(numbers, log, lake, damage):
    damage(commit_file(log, 5))
    damaged, before = commit_file(log, 5).read_bytes(), numbers.contents()
    refused(lake, commit_file(log, 5).name)
    planned = repair(lake, ADDRESS, dry_run=True)
    assert numbers.contents() == before
    done = repair(lake, ADDRESS)
    assert (done.taken, done.lost) == (planned.taken, planned.lost) == (planned.taken, (5,))
    assert kept(done) == {commit_file(log, 5).name: damaged}
    table = lake.require(ADDRESS)
    assert (table.version(), table.transaction_version("at"), numbers.keys(table)) == (5, 4, [1, 2, 3, 4])
    assert table.history(1)[0]["operation"] == "REPAIR"
    assert repair(lake, ADDRESS).taken == ()
    numbers.append(table, 5, at=5)
    assert numbers.keys(lake.require(ADDRESS)) == [1, 2, 3, 4, 5]


def test_last_commits_after_a_power_cut(numbers, log, lake):
    empty(commit_file(log, 4))
    cut(commit_file(log, 5))
    done = repair(lake, ADDRESS)
    assert done.lost == (4, 5)
    assert (lake.require(ADDRESS).version(), numbers.keys(lake.require(ADDRESS))) == (5, [1, 2, 3])
    assert [commit["operation"] for commit in lake.require(ADDRESS).history(2)] == ["REPAIR", "REPAIR"]


def test_tables_made_of_it_are_computed_whole(numbers, log, lake):
    """They may have read what the lost commit had added, and its number is that of another commit now."""
    before = upstream_transactions(ADDRESS, lake.require(ADDRESS))
    empty(commit_file(log, 5))
    repair(lake, ADDRESS)
    table = lake.require(ADDRESS)
    after = upstream_transactions(ADDRESS, table)
    assert after[ADDRESS] == before[ADDRESS]
    assert after[f"{ADDRESS}/id"] != before[f"{ADDRESS}/id"]
    assert table.metadata().configuration == numbers.lake.require(ADDRESS).metadata().configuration
    assert changes_since(numbers.session.db, table, 4) is None


@pytest.mark.parametrize("damage", [empty, cut, forget])
def test_checkpoint(numbers, log, lake, damage):
    damage(checkpoint_file(log))
    refused(lake, "_last_checkpoint" if damage is forget else checkpoint_file(log).name)
    done = repair(lake, ADDRESS)
    names = {"_last_checkpoint"} if damage is forget else {"_last_checkpoint", checkpoint_file(log).name}
    assert (kept(done).keys(), done.lost) == (names, ())
    assert not names & {path.name for path in log.iterdir()}
    table = lake.require(ADDRESS)
    assert (table.version(), table.transaction_version("at"), numbers.keys(table)) == (5, 5, [1, 2, 3, 4, 5])
    assert repair(lake, ADDRESS).taken == ()


def test_checkpoint_with_an_older_one_before(numbers, log, lake):
    lake.require(ADDRESS).create_checkpoint()
    for version in range(3):
        commit_file(log, version).unlink()
    cut(checkpoint_file(log, 5))
    refused(lake, checkpoint_file(log, 5).name)
    repair(lake, ADDRESS)
    assert numbers.keys(lake.require(ADDRESS)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("content", ["", "{broken", "[]", '{"version": 99, "size": 1}'])
def test_hint_of_the_last_checkpoint(numbers, log, lake, content):
    (log / "_last_checkpoint").write_text(content)
    [damage] = repair(lake, ADDRESS).taken
    assert damage.names == ("_last_checkpoint",)
    assert numbers.keys(lake.require(ADDRESS)) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("damage", [empty, cut, forget])
def test_commit_in_the_middle_is_refused(numbers, log, lake, damage):
    damage(commit_file(log, 4))
    with pytest.raises(LakeDamagedError, match=rf"{commit_file(log, 4).name} .*`pinterest-platform repair"):
        lake.open(ADDRESS)
    before = numbers.contents()
    for dry_run in (True, False):
        told = rf"cannot be repaired: {commit_file(log, 4).name} .*Nothing was changed\. Restore the file from a backup"
        with pytest.raises(LakeError, match=told):
            repair(lake, ADDRESS, dry_run=dry_run)
    assert numbers.contents() == before


def test_checkpoint_whose_commits_are_gone_is_refused(numbers, log, lake):
    cut(checkpoint_file(log))
    commit_file(log, 1).unlink()
    before = numbers.contents()
    with pytest.raises(LakeError, match=rf"cannot be repaired: {commit_file(log, 1).name} is missing"):
        repair(lake, ADDRESS)
    assert numbers.contents() == before


def test_only_commit_is_refused(numbers, lake):
    numbers.open()
    empty(commit_file(numbers.folder() / "_delta_log", 0))
    with pytest.raises(LakeError, match=r"cannot be repaired: 0{20}\.json is empty"):
        repair(lake, ADDRESS)


@pytest.mark.parametrize("damage", [empty, cut])
def test_commit_that_a_checkpoint_covers(numbers, log, lake, damage):
    """The table is whole. Who asks what it gained in that commit must not be told: nothing."""
    damage(commit_file(log, 2))
    table = lake.require(ADDRESS)
    assert numbers.keys(table) == [1, 2, 3, 4, 5]
    assert changes_since(numbers.session.db, table, 1) is None
    assert len(changes_since(numbers.session.db, table, 2).added) == 3
    if damage is empty:
        assert repair(lake, ADDRESS).lost == ()
        assert changes_since(numbers.session.db, lake.require(ADDRESS), 1) is None
        assert len(lake.require(ADDRESS).history()) == 6


def test_checksums_of_other_writers_go_with_what_they_are_of(log, lake):
    empty(commit_file(log, 5))
    (log / f".{commit_file(log, 5).name}.crc").write_bytes(b"crc")
    (log / f"{5:020}.crc").write_text("{}")
    assert len(kept(repair(lake, ADDRESS))) == 3
    assert not list(log.glob("*.crc")) + list(log.glob(".*.crc"))


@pytest.mark.parametrize("step", range(6))
def test_killed_while_repairing(numbers, log, lake, monkeypatch, step):
    """Whatever was done by then, doing it again mends the rest."""
    (log / "_last_checkpoint").write_text('{"version": 9, "size": 1}')
    cut(checkpoint_file(log))
    empty(commit_file(log, 5))
    steps = iter(range(100))
    with monkeypatch.context() as dying:
        for name in ("write", "remove"):
            dying.setattr(FolderStorage, name, _until(getattr(FolderStorage, name), steps, step))
        with pytest.raises(InterruptedError):
            repair(lake, ADDRESS)
    repair(lake, ADDRESS)
    assert numbers.keys(lake.require(ADDRESS)) == [1, 2, 3, 4]
    assert commit_file(log, 5).stat().st_size > 0


def _until(function, steps, last):
    def dying(*arguments):
        if next(steps) >= last:
            raise InterruptedError
        function(*arguments)

    return dying


def test_repaired_files_survive_maintenance(numbers, lake):
    """Neither the clean-up of the log nor a vacuum takes them."""
    table = numbers.lake.ensure(ADDRESS, COLUMNS, "", {"delta.logRetentionDuration": "interval 0 seconds"})
    numbers.append(table, 1)
    numbers.append(table, 2)
    lost = commit_file(numbers.folder() / "_delta_log", 2)
    empty(lost)
    done = repair(lake, ADDRESS)
    table = lake.require(ADDRESS)
    numbers.append(table, 3)
    optimize(table, ["k"], retention_hours=0)
    table.cleanup_metadata()
    assert not lost.exists()
    assert kept(done) == {lost.name: b""}
    assert numbers.keys(lake.require(ADDRESS)) == [1, 3]


def test_no_such_table(lake):
    with pytest.raises(LakeError, match="no such table"):
        repair(lake, ADDRESS)


def test_data_files_without_a_log(numbers, log, lake):
    shutil.rmtree(log)
    told = rf"{ADDRESS}: .* has data files, but no log in .*Restore the log from a backup, or move"
    for use in (lake.open, lake.require, lambda _: numbers.open(), lambda address: repair(lake, address)):
        with pytest.raises(LakeDamagedError, match=told):
            use(ADDRESS)
    assert not log.exists()


def test_repair_says_what_it_did_in_the_log(log, lake):
    empty(commit_file(log, 5))
    done = repair(lake, ADDRESS)
    first = json.loads(commit_file(log, 5).read_text().splitlines()[0])
    assert first["commitInfo"]["operationParameters"] == {"keptIn": done.kept_in}
