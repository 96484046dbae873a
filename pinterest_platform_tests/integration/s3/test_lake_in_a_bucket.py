"""A lake in S3: what a lake in a folder promises, it keeps too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import DeltaTable

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.duckdb.snapshot import snapshot
from pinterest_platform.lake import files, maintenance
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.columns import add_columns
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeConflictError, LakeDamagedError, LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import compact_if_fragmented, optimize
from pinterest_platform.lake.repair import repair
from pinterest_platform.schemas import Column
from pinterest_platform_tests.lake.conftest import ADDRESS, COLUMNS, Numbers, names


class BucketNumbers(Numbers):
    """The table of numbers in a lake in S3."""

    def files(self) -> list[Path]:
        table = f"{self.lake.root}/{ADDRESS}"
        return [Path(name) for name in sorted(self.lake.storage.files(table)) if name.endswith(".parquet")]


@pytest.fixture
def numbers(zone) -> Iterator[BucketNumbers]:
    numbers = BucketNumbers(Session(Lake(f"s3://{zone.bucket}/a lake"), "1GB"))
    yield numbers
    numbers.session.close()


@pytest.fixture
def two(numbers) -> tuple[DeltaTable, DeltaTable]:
    """The table with the keys 0, 1, 2 in a file each, loaded by two writers."""
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    return numbers.open(), numbers.open()


def test_written_and_read(numbers):
    assert numbers.lake.open(ADDRESS) is None
    assert list(numbers.lake.addresses()) == []
    table = numbers.open()
    numbers.append(table, 1, 2, watermark=7)
    numbers.append(table, 3, watermark=8)
    assert numbers.keys() == [1, 2, 3]
    assert numbers.open().transaction_version("watermark") == 8
    assert list(numbers.lake.addresses()) == [ADDRESS]
    assert len(changes_since(numbers.session.db, table, 1).added) == 1
    assert changes_since(numbers.session.db, table, 9) is None


def test_same_transaction_id_is_committed_once(numbers, two):
    first, second = two
    numbers.append(first, 10, watermark=1)
    with pytest.raises(LakeConflictError, match="another writer committed first"):
        numbers.append(second, 11, watermark=1)
    assert numbers.keys() == [0, 1, 2, 10]
    assert len(numbers.files()) == 4, "the loser's file is removed"


def test_appends_with_other_ids_both_get_through(numbers, two):
    first, second = two
    numbers.append(first, 10, a=1)
    numbers.append(second, 11, b=1)
    assert numbers.keys() == [0, 1, 2, 10, 11]


def test_files_are_not_retired_after_another_commit(numbers, two):
    first, second = two
    numbers.append(first, 10)
    with pytest.raises(LakeConflictError):
        commit(second, add=numbers.session.write(second, numbers.select(100)), transactions={}, replace=True)
    assert numbers.keys() == [0, 1, 2, 10]


def test_compaction_and_vacuum(numbers, two, monkeypatch):
    monkeypatch.setattr(maintenance, "_SMALL_FILES", 3)
    table = two[0]
    assert compact_if_fragmented(numbers.session.db, table, ["k"])
    assert len(names(table)) == 1
    assert changes_since(numbers.session.db, table, 3).added == ()
    numbers.append(table, 9)
    assert optimize(table, ["k"], retention_hours=0).deleted > 0
    assert len(numbers.files()) == len(names(numbers.open()))
    assert numbers.keys() == [0, 1, 2, 9]


def test_large_files_go_up_in_parts(numbers, monkeypatch):
    """More than the 5 MB of one part, and in several files."""
    monkeypatch.setattr(files, "_FILE_BYTES", 8 * 2**20)
    table = numbers.open()
    rows = "SELECT range AS k, random() AS d, uuid()::VARCHAR AS s, NULL::TIMESTAMP AS t FROM range(600_000)"
    written = numbers.session.write(table, rows, ordered=True)
    assert len(written) > 1
    assert max(file.size for file in written) > 6 * 2**20
    commit(table, add=written, transactions={})
    assert numbers.session.value(f"SELECT count(DISTINCT k) FROM {numbers.session.scan(table)}") == 600_000


def test_as_of(numbers, two):
    done = snapshot(numbers.session, ADDRESS, COLUMNS, "2")
    assert done.rows_total == 2
    assert done.address == f"as_of/v2/{ADDRESS}"
    assert (
        numbers.session.value(f"SELECT count(*) FROM {numbers.session.scan(numbers.lake.require(done.address))}") == 2
    )
    optimize(two[0], ["k"], retention_hours=0)
    with pytest.raises(
        LakeError, match="version 1 can no longer be read, because its files are older than the retention"
    ):
        snapshot(numbers.session, ADDRESS, COLUMNS, "1")


def test_no_rows_leave_no_file(numbers):
    assert numbers.session.write(numbers.open(), f"{numbers.select(1)} WHERE k > 1") == []
    assert numbers.files() == []


def test_what_is_written_when_s3_refuses(numbers, proxy):
    """Files of a COPY that fails in the middle are taken away again, and nothing is committed."""
    table = numbers.open()
    numbers.append(table, 1)
    before = numbers.files()
    proxy.faults = lambda method, path: "AccessDenied" if method in ("PUT", "POST") and ".parquet" in path else None
    with pytest.raises(LakeError, match=r"(?s)cannot write data files: .*Nothing was committed"):
        numbers.session.write(table, numbers.select(2))
    proxy.faults = lambda *_: None
    assert numbers.files() == before
    assert numbers.keys() == [1]


def test_commit_whose_answer_is_lost(numbers, proxy):
    """The commit is there; its writer is told of a conflict, looks again and finds that it is."""
    table = numbers.open()
    lost = []

    def lose_once(method, path):
        if method == "PUT" and path.endswith("00000000000000000001.json") and not lost:
            lost.append(path)
            return "lost"
        return None

    proxy.faults = lose_once
    with pytest.raises(LakeConflictError):
        numbers.append(table, 1, watermark=5)
    assert lost
    assert numbers.open().transaction_version("watermark") == 5
    assert numbers.keys() == [1]
    assert [path.name for path in numbers.files()] == names(numbers.open())


def test_no_such_bucket(zone):
    lake = Lake(f"s3://not-there-{zone.bucket}/lake")
    for use in (lambda: lake.open(ADDRESS), lambda: lake.ensure(ADDRESS, COLUMNS, "")):
        with pytest.raises(
            LakeError, match=r"cleaned/numbers: cannot open .*NoSuchBucket: The bucket does not exist\. Create"
        ):
            use()


def test_secret_key_of_another(numbers, monkeypatch):
    numbers.open()
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(LakeError, match=r"SignatureDoesNotMatch: The secret key does not belong to the access key"):
        Lake(numbers.lake.root).open(ADDRESS)


def test_server_that_is_not_there(zone, monkeypatch):
    monkeypatch.setattr("pinterest_platform.s3.retries.ATTEMPTS", 1)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(LakeError, match=r"lake: s3://test-\S+: Could not connect to .*127.0.0.1:9.* AWS_ENDPOINT_URL"):
        Lake(f"s3://{zone.bucket}/lake").open(ADDRESS)


def test_credentials_that_change_are_told_to_duckdb(numbers, two, monkeypatch):
    """Temporary ones expire while an engine is open."""
    del two
    storage = numbers.lake.storage
    told = storage.duckdb_secret()
    monkeypatch.setattr(type(storage), "duckdb_secret", lambda _: told.replace("SECRET '", "SECRET 'expired"))
    with pytest.raises(Exception, match="403"):
        numbers.keys()
    monkeypatch.setattr(type(storage), "duckdb_secret", lambda _: told)
    assert numbers.keys() == [0, 1, 2]


@pytest.mark.parametrize("root", ["gs://bucket/lake", "abfss://lake@account"])
def test_address_of_another_kind(root):
    with pytest.raises(LakeError, match=r"is not supported\. Set a folder or s3://bucket/prefix"):
        Lake(root).open(ADDRESS)


def test_damaged_log_is_repaired(numbers):
    table = numbers.open()
    for key in range(1, 4):
        numbers.append(table, key)
        if key == 2:
            table.create_checkpoint()
    folder = f"{numbers.lake.root}/{ADDRESS}/_delta_log"
    checkpoint, last = f"{2:020}.checkpoint.parquet", f"{3:020}.json"
    numbers.lake.storage.write(folder, checkpoint, numbers.lake.storage.read(folder, checkpoint)[:100])
    numbers.lake.storage.write(folder, last, b"")
    for name in (checkpoint, last):
        lake = Lake(numbers.lake.root)
        with pytest.raises(LakeDamagedError, match=rf"{ADDRESS}: {name} .*`pinterest-platform repair {ADDRESS}`"):
            lake.open(ADDRESS)
        if name == checkpoint:
            numbers.lake.storage.remove(folder, [checkpoint, "_last_checkpoint"])
    done = repair(lake, ADDRESS)
    assert done.lost == (3,)
    assert lake.storage.read(done.kept_in, last) == b""
    assert repair(lake, ADDRESS).taken == ()
    assert numbers.keys(lake.require(ADDRESS)) == [1, 2]


def test_data_files_without_a_log(numbers):
    numbers.append(numbers.open(), 1)
    folder = f"{numbers.lake.root}/{ADDRESS}/_delta_log"
    numbers.lake.storage.remove(folder, sorted(numbers.lake.storage.files(folder)))
    with pytest.raises(LakeDamagedError, match=r"s3://.* has data files, but no log in s3://"):
        numbers.open()


def test_column_is_added_in_place(numbers):
    numbers.append(numbers.open(), 1)
    wider = (*COLUMNS, Column("new", "double", "New."))
    table = numbers.lake.require(ADDRESS)
    assert add_columns(ADDRESS, table, wider) == ("new",)
    assert numbers.session.rows(f"SELECT k, new FROM {numbers.session.scan(table)}") == [(1, None)]
