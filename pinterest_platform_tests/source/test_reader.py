"""The user who reads the source, in a real MySQL: it counts rows, and changes none."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.pinterest.source.reader import make_reader
from pinterest_platform.pinterest.source.source_tables import SourceError


@pytest.fixture
def user(topic_prefix: str) -> str:
    """Users are the whole server's."""
    return f"reader_{topic_prefix}"


def as_reader(database: str, user: str, password: str) -> str:
    return sa.make_url(database).set(username=user, password=password).render_as_string(hide_password=False)


def test_reader_counts_rows_and_changes_none(database: str, user: str) -> None:
    load(database, 20)
    make_reader(database, user, "first")
    url = as_reader(database, user, "first")
    with SourceDatabase(url) as source:
        assert source.count() == 20
    with pytest.raises(SourceError, match="denied"):
        load(url, 20, replace=True)


def test_made_again_it_has_the_new_password(database: str, user: str) -> None:
    load(database, 1)
    make_reader(database, user, "first")
    make_reader(database, user, "it's \\ new")
    with SourceDatabase(as_reader(database, user, "it's \\ new")) as source:
        assert source.count() == 1


def test_file_has_no_users() -> None:
    with pytest.raises(SourceError, match="only MySQL has users"):
        make_reader("sqlite:///source.db", "reader", "any")
