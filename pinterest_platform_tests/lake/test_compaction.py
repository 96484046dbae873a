"""Small files are joined and tables ordered by key, and what they hold stays the same."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pinterest_platform.lake import files, maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.maintenance import compact_if_fragmented, optimize
from pinterest_platform_tests.lake.conftest import names


def append_one_by_one(numbers, keys):
    table = numbers.open()
    for key in keys:
        numbers.append(table, key)
    return table


def test_few_files_are_left_alone(numbers):
    table = append_one_by_one(numbers, range(5))
    before = names(table)
    assert not compact_if_fragmented(numbers.session.db, table)
    assert names(numbers.open()) == before


def test_many_small_files_are_joined(numbers):
    table = append_one_by_one(numbers, [*range(20), *range(-12, 0)])
    rows, version = numbers.rows(), table.version()
    assert compact_if_fragmented(numbers.session.db, table, ["k"])
    assert len(names(table)) == 1
    assert numbers.rows() == rows
    assert numbers.open().version() == version + 1


def test_large_files_are_not_rewritten(numbers, monkeypatch):
    monkeypatch.setattr(maintenance, "_SMALL_FILES", 3)
    table = numbers.open()
    commit(table, add=numbers.session.write(table, numbers.select(*range(3000)), ordered=True), transactions={})
    [large] = names(table)
    monkeypatch.setattr(maintenance, "_SMALL_BYTES", (numbers.folder() / large).stat().st_size)
    append_one_by_one(numbers, range(3000, 3003))
    table = numbers.open()
    assert compact_if_fragmented(numbers.session.db, table)
    assert large in names(table)
    assert len(names(table)) == 2


def test_compaction_is_no_change_of_data(numbers):
    table = append_one_by_one(numbers, range(32))
    compact_if_fragmented(numbers.session.db, table)
    log = (numbers.folder() / "_delta_log" / f"{table.version():020d}.json").read_text()
    assert log.count('"dataChange":false') == 33
    assert '"dataChange":true' not in log


def test_compaction_that_fails_is_only_logged(numbers, caplog):
    table = append_one_by_one(numbers, range(32))
    before = numbers.rows()
    numbers.folder().joinpath(names(table)[0]).rename(numbers.folder() / "away")
    assert not compact_if_fragmented(numbers.session.db, table)
    assert "skipped compaction" in caplog.text
    numbers.folder().joinpath("away").rename(numbers.folder() / names(table)[0])
    assert numbers.rows() == before


def test_optimize_orders_by_key(numbers, monkeypatch):
    monkeypatch.setattr(files, "_FILE_BYTES", 2000)
    table = numbers.open()
    keys = list(range(2000))
    for start in range(4):
        numbers.append(table, *keys[start::4])
    rows = numbers.rows()
    done = optimize(table, ["k"])
    assert numbers.rows() == rows
    actions = numbers.open().get_add_actions(flatten=True)
    ranges = sorted(zip(actions.column("min.k").to_pylist(), actions.column("max.k").to_pylist(), strict=True))
    assert len(ranges) == done.files_after
    assert all(high < low for (_, high), (low, _) in pairwise(ranges))


def test_optimize_again_rewrites_nothing(numbers):
    table = append_one_by_one(numbers, range(5))
    optimize(table, ["k"])
    before, version = names(table), table.version()
    done = optimize(numbers.open(), ["k"])
    assert names(numbers.open()) == before
    assert numbers.open().version() == version
    assert (done.files_before, done.files_after) == (1, 1)


@pytest.mark.parametrize("key", [[], ["s"], ["k", "s"]])
def test_optimize_with_other_keys(numbers, key):
    table = append_one_by_one(numbers, [3, 1, 2])
    rows = numbers.rows()
    assert optimize(table, key).files_after == 1
    assert numbers.rows() == rows
    assert optimize(numbers.open(), key).files_after == 1


def test_optimize_of_an_empty_table(numbers):
    assert optimize(numbers.open(), ["k"]).files_after == 0


def test_optimize_refuses_what_it_cannot_rewrite_faithfully(numbers):
    table = append_one_by_one(numbers, [1, 2])
    table.alter.set_table_properties({"delta.enableDeletionVectors": "true"})
    with pytest.raises(LakeError, match=r"the table feature deletionVectors.* prevents an engine"):
        optimize(numbers.open(), ["k"])


def test_ids_of_transactions_survive_checkpoint_and_clean_up(numbers):
    table = numbers.open()
    numbers.append(table, 1, watermark=41)
    for key in range(2, 5):
        numbers.append(table, key, other=key)
    optimize(table, ["k"])
    for log in (numbers.folder() / "_delta_log").glob("*.json"):
        if int(log.name[:20]) < table.version():
            log.unlink()
    assert numbers.open().transaction_version("watermark") == 41
    assert numbers.keys() == [1, 2, 3, 4]
