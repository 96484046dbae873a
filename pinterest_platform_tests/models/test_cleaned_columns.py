"""What else cleaning does: order and types of the columns, save location, coordinates, timestamps as they are."""

from __future__ import annotations

import datetime as dt

import pytest

from pinterest_platform_tests.models.tables import CATALOG, DUCKDB_TYPES, Tables

COLUMNS = {
    "pin": (
        "ind",
        "unique_id",
        "title",
        "description",
        "follower_count",
        "poster_name",
        "tag_list",
        "is_image_or_video",
        "image_src",
        "save_location",
        "category",
    ),
    "geo": ("ind", "country", "coordinates", "timestamp"),
    "user": ("ind", "user_name", "age", "date_joined"),
    "post": (
        "ind",
        "category",
        "poster_name",
        "follower_count",
        "country",
        "timestamp",
        "age_group",
        "date_joined",
    ),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_in_the_order_of_the_contract(name: str) -> None:
    assert tuple(column.name for column in CATALOG.columns(f"cleaned/{name}")) == COLUMNS[name]


@pytest.mark.parametrize("address", sorted(CATALOG.models))
def test_engine_returns_the_declared_columns_and_types(tables: Tables, address: str) -> None:
    described = tables.connection.execute(f"DESCRIBE {tables.rendered(address)}").fetchall()
    declared = [(column.name, DUCKDB_TYPES[column.type]) for column in tables.catalog.columns(address)]
    assert [row[:2] for row in described] == declared


@pytest.mark.parametrize(
    ("saved", "path"),
    [
        ("Local save in /data/diy-and-crafts", "/data/diy-and-crafts"),
        ("/data/art", "/data/art"),
        ("Local save in ", None),
        ("Local save in \xa0", None),
        ("Local save in", "Local save in"),
        ("local save in /data/art", "local save in /data/art"),
        ("/data/Local save in /data", "/data/Local save in /data"),
        ("Local save in Local save in /data/art", "Local save in /data/art"),
        (" Local save in /data/art", " Local save in /data/art"),
    ],
)
def test_save_location_loses_its_words_once_and_in_front(tables: Tables, saved: str, path: str | None) -> None:
    tables.add("raw/pin", [{"save_location": saved}])
    assert [pin["save_location"] for pin in tables.cleaned("pin")] == [path]


def test_coordinates_are_latitude_then_longitude(tables: Tables) -> None:
    tables.add("raw/geo", [{"latitude": -88.8298, "longitude": 170.188}])
    assert [geo["coordinates"] for geo in tables.cleaned("geo")] == [[-88.8298, 170.188]]


def test_timestamps_are_naive_and_unchanged_by_the_session(tables: Tables) -> None:
    tables.add("raw/geo", [{"timestamp": "2017-12-31 23:59:59"}])
    tables.add("raw/user", [{"date_joined": "2018-01-01 00:00:00"}])
    for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles"):
        tables.connection.execute(f"SET TimeZone = '{zone}'")
        assert [geo["timestamp"] for geo in tables.cleaned("geo")] == [dt.datetime(2017, 12, 31, 23, 59, 59)]
        assert [user["date_joined"] for user in tables.cleaned("user")] == [dt.datetime(2018, 1, 1)]


def test_age_unknown_is_kept_unknown(tables: Tables) -> None:
    tables.add("raw/user", [{"age": None}, {"ind": 2, "age": 0}])
    assert [user["age"] for user in tables.cleaned("user")] == [None, 0]


def test_pin_without_its_place_or_author_is_cleaned_all_the_same(tables: Tables) -> None:
    tables.add("raw/pin", [{"index": 5}])
    assert [pin["ind"] for pin in tables.cleaned("pin")] == [5]
