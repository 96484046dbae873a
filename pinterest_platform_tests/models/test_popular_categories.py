"""Which category has most posts, by country, year and age group: ties kept, nothing counted twice, nothing unknown."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinterest_platform_tests.models.tables import Tables

BY_COUNTRY = "analytics/most_popular_category_by_country"
BY_AGE = "analytics/most_popular_category_by_age_group"
POPULARITY = "analytics/category_popularity_by_year"
BY_YEAR = "analytics/most_popular_category_by_year"


def post(category: str | None = "art", **columns: Any) -> dict[str, Any]:
    geo = {name: columns[name] for name in ("country", "timestamp") if name in columns}
    user = {name: columns[name] for name in ("age",) if name in columns}
    return {"pin": {"category": category}, "geo": geo, "user": user}


def test_count_belongs_to_its_category(tables: Tables) -> None:
    """`first(category)` beside `max(count)` would name whichever came first."""
    tables.add_posts([post("art"), post("travel"), post("travel"), post("travel"), post("beauty")])
    assert tables.run(BY_COUNTRY) == [("Aruba", "travel", 3)]


def test_categories_that_tie_are_all_kept(tables: Tables) -> None:
    tables.add_posts([post("travel"), post("art"), post("beauty"), post("travel"), post("art")])
    assert tables.run(BY_COUNTRY) == [("Aruba", "art", 2), ("Aruba", "travel", 2)]
    assert tables.run(BY_AGE) == [("25-35", "art", 2), ("25-35", "travel", 2)]
    tables.refresh(POPULARITY)
    assert tables.run(BY_YEAR) == [(2020, "art", 2), (2020, "travel", 2)]


def test_posting_sent_again_counts_once(tables: Tables) -> None:
    """From raw on: a join over rows that are not de-duplicated would count 2 x 3 x 1."""
    tables.add("raw/pin", [{"index": 1}, {"index": 1}, {"index": 2, "category": "travel"}])
    tables.add("raw/geo", [{"ind": 1}, {"ind": 1}, {"ind": 1}, {"ind": 2}])
    tables.add("raw/user", [{"ind": 1}, {"ind": 1}, {"ind": 2}])
    tables.refresh("cleaned/pin", "cleaned/geo", "cleaned/user", POPULARITY)
    assert tables.run(BY_COUNTRY) == [("Aruba", "art", 1), ("Aruba", "travel", 1)]
    assert tables.run(BY_AGE) == [("25-35", "art", 1), ("25-35", "travel", 1)]
    assert tables.run(POPULARITY) == [(2020, "art", 1), (2020, "travel", 1)]


def test_pin_without_its_author_still_counts_for_its_country_and_year(tables: Tables) -> None:
    tables.add_posts([post("art") | {"user": None}])
    assert tables.run(BY_COUNTRY) == [("Aruba", "art", 1)]
    assert tables.run(POPULARITY) == [(2020, "art", 1)]
    assert tables.run(BY_AGE) == []


def test_pin_without_its_place_still_counts_for_its_age_group(tables: Tables) -> None:
    tables.add_posts([post("art") | {"geo": None}])
    assert tables.run(BY_AGE) == [("25-35", "art", 1)]
    assert tables.run(BY_COUNTRY) == []
    assert tables.run(POPULARITY) == []


def test_place_and_author_without_their_pin_are_no_post(tables: Tables) -> None:
    tables.add_posts([post() | {"pin": None}])
    assert (tables.run(BY_COUNTRY), tables.run(BY_AGE), tables.run(POPULARITY)) == ([], [], [])


def test_unknown_country_is_no_country(tables: Tables) -> None:
    tables.add_posts([post(country=None), post(country=None), post("travel", country="Chad")])
    assert tables.run(BY_COUNTRY) == [("Chad", "travel", 1)]


def test_unknown_category_is_no_category(tables: Tables) -> None:
    tables.add_posts([post(None), post(None), post("travel")])
    assert tables.run(BY_COUNTRY) == [("Aruba", "travel", 1)]
    assert tables.run(BY_AGE) == [("25-35", "travel", 1)]
    assert tables.run(POPULARITY) == [(2020, "travel", 1)]


def test_years_are_2018_to_2022_of_the_time_of_posting(tables: Tables) -> None:
    moments = ["2017-12-31 23:59:59", "2018-01-01 00:00:00", "2022-12-31 23:59:59", "2023-01-01 00:00:00"]
    tables.add_posts([post(timestamp=moment) for moment in moments])
    assert tables.run(POPULARITY) == [(2018, "art", 1), (2022, "art", 1)]


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Los_Angeles"])
def test_year_does_not_depend_on_the_session(tables: Tables, zone: str) -> None:
    tables.connection.execute(f"SET TimeZone = '{zone}'")
    tables.add_posts([post(timestamp="2019-12-31 23:59:59"), post(timestamp="2020-01-01 00:00:00")])
    assert tables.run(POPULARITY) == [(2019, "art", 1), (2020, "art", 1)]


def test_most_popular_of_a_year_is_of_that_year(tables: Tables) -> None:
    posts = [("art", 2019)] * 3 + [("travel", 2019)] * 2 + [("travel", 2020)] * 2 + [("art", 2020)]
    tables.add_posts([post(category, timestamp=f"{year}-06-01") for category, year in posts])
    tables.refresh(POPULARITY)
    assert tables.run(BY_YEAR) == [(2019, "art", 3), (2020, "travel", 2)]


many_posts = st.lists(
    st.tuples(st.sampled_from(["art", "travel", "beauty", None]), st.sampled_from(["Chad", "Peru", None])), max_size=30
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(many_posts)
def test_top_of_a_country_is_what_counting_by_hand_gives(
    tables: Tables, posts: list[tuple[str | None, str | None]]
) -> None:
    tables.clear()
    tables.add_posts([post(category, country=country) for category, country in posts])
    counts = Counter((country, category) for category, country in posts if country and category)
    most = {country: max(n for (c, _), n in counts.items() if c == country) for country, _ in counts}
    assert tables.run(BY_COUNTRY) == sorted((c, k, n) for (c, k), n in counts.items() if n == most[c])
