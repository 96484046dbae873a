"""Two writers that loaded a table at the same version: what each may do after the other has committed."""

from __future__ import annotations

import pytest

from pinterest_platform.lake import maintenance
from pinterest_platform.lake.columns import add_columns, has_columns
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import compact_if_fragmented, optimize
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform.schemas import Column
from pinterest_platform_tests.forked import CONTEXT, start
from pinterest_platform_tests.lake.conftest import ADDRESS, COLUMNS, names


@pytest.fixture
def two(numbers):
    """The table with the keys 0, 1, 2 in a file each, loaded by two writers."""
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    return numbers.open(), numbers.open()


def test_same_transaction_id_is_committed_once(numbers, two):
    first, second = two
    numbers.append(first, 10, watermark=1)
    with pytest.raises(LakeConflictError, match="another writer committed first"):
        numbers.append(second, 11, watermark=1)
    assert numbers.keys() == [0, 1, 2, 10]
    assert len(numbers.files()) == 4, "the loser's file is removed"


def test_a_loser_may_try_again_with_the_same_table(numbers, two):
    first, second = two
    numbers.append(first, 10, watermark=1)
    with pytest.raises(LakeConflictError):
        numbers.append(second, 11, watermark=1)
    assert second.transaction_version("watermark") == 1
    numbers.append(second, 11, watermark=2)
    assert numbers.keys() == [0, 1, 2, 10, 11]


def test_appends_with_other_ids_both_get_through(numbers, two):
    first, second = two
    numbers.append(first, 10, a=1)
    numbers.append(second, 11, b=1)
    assert numbers.keys() == [0, 1, 2, 10, 11]
    assert numbers.keys(second) == [0, 1, 2, 10, 11], "a writer sees what came before its commit"


def retire_first(numbers, table):
    """Put a row of its own in place of whichever file is listed first."""
    files = numbers.session.write(table, numbers.select(100 + table.version()))
    commit(table, add=files, remove=names(table)[:1], transactions={})


def replace(numbers, table):
    commit(table, add=numbers.session.write(table, numbers.select(100)), transactions={}, replace=True)


def compact(numbers, table):
    assert compact_if_fragmented(numbers.session.db, table, ["k"])


@pytest.fixture
def fragmented(monkeypatch):
    monkeypatch.setattr(maintenance, "_SMALL_FILES", 2)


@pytest.mark.usefixtures("fragmented")
@pytest.mark.parametrize("second_does", [retire_first, replace])
@pytest.mark.parametrize("first_does", [retire_first, replace, compact])
def test_files_are_not_retired_after_another_commit(numbers, two, first_does, second_does):
    """A compaction moves rows without being a change of data: retiring their old file would keep both."""
    first, second = two
    first_does(numbers, first)
    expected = numbers.keys()
    with pytest.raises(LakeConflictError):
        second_does(numbers, second)
    assert numbers.keys() == expected
    second_does(numbers, second)
    assert numbers.keys() == sorted(set(numbers.keys())), "nothing is there twice"


@pytest.mark.usefixtures("fragmented")
@pytest.mark.parametrize("first_does", [retire_first, replace, compact])
def test_a_compaction_that_comes_second_changes_nothing(numbers, two, first_does, caplog):
    first, second = two
    first_does(numbers, first)
    expected, version = numbers.keys(), first.version()
    assert not compact_if_fragmented(numbers.session.db, second, ["k"])
    assert "skipped compaction" in caplog.text
    assert numbers.keys() == expected
    assert numbers.open().version() == version


@pytest.mark.usefixtures("fragmented")
def test_appends_pass_a_compaction(numbers, two):
    first, second = two
    compact(numbers, first)
    numbers.append(second, 10)
    assert numbers.keys() == [0, 1, 2, 10]


def test_optimize_starts_over_after_another_commit(numbers, two):
    first, second = two
    numbers.append(first, -5)
    done = optimize(second, ["k"])
    assert (done.files_before, done.files_after) == (3, 1)
    assert numbers.keys() == [-5, 0, 1, 2]


def _create(root: str, barrier, report) -> None:
    barrier.wait()
    try:
        for number in range(10):
            Lake(root).ensure(f"raw/table{number}", COLUMNS, "")
        report.put("")
    except Exception as error:
        report.put(repr(error))


def test_a_table_created_by_several_at_once(tmp_path):
    barrier, report = CONTEXT.Barrier(3), CONTEXT.Queue()
    processes = [start(_create, str(tmp_path), barrier, report) for _ in range(3)]
    assert [report.get() for _ in processes] == ["", "", ""]
    for process in processes:
        process.join()
    assert len(list(Lake(str(tmp_path)).addresses())) == 10


def test_both_add_a_column(two):
    """Two jobs of a new version start at once."""
    first, second = two
    wider = (*COLUMNS, Column("new", "double", "New."))
    assert add_columns(ADDRESS, first, wider) == ("new",)
    assert add_columns(ADDRESS, second, wider) == ()
    assert second.version() == first.version()
    assert has_columns(second, wider)


def test_column_is_added_while_another_appends(numbers, two):
    first, second = two
    numbers.append(first, 10)
    assert add_columns(ADDRESS, second, (*COLUMNS, Column("new", "double", "New."))) == ("new",)
    assert numbers.keys(second) == [0, 1, 2, 10]


def test_column_is_added_with_a_number_that_another_took(numbers, two):
    first, second = two
    numbers.append(first, 10, refreshes=1)
    with pytest.raises(LakeConflictError, match="another writer committed first"):
        add_columns(ADDRESS, second, (*COLUMNS, Column("new", "double", "New.")), {"refreshes": 1})
    assert has_columns(numbers.open(), COLUMNS)


def test_rows_are_appended_while_another_adds_a_column(numbers, two):
    """The one that appends starts over, or its rows get null there."""
    first, second = two
    add_columns(ADDRESS, first, (*COLUMNS, Column("new", "double", "New.")))
    try:
        numbers.append(second, 10)
    except LakeConflictError:
        numbers.append(second, 10)
    assert numbers.keys(numbers.lake.require(ADDRESS)) == [0, 1, 2, 10]


def test_table_is_created_while_another_looks_for_it(numbers, monkeypatch):
    """The first one has not found it, and then finds its data files."""
    files = FolderStorage.files

    def late(storage, folder, **which):
        monkeypatch.undo()
        numbers.append(numbers.open(), 1)
        return files(storage, folder, **which)

    monkeypatch.setattr(FolderStorage, "files", late)
    assert numbers.keys(Lake(numbers.lake.root).ensure(ADDRESS, COLUMNS, "")) == [1]
