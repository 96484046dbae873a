"""Data files a table gained since a version, read from its log."""

from __future__ import annotations

from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform_tests.lake.conftest import names


def gained(numbers, table, since):
    """Keys in the files gained, or None where the table must be read whole."""
    changes = changes_since(numbers.session.db, table, since)
    if changes is None or not changes.only_additions:
        return None
    return sorted(
        key for path in changes.added for (key,) in numbers.session.rows(f"SELECT k FROM read_parquet('{path}')")
    )


def test_appends(numbers):
    table = numbers.open()
    for key in range(4):
        numbers.append(table, key, key + 10)
    assert gained(numbers, table, 0) == [0, 1, 2, 3, 10, 11, 12, 13]
    assert gained(numbers, table, 2) == [2, 3, 12, 13]
    assert gained(numbers, table, 4) == []


def test_table_loaded_at_an_older_version(numbers):
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    assert gained(numbers, numbers.lake.open("cleaned/numbers", 2), 1) == [1]


def test_optimize_is_no_gain(numbers):
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    optimize(table, ["k"])
    assert gained(numbers, table, 3) == []
    numbers.append(table, 9)
    assert gained(numbers, table, 2) == [2, 9]


def test_commit_of_ids_alone_is_no_gain(numbers):
    table = numbers.open()
    commit(table, transactions={"a": 1})
    assert gained(numbers, table, 0) == []


def test_rows_left(numbers):
    table = numbers.open()
    numbers.append(table, 1)
    commit(table, remove=names(table), transactions={})
    assert gained(numbers, table, 1) is None
    assert gained(numbers, table, 2) == []
    assert len(changes_since(numbers.session.db, table, 0).added) == 1


def test_log_is_gone(numbers):
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    (numbers.folder() / "_delta_log" / f"{2:020d}.json").unlink()
    assert gained(numbers, table, 1) is None
    assert gained(numbers, table, 2) == [2]


def test_version_that_the_table_has_not_reached(numbers):
    assert gained(numbers, numbers.open(), 5) is None
