"""Reading the source in order and by position."""

from __future__ import annotations

import sqlite3

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql
from sqlalchemy.schema import CreateTable

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.pinterest.source.source_tables import TABLES, SourceError
from pinterest_platform_tests.source.conftest import ROWS, SEED


@pytest.fixture(scope="module")
def source(source_url):
    with SourceDatabase(source_url) as source:
        yield source


@pytest.fixture(scope="module")
def generated():
    return list(generate(ROWS, SEED))


@settings(max_examples=25, deadline=None)
@given(st.tuples(st.integers(0, ROWS), st.integers(0, ROWS)).map(sorted), st.integers(1, 700))
def test_in_order(source, generated, bounds, batch):
    start, stop = bounds
    batches = list(source.read_in_order(start, stop, batch))
    assert [posting for postings in batches for posting in postings] == generated[start:stop]
    assert all(len(postings) == batch for postings in batches[:-1])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, ROWS - 1), max_size=1_300))
def test_picked_rows_come_in_the_order_asked_for_and_repeatedly(source, generated, positions):
    assert source.read_rows(positions) == [generated[position] for position in positions]


def test_a_picked_row_beyond_the_end_is_named(source):
    with pytest.raises(SourceError, match=f"no row {ROWS}: it has {ROWS} rows.*pinterest-platform generate"):
        source.read_rows([3, ROWS + 5, ROWS])


def test_holes_in_the_positions_are_passed_over(source_file, tmp_path, generated):
    copy = tmp_path / "copy.db"
    with sqlite3.connect(source_file) as original, sqlite3.connect(copy) as connection:
        original.backup(connection)
        for table in RECORDS.values():
            connection.execute(f'delete from {table.source_table} where "{table.key}" between 10 and 99')
    with SourceDatabase(f"sqlite:///{copy}") as source:
        read = [posting for postings in source.read_in_order(batch=7) for posting in postings]
    assert read == generated[:10] + generated[100:]


def test_a_row_without_companion_is_an_error_not_a_posting_less(source_file, tmp_path):
    copy = tmp_path / "copy.db"
    with sqlite3.connect(source_file) as original, sqlite3.connect(copy) as connection:
        original.backup(connection)
        connection.execute("delete from user_data where ind = 500")
    with (
        SourceDatabase(f"sqlite:///{copy}") as source,
        pytest.raises(SourceError, match="row 500 of pinterest_data has no companion in user_data"),
    ):
        list(source.read_in_order())


def test_datetimes_of_the_driver_become_text(source_file, tmp_path, generated):
    """MySQL's driver returns datetimes; SQLite's does where the declared type is TIMESTAMP and it is told to."""
    copy = tmp_path / "copy.db"
    with sqlite3.connect(source_file) as original, sqlite3.connect(copy) as connection:
        original.backup(connection)
        for table, name in (("geolocation_data", "timestamp"), ("user_data", "date_joined")):
            connection.execute("pragma writable_schema = on")
            connection.execute(
                "update sqlite_master set sql = replace(sql, ?, ?) where name = ?",
                (f"{name} TEXT", f"{name} TIMESTAMP", table),
            )
    with SourceDatabase(f"sqlite:///{copy}?detect_types={sqlite3.PARSE_DECLTYPES}") as source:
        raw = source._connection.exec_driver_sql("select timestamp from geolocation_data limit 1").scalar()
        assert not isinstance(raw, str), "the driver returns datetimes"
        assert next(source.read_in_order(0, 50)) == generated[:50]


def test_identity_tells_sources_apart(source, source_url, tmp_path):
    with SourceDatabase(source_url) as again:
        assert again.identity() == source.identity()
    load(f"sqlite:///{tmp_path}/other.db", ROWS, SEED + 1)
    with SourceDatabase(f"sqlite:///{tmp_path}/other.db") as other:
        assert other.identity()["digest"] != source.identity()["digest"]


def test_the_tables_suit_mysql():
    statements = {
        name: " ".join(str(CreateTable(table).compile(dialect=mysql.dialect())).split())
        for name, table in TABLES.items()
    }
    assert "`index` INTEGER NOT NULL, unique_id TEXT NOT NULL, title TEXT, " in statements["pin"]
    assert "timestamp DATETIME NOT NULL, latitude DOUBLE NOT NULL" in statements["geo"]
    assert all("PRIMARY KEY" in text and "CHARSET=utf8mb4" in text for text in statements.values())
    assert isinstance(TABLES["user"].c.age.type, sa.Integer)
