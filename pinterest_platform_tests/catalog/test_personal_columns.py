"""A column that a record declares as personal is personal wherever a table is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.retail import RETAIL
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform_tests.catalog.folders import HEADER, one_model, shipped, write
from pinterest_platform_tests.domains import with_models


def personal(catalog: Catalog) -> dict[str, tuple[str, ...]]:
    addresses = (*catalog.addresses, *catalog.views)
    return {address: found for address in addresses if (found := catalog.personal(address))}


def test_of_pinterest() -> None:
    pins, places, users = ("poster_name",), ("coordinates",), ("user_name", "age")
    assert personal(load_catalog(Settings(_env_file=None), PINTEREST)) == {
        "raw/pin": ("poster_name",),
        "raw/geo": ("latitude", "longitude"),
        "raw/user": ("first_name", "last_name", "age"),
        "raw/rejected": ("line",),
        "cleaned/pin": pins,
        "cleaned/geo": places,
        "cleaned/user": users,
        "cleaned/post": pins,
        "analytics/top_user_by_country": pins,
        "stream/pin": pins,
        "stream/geo": places,
        "stream/user": users,
        "stream/rejected": ("line",),
        "live/posts_by_poster": pins,
        "live/top_posters": pins,
        "stream/pin_latest": pins,
        "stream/geo_latest": places,
        "stream/user_latest": users,
        "serving/pin": pins,
        "serving/geo": places,
        "serving/user": users,
        "serving/post": ("poster_name", "coordinates", "user_name", "age"),
    }


def test_of_retail() -> None:
    person = ("first_name", "last_name", "date_of_birth", "email_address", "address", "phone_number")
    assert personal(Catalog.load(RETAIL)) == {
        "raw/users": person,
        "raw/cards": ("card_number",),
        "raw/orders": ("first_name", "last_name", "card_number"),
        "raw/rejected": ("line",),
        "cleaned/dim_users": person,
        "cleaned/dim_card_details": ("card_number",),
        "cleaned/orders_table": ("card_number",),
    }


def test_through_expressions_and_with_parts(tmp_path: Path) -> None:
    folder = write(
        shipped(tmp_path),
        "analytics/initials.sql",
        HEADER + "WITH named AS (SELECT ind, SUBSTR(user_name, 1, 1) AS initial, age FROM cleaned.user)\n"
        "SELECT ind, LOWER(initial) || 'x' AS shown, age > 20 AS is_older, 1 AS one FROM named",
    )
    assert Catalog.load(with_models(folder)).personal("analytics/initials") == ("shown", "is_older")


def test_less_what_the_header_says_tells_of_nobody(tmp_path: Path) -> None:
    header = HEADER + "-- not_personal: is_grown_up\n"
    folder = one_model(tmp_path, "SELECT ind, age, age > 17 AS is_grown_up FROM raw.user", header)
    assert Catalog.load(with_models(folder)).personal("cleaned/tried") == ("age",)


def test_header_names_no_column(tmp_path: Path) -> None:
    folder = one_model(tmp_path, "SELECT ind, age FROM raw.user", HEADER + "-- not_personal: [ind, aeg]\n")
    with pytest.raises(ModelError, match=r"tried.sql:4: not_personal 'aeg' is not a column; the columns are ind, age"):
        Catalog.load(with_models(folder))
