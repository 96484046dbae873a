"""Files are deleted when no version within the retention needs them, and not before."""

from __future__ import annotations

import os
import time

import duckdb
import pytest

from pinterest_platform.lake.maintenance import optimize


@pytest.fixture
def table(numbers):
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    return table


def test_versions_within_the_retention_can_be_read(numbers, table):
    optimize(table, ["k"], retention_hours=1)
    for version in range(1, 4):
        old = numbers.lake.open("cleaned/numbers", version)
        assert numbers.keys(old) == list(range(version))


def test_versions_beyond_the_retention_cannot(numbers, table):
    done = optimize(table, ["k"], retention_hours=0)
    assert done.deleted == 3
    assert len(numbers.files()) == 1
    assert numbers.keys() == [0, 1, 2]
    with pytest.raises(duckdb.IOException):
        numbers.keys(numbers.lake.open("cleaned/numbers", 2))


def test_files_that_no_commit_names(numbers, table):
    """Waste of a writer that died goes, what another may just be about to commit stays."""
    [old] = numbers.session.write(table, numbers.select(7))
    [new] = numbers.session.write(table, numbers.select(8))
    three_hours_ago = time.time() - 3 * 3600
    os.utime(numbers.folder() / old.name, (three_hours_ago, three_hours_ago))
    assert optimize(table, ["k"], retention_hours=2).deleted == 1
    assert not (numbers.folder() / old.name).exists()
    assert (numbers.folder() / new.name).exists()
    assert numbers.keys() == [0, 1, 2]
