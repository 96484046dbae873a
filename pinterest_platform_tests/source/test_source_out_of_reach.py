"""A source that cannot be used is named, without its password, with what to do."""

from __future__ import annotations

import sqlite3

import pytest

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.pinterest.source.source_tables import SourceError, connectable, hidden


def test_no_such_file_and_none_is_made(tmp_path):
    with pytest.raises(SourceError, match=r"the file .*absent.db does not exist. .*pinterest-platform generate"):
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
    with pytest.raises(SourceError, match=r"'geolocation_data' lacks country\. It needs ind, timestamp, latitude"):
        SourceDatabase(url)


def test_a_file_that_is_no_database(tmp_path):
    (tmp_path / "text.db").write_text("not a database, but long enough to be taken for one" * 20)
    with pytest.raises(SourceError, match=r"not a database.*Check that"):
        SourceDatabase(f"sqlite:///{tmp_path}/text.db")


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match=r"cannot create .*/file/sub: "):
        load(f"sqlite:///{tmp_path}/file/sub/source.db", 5)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://user:secret@host/db", r"mysql://user:\*\*\*@host/db: .*Use mysql\+pymysql:// instead of mysql://"),
        ("mariadb://user:secret@host/db", r"Use mysql\+pymysql:// instead of mariadb://"),
        ("mysql+cymysql://user:secret@host/db", r"'cymysql' is not installed. Use mysql\+pymysql:// instead of"),
    ],
)
def test_the_driver_that_is_installed_is_named(url, said):
    with pytest.raises(SourceError, match=said) as caught:
        connectable(url)
    assert "pip install" not in str(caught.value)


@pytest.mark.parametrize(
    "login", ["ann:p@ss-w0rd", "ann:p@ss:w0rd", "ann:p@ss/w0rd", "a@nn:ss-w0rd", "a/nn:ss-w0rd", "ann:p@", "@:ss-w0rd"]
)
def test_password_that_is_not_escaped_is_not_shown(login):
    with pytest.raises(SourceError) as caught:
        SourceDatabase(f"mysql+pymysql://{login}@db.example/pins")
    assert "%40" in str(caught.value)
    assert "w0rd" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_password_that_is_escaped_is_one():
    assert connectable("mysql+pymysql://ann:p%40ss%2Fw0rd@db.example/pins").url.password == "p@ss/w0rd"


@pytest.mark.parametrize("url", ["", "nonsense", "nosuch://user:secret@host/db"])
def test_no_url(url):
    with pytest.raises(SourceError, match=r"is invalid. Use a SQLAlchemy URL, such as sqlite:///") as caught:
        connectable(url)
    assert "secret" not in str(caught.value)


def test_the_password_is_hidden():
    assert hidden("mysql+pymysql://user:secret@host:3306/db") == "mysql+pymysql://user:***@host:3306/db"
