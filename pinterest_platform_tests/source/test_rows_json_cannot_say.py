"""Rows of a real MySQL whose values JSON cannot say by the declared types: refused one by one, found beforehand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.inspection import inspect_source
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.landed import records

ROWS = 40
TOPICS = {record: f"t.{record}" for record in RECORDS}
#: As people's own tables are: other types than a filled source has, and NULL where it is not allowed there.
ALTERED = (
    "ALTER TABLE pinterest_data MODIFY downloaded BIT(1), MODIFY title VARBINARY(200), MODIFY poster_name JSON,"
    " MODIFY follower_count DECIMAL(12,2), MODIFY is_image_or_video SET('image', 'video', 'story')",
    "ALTER TABLE geolocation_data MODIFY timestamp DATETIME(6) NULL, MODIFY latitude DECIMAL(9,6)",
    "ALTER TABLE user_data MODIFY date_joined DATE NULL, MODIFY age BIGINT UNSIGNED",
)


@pytest.fixture
def url(database: str) -> str:
    load(database, ROWS, 1)
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        connection.exec_driver_sql("UPDATE pinterest_data SET title = NULL, follower_count = 12.5, downloaded = 1")
        connection.exec_driver_sql("UPDATE pinterest_data SET is_image_or_video = 'image', poster_name = '\"Ann\"'")
        for statement in ALTERED:
            connection.exec_driver_sql(statement)
        for row in (0, 7):
            connection.exec_driver_sql(f"UPDATE geolocation_data SET timestamp = '0000-00-00' WHERE ind = {row}")
        connection.exec_driver_sql("UPDATE geolocation_data SET timestamp = '2018-02-03 04:05:06.25' WHERE ind = 1")
        connection.exec_driver_sql("UPDATE pinterest_data SET title = X'FF00' WHERE `index` = 3")
        connection.exec_driver_sql("UPDATE pinterest_data SET is_image_or_video = 'image,story' WHERE `index` = 4")
        connection.exec_driver_sql("UPDATE user_data SET date_joined = NULL, age = 18446744073709551615 WHERE ind = 9")
        connection.exec_driver_sql("UPDATE user_data SET age = NULL, date_joined = '0099-01-02' WHERE ind = 10")
    engine.dispose()
    return database


#: Table, key and what is wrong with each row that is refused.
REFUSED = {
    "t.geo 0": "table geolocation_data, ind 0: column timestamp is '0000-00-00 00:00:00.000000', not a date and time",
    "t.geo 7": "table geolocation_data, ind 7: column timestamp is '0000-00-00 00:00:00.000000', not a date and time",
    "t.pin 3": "table pinterest_data, index 3: column title is b'\\xff\\x00', not a text.",
    "t.user 9": "table user_data, ind 9: column age is •••, not a whole number of 64 bits; "
    "column date_joined is NULL, and it is required.",
}


def test_a_zero_date_a_null_and_bytes_refuse_their_rows_and_no_others(url: str, tmp_path: Path) -> None:
    for count in (5, None):
        with SourceDatabase(url) as source:
            destination = LandingFolder(tmp_path / "landing", RECORDS, TOPICS, refused=tmp_path / "refused.jsonl")
            order, checkpoint = Sequential(), tmp_path / "checkpoint"
            result = post(source, order, destination, count=count, checkpoint=checkpoint, resume=True)
    assert (result.acknowledged, result.refused) == (ROWS, len(REFUSED))

    refused = [json.loads(line) for line in (tmp_path / "refused.jsonl").read_text().splitlines()]
    assert {f"{line['topic']} {line['key']}" for line in refused} == {*REFUSED}
    for line in refused:
        assert line["error"].startswith(REFUSED[f"{line['topic']} {line['key']}"])
        assert line["value"][RECORDS[line["topic"].removeprefix("t.")].key] == line["key"]

    rows = {r: {row[RECORDS[r].key]: row for row in records(tmp_path / "landing", f"t.{r}")} for r in RECORDS}
    for record in RECORDS:
        assert {f"t.{record} {key}" for key in {*range(ROWS)} - {*rows[record]}} == {
            name for name in REFUSED if name.startswith(f"t.{record} ")
        }
    assert rows["geo"][1]["timestamp"] == "2018-02-03 04:05:06.250000"
    assert isinstance(rows["geo"][1]["latitude"], float)
    pin = rows["pin"][4]
    assert (pin["downloaded"], pin["follower_count"], pin["is_image_or_video"]) == (1, "12.50", "image,story")
    assert (pin["title"], pin["poster_name"]) == (None, '"Ann"')
    assert (rows["user"][10]["age"], rows["user"][10]["date_joined"]) == (None, "0099-01-02 00:00:00")


def test_source_check_names_them_beforehand(url: str) -> None:
    states = {state.name: "\n".join(state.differences) for state in inspect_source(url)}
    assert "2 rows cannot be posted:\ntable geolocation_data, ind 0: column timestamp" in states["geolocation_data"]
    for told in REFUSED.values():
        assert any(told in state for state in states.values()), told
    assert "downloaded" not in states["pinterest_data"], "BIT is read as a number"
