"""A MySQL server as source: filled, completed, read as postings, compared with what is expected."""

from __future__ import annotations

import os
import signal

import pytest
import sqlalchemy as sa

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.pinterest.source.inspection import inspect_source
from pinterest_platform.pinterest.source.loading import BATCH, load
from pinterest_platform.pinterest.source.source_tables import SourceError, hidden
from pinterest_platform_tests.forked import start

ROWS = 3_000


@pytest.fixture
def execute(database):
    def run(*statements):
        engine = sa.create_engine(database)
        with engine.begin() as connection:
            results = [connection.execute(sa.text(statement)) for statement in statements]
            return [result.fetchall() for result in results if result.returns_rows]

    return run


def stored(url):
    with SourceDatabase(url) as source:
        return [posting for batch in source.read_in_order() for posting in batch]


def test_what_is_stored_is_what_is_generated(database):
    assert load(database, ROWS, 5) == ROWS
    assert stored(database) == list(generate(ROWS, 5))
    assert load(database, ROWS, 5) == 0
    with SourceDatabase(database) as source:
        picked = [2_999, 0, 17, 17, 1_500]
        assert [posting.ind for posting in source.read_rows(picked)] == picked
    assert [(state.rows, state.differences) for state in inspect_source(database)] == [(ROWS, ())] * 3


def test_reading_needs_one_connection(database, execute):
    load(database, ROWS)
    with SourceDatabase(database) as source:
        before = int(execute("SHOW GLOBAL STATUS LIKE 'Connections'")[0][0][1])
        for position in range(0, ROWS, 100):
            source.read_rows([position])
        list(source.read_in_order(batch=100))
        after = int(execute("SHOW GLOBAL STATUS LIKE 'Connections'")[0][0][1])
    assert after - before == 1, "that of the second question"


def killed_load(url, rows):
    load(url, rows, 1, progress=lambda _: os.kill(os.getpid(), signal.SIGKILL))


def test_a_killed_load_is_completed(database):
    rows = BATCH + 500
    process = start(killed_load, database, rows)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert load(database, rows, 1) == 500
    assert stored(database) == list(generate(rows, 1))


def test_what_differs_is_named(database, execute):
    load(database, 20)
    execute(
        "ALTER TABLE pinterest_data DROP COLUMN title, MODIFY downloaded TEXT, ADD COLUMN likes INT",
        "ALTER TABLE geolocation_data DROP PRIMARY KEY, CONVERT TO CHARACTER SET latin1",
        "DELETE FROM user_data WHERE ind = 3",
    )
    pin, geo, user = inspect_source(database)
    assert pin.differences == (
        "column title is missing",
        "column downloaded is text (TEXT), not an integer",
        "columns that are ignored: likes",
    )
    assert list(geo.differences) == [
        "ind has no index, so each posting reads the whole table. Run CREATE UNIQUE INDEX on it",
        "its character set is latin1, but emoji need utf8mb4. Run ALTER TABLE ... CONVERT TO it",
    ]
    assert user.differences == (
        "ind ends at 19, but there are 19 rows. Number the rows from 0, without gaps",
        "1 rows fewer than another of the three",
    )
    execute("DROP TABLE user_data")
    assert inspect_source(database)[2].differences == ("the table does not exist",)


def test_server_that_is_not_there(database):
    url = sa.make_url(database).set(port=1, username="ann", password="secret-word")
    for use in (SourceDatabase, inspect_source, lambda url: load(url, 1)):
        with pytest.raises(
            SourceError, match=r"Can't connect to MySQL server.*Check that the server can be reached"
        ) as e:
            use(url.render_as_string(hide_password=False))
        assert "secret-word" not in str(e.value)
        assert hidden(url) in str(e.value)
