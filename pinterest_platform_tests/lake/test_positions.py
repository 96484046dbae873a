"""How far topic partitions are, as it is kept in a table's own commits."""

from __future__ import annotations

from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.positions import position_transactions, read_positions, upstream_transactions
from pinterest_platform.landing.keys import MAX_OFFSET
from pinterest_platform.landing.listing import START, Position


def test_nothing_ingested(numbers):
    assert read_positions(numbers.open(), "t.pin", [0, 7]) == {0: START, 7: START}


def test_written_and_read(numbers):
    table = numbers.open()
    positions = {
        0: Position(10, 5, 1_700_000_000_000_000, 2**62, 2**63 - 1),
        1: Position(MAX_OFFSET + 1, 0, -1, 1 << 10, 0),
        10: START,
    }
    for partition, position in positions.items():
        commit(table, transactions=position_transactions("t.pin", partition, position))
    assert read_positions(numbers.open(), "t.pin", positions) == positions
    assert read_positions(numbers.open(), "t.geo", [0]) == {0: START}


def test_a_position_may_be_set_back(numbers):
    table = numbers.open()
    for position in (Position(10, 5, 3), START):
        commit(table, transactions=position_transactions("t.pin", 0, position))
    assert read_positions(numbers.open(), "t.pin", [0]) == {0: START}


def test_a_table_made_anew_is_another_upstream(numbers, tmp_path):
    first = upstream_transactions("raw/x", numbers.open())
    (numbers.folder()).rename(tmp_path / "away")
    second = upstream_transactions("raw/x", numbers.open())
    assert first["raw/x"] == second["raw/x"] == 0
    assert first["raw/x/id"] != second["raw/x/id"]
    assert all(0 <= app["raw/x/id"] < 2**63 for app in (first, second))
