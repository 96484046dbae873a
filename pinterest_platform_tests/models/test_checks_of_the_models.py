"""The checks in the headers: silent on tables as the models make them, and each finds what it is there for."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.models.tables import CATALOG, Row, Tables

CLEANED = ("cleaned/pin", "cleaned/geo", "cleaned/user", "cleaned/post")
CATEGORY: Row = {"category": "art", "category_count": 1}
MEDIAN: Row = {"age_group": "18-24", "post_year": 2016, "median_follower_count": 4.0}
BY_AGE_MEDIAN: Row = {"age_group": "18-24", "median_follower_count": 4.0}


@pytest.fixture(scope="module")
def made() -> Tables:
    """Every table as its model makes it of two postings, one of them sent twice."""
    tables = Tables()
    for ind in (1, 2, 1):
        tables.add("raw/pin", [{"index": ind, "poster_name": "Ada", "follower_count": "2k", "title": "t"}])
        tables.add("raw/geo", [{"ind": ind}])
        tables.add("raw/user", [{"ind": ind}])
    tables.refresh(*CATALOG.models)
    return tables


@pytest.mark.parametrize("address", CATALOG.addresses)
def test_tables_as_made_violate_nothing(made: Tables, address: str) -> None:
    assert made.violations(address) == set()


@pytest.mark.parametrize("address", CATALOG.models)
def test_empty_tables_violate_nothing(tables: Tables, address: str) -> None:
    assert tables.violations(address) == set()


BAD_ROWS: list[tuple[str, list[Row], set[str]]] = [
    ("cleaned/pin", [{"ind": 3, "follower_count": -1}], {"follower_count_not_negative", "one_row_a_key_of_raw"}),
    ("cleaned/pin", [{"ind": 3, "poster_name": "Ada "}], {"poster_name_trimmed", "one_row_a_key_of_raw"}),
    ("cleaned/pin", [{"ind": 3, "unique_id": "7"}], {"unique_id_is_a_uuid", "one_row_a_key_of_raw"}),
    ("cleaned/pin", [{"ind": 3, "category": None}], {"category_known", "one_row_a_key_of_raw"}),
    ("cleaned/pin", [{"ind": 3, "save_location": "/x"}], {"saved_under_its_category", "one_row_a_key_of_raw"}),
    ("cleaned/pin", [{"ind": 1}], {"key_unique", "follower_count_read"}),
    ("cleaned/pin", [{"ind": None}], {"key_not_null", "one_row_a_key_of_raw"}),
    ("cleaned/geo", [{"ind": 3, "coordinates": [91.0, 0.0]}], {"latitude_in_range", "one_row_a_key_of_raw"}),
    ("cleaned/geo", [{"ind": 3, "coordinates": [0.0, -181.0]}], {"longitude_in_range", "one_row_a_key_of_raw"}),
    ("cleaned/geo", [{"ind": 3, "coordinates": [1.0]}], {"two_coordinates", "one_row_a_key_of_raw"}),
    ("cleaned/geo", [{"ind": 3, "timestamp": None}], {"timestamp_known", "one_row_a_key_of_raw"}),
    ("cleaned/geo", [{"ind": 3, "country": None}], {"country_known", "one_row_a_key_of_raw"}),
    ("cleaned/user", [{"ind": 3, "age": 121}], {"age_in_range", "one_row_a_key_of_raw"}),
    ("cleaned/user", [{"ind": 3, "age": None}], {"age_known", "one_row_a_key_of_raw"}),
    ("cleaned/user", [{"ind": 3, "user_name": None}], {"user_name_known", "one_row_a_key_of_raw"}),
    ("cleaned/user", [{"ind": 3, "date_joined": None}], {"date_joined_known", "one_row_a_key_of_raw"}),
    ("cleaned/post", [{"ind": 3}], {"one_row_a_pin"}),
    ("cleaned/post", [{"ind": 1}], {"key_unique", "one_row_a_pin"}),
    ("cleaned/post", [{"ind": None}], {"key_not_null", "one_row_a_pin"}),
    ("cleaned/post", [{"ind": 3, "age_group": "17"}], {"age_group_allowed", "one_row_a_pin"}),
    (
        "analytics/category_popularity_by_year",
        [{"post_year": 2017, **CATEGORY}],
        {"year_in_range", "no_more_than_posts"},
    ),
    (
        "analytics/category_popularity_by_year",
        [{"post_year": 2018, "category": "art", "category_count": 0}],
        {"count_positive"},
    ),
    ("analytics/most_popular_category_by_year", [{"post_year": 2023, **CATEGORY}], {"year_in_range"}),
    (
        "analytics/most_popular_category_by_year",
        [{"post_year": 2018, "category": c, "category_count": n} for c, n in (("art", 0), ("travel", 2))],
        {"count_positive", "tied_counts_equal"},
    ),
    (
        "analytics/most_popular_category_by_country",
        [{"country": "Chad", "category": c, "category_count": n} for c, n in (("art", 0), ("travel", 2))],
        {"count_positive", "tied_counts_equal", "no_more_than_posts"},
    ),
    (
        "analytics/most_popular_category_by_age_group",
        [{"age_group": "50", "category": c, "category_count": n} for c, n in (("art", 0), ("travel", 2))],
        {"age_group_allowed", "count_positive", "tied_counts_equal", "no_more_than_posts"},
    ),
    (
        "analytics/top_user_by_country",
        [{"country": "Chad", "poster_name": p, "follower_count": n} for p, n in (("a", -1), ("b", 2))],
        {"follower_count_not_negative", "tied_counts_equal"},
    ),
    (
        "analytics/country_with_top_user",
        [{"country": "Chad", "follower_count": -1}],
        {"follower_count_not_negative", "one_row"},
    ),
    (
        "analytics/users_joined_by_year",
        [{"post_year": 2014, "number_users_joined": 0}],
        {"year_in_range", "number_positive"},
    ),
    ("analytics/users_joined_by_year", [{"post_year": 2015, "number_users_joined": 2}], {"no_more_than_users"}),
    (
        "analytics/median_follower_count_by_age_group",
        [{**BY_AGE_MEDIAN, "age_group": "51"}, {**BY_AGE_MEDIAN, "median_follower_count": None}],
        {"age_group_allowed", "median_known_and_not_negative"},
    ),
    (
        "analytics/median_follower_count_by_joining_year",
        [{"post_year": 2021, "median_follower_count": -1.0}],
        {"year_in_range", "median_known_and_not_negative"},
    ),
    (
        "analytics/median_follower_count_by_joining_year_and_age_group",
        [{**MEDIAN, "age_group": "x"}, {**MEDIAN, "post_year": 2021}, {**MEDIAN, "median_follower_count": None}],
        {"age_group_allowed", "year_in_range", "median_known_and_not_negative"},
    ),
    (
        "analytics/median_follower_count_by_posting_year_and_age_group",
        [{**MEDIAN, "age_group": "x"}, {**MEDIAN, "median_follower_count": -1.0}],
        {"age_group_allowed", "median_known_and_not_negative"},
    ),
]


@pytest.mark.parametrize(("address", "rows", "found"), BAD_ROWS)
def test_bad_rows_are_found(made: Tables, address: str, rows: list[Row], found: set[str]) -> None:
    made.connection.begin()
    try:
        made.add(address, rows)
        assert made.violations(address) == found
    finally:
        made.connection.rollback()


def test_pin_that_is_not_joined_is_found(made: Tables) -> None:
    made.connection.begin()
    try:
        made.add("cleaned/pin", [{"ind": 3}])
        assert made.violations("cleaned/post") == {"one_row_a_pin"}
    finally:
        made.connection.rollback()


@pytest.mark.parametrize("typed", ["1,234", "1.2B", "12 k", "1.2万", "9" * 20])
def test_follower_counts_that_cannot_be_read_are_counted_with_the_text(tables: Tables, typed: str) -> None:
    for ind, count in enumerate(["26k", "User Info Error", "\u00a0", None, typed, typed]):
        tables.add("raw/pin", [{"index": ind, "follower_count": count}])
    tables.refresh("cleaned/pin")
    assert tables.violations("cleaned/pin") == {"follower_count_read"}
    [check] = [check for check in CATALOG.checks("cleaned/pin") if check.name == "follower_count_read"]
    found = tables.connection.execute(CATALOG.render_query(check.violations("cleaned/pin"), "duckdb")).fetchall()
    assert found == [(4, typed), (5, typed)]


def test_every_check_of_every_model_has_a_row_that_it_finds() -> None:
    written = {
        (address, check.name)
        for address, model in CATALOG.models.items()
        for check in model.checks
        if check.name not in ("key_not_null", "key_unique")
    }
    assert written == {
        (address, name) for address, _, found in BAD_ROWS for name in found if not name.startswith("key_")
    }


def test_warnings_do_not_block() -> None:
    warnings = {c.name for address in CLEANED for c in CATALOG.checks(address) if not c.blocking}
    assert warnings == {
        "unique_id_is_a_uuid",
        "category_known",
        "saved_under_its_category",
        "follower_count_read",
        "country_known",
        "user_name_known",
        "age_known",
    }
