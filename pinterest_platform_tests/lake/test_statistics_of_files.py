"""What the log says of a file is what the file holds, so that skipping files gives right answers."""

from __future__ import annotations

import math
import re
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.lake import Lake
from pinterest_platform.schemas import Column

COLUMNS = (Column("k", "bigint", ""), Column("i", "int", ""), Column("d", "double", ""), Column("s", "string", ""))

INTS = st.none() | st.integers(-(2**63), 2**63 - 1) | st.integers(-3, 3)
SMALL = st.none() | st.integers(-(2**31), 2**31 - 1)
DOUBLES = (
    st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, -89.97880000000001])
)
ROWS = st.lists(st.tuples(INTS, SMALL, DOUBLES, st.none() | st.text(max_size=3)), min_size=1, max_size=6)


def write(session, table, rows):
    session.db.execute("CREATE OR REPLACE TEMP TABLE given (k BIGINT, i INTEGER, d DOUBLE, s VARCHAR)")
    session.db.executemany("INSERT INTO given VALUES (?, ?, ?, ?)", rows)
    return session.write(table, "FROM given")


def bounds(values):
    there = [value for value in values if value is not None]
    return (min(there), max(there)) if there else (None, None)


@given(files=st.lists(ROWS, min_size=1, max_size=3))
@example(files=[[(None, None, 0.0, None)], [(None, None, -0.0, None)]])
@example(files=[[(None, None, 0.0, None)], [*[(None, None, None, None)] * 4, (None, None, -0.0, None)]])
@settings(deadline=None)
def test_bounds_are_the_files_own_and_skipping_is_right(files, tmp_path_factory):
    session = Session(Lake(str(tmp_path_factory.mktemp("stats"))), "1GB")
    table = session.lake.ensure("cleaned/x", COLUMNS, "")
    for rows in files:
        [file] = write(session, table, rows)
        assert file.rows == len(rows)
        for position, name in enumerate(("k", "i", "d")):
            values = [row[position] for row in rows]
            assert (file.stats["minValues"].get(name), file.stats["maxValues"].get(name)) == bounds(values)
            assert file.stats["nullCount"][name] == values.count(None)
        assert file.stats["nullCount"]["s"] == [row[3] for row in rows].count(None)
        commit(table, add=[file], transactions={})
    scan, everything = session.scan(table), [row for rows in files for row in rows]
    for position, name in enumerate(("k", "i", "d")):
        values = [row[position] for row in everything]
        there = sorted(value for value in values if value is not None)
        for value in {*there[:2], *there[-1:]}:
            counts = [f"(SELECT count(*) FROM {scan} WHERE {name} {sign} $value)" for sign in ("=", ">")]
            [found] = session.db.execute(f"SELECT {', '.join(counts)}", {"value": value}).fetchall()
            assert found == (there.count(value), sum(other > value for other in there))
        assert session.value(f"SELECT count(*) FROM {scan} WHERE {name} IS NULL") == values.count(None)
    session.close()


def test_infinity_and_nan_leave_no_bounds(numbers):
    table = numbers.open()
    select = "SELECT 1::BIGINT AS k, unnest([1.5, {}::DOUBLE]) AS d, '' AS s, NULL::TIMESTAMP AS t"
    for value in (math.inf, -math.inf, math.nan):
        [file] = numbers.session.write(table, select.format(f"'{value}'"))
        assert "d" not in file.stats["minValues"]
        assert file.stats["minValues"]["k"] == 1
        commit(table, add=[file], transactions={})
    for line in (numbers.folder() / "_delta_log").glob("*.json"):
        assert not {"Infinity", "NaN"} & set(re.findall(r"\w+", line.read_text()))
    assert numbers.session.value(f"SELECT count(*) FROM {numbers.session.scan(table)} WHERE d = 'inf'") == 1


def test_no_rows_leave_no_file(numbers):
    table = numbers.open()
    for ordered in (True, False):
        assert numbers.session.write(table, f"{numbers.select(1)} WHERE k > 1", ordered=ordered) == []
    assert numbers.files() == []


def test_rows_in_order_go_to_one_file_after_the_other(numbers, monkeypatch):
    monkeypatch.setattr("pinterest_platform.lake.files._FILE_BYTES", 100_000)
    table = numbers.open()
    select = "SELECT k, k / 3 AS d, md5(k::VARCHAR) AS s, NULL::TIMESTAMP AS t FROM range(500_000) AS r(k) ORDER BY k"
    files = numbers.session.write(table, select, ordered=True)
    ranges = sorted((file.stats["minValues"]["k"], file.stats["maxValues"]["k"]) for file in files)
    assert len(ranges) > 2
    assert all(high < low for (_, high), (low, _) in pairwise(ranges))
