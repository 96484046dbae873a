"""A source that cannot be used is named, without its password, with what to do."""

from __future__ import annotations

import sqlite3

import pytest

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.pinterest.source.source_tables import SourceError, connectable, hidden


def test_no_such_file_and_none_is_made(tmp_path):
    with pytest.raises(SourceError, match=r"there is no file .*absent.db. .*pinterest-platform generate"):
        SourceDatabase(f"sqlite:///{tmp_path}/absent.db")
    assert not list(tmp_path.iterdir())


def test_a_table_is_missing(tmp_path):
    sqlite3.connect(tmp_path / "empty.db").execute("create table other (a)").connection.close()
    with pytest.raises(SourceError, match=r"no table 'pinterest_data'.*pinterest-platform generate"):
        SourceDatabase(f"sqlite:///{tmp_path}/empty.db")


def test_columns_are_missing(tmp_path):
    url = f"sqlite:///{tmp_path}/source.db"
    load(url, 5)
    with sqlite3.connect(tmp_path / "source.db") as connection:
        connection.execute("alter table geolocation_data drop column country")
    with pytest.raises(SourceError, match="'geolocation_data' lacks country; it needs ind, timestamp, latitude"):
        SourceDatabase(url)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "text.db").write_text("not a database, but long enough to be taken for one" * 20)
    with pytest.raises(SourceError, match=r"not a database.*Check that"):
        SourceDatabase(f"sqlite:///{tmp_path}/text.db")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match=r"cannot make .*/file/sub: "):
        load(f"sqlite:///{tmp_path}/file/sub/source.db", 5)


def test_the_driver_is_not_installed():
    with pytest.raises(SourceError, match=r"user:\*\*\*@host/db: .* 'cymysql' is not installed.*pip install"):
        connectable("mysql+cymysql://user:secret@host/db")


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://user:secret@host/db"])
def test_no_url(url):
    with pytest.raises(SourceError, match=r"cannot be read. Give a SQLAlchemy URL, as sqlite:///") as caught:
        connectable(url)
    assert "secret" not in str(caught.value)


def test_the_password_is_hidden():
    assert hidden("mysql+pymysql://user:secret@host:3306/db") == "mysql+pymysql://user:***@host:3306/db"
