"""Medians over posts: true ones, unknown counts left out, years of joining from 2015 to 2020, any year of posting."""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinterest_platform_tests.models.tables import Tables

BY_AGE = "analytics/median_follower_count_by_age_group"
BY_JOINING = "analytics/median_follower_count_by_joining_year"
BY_JOINING_AND_AGE = "analytics/median_follower_count_by_joining_year_and_age_group"
BY_POSTING_AND_AGE = "analytics/median_follower_count_by_posting_year_and_age_group"
MEDIANS = (BY_AGE, BY_JOINING, BY_JOINING_AND_AGE, BY_POSTING_AND_AGE)


def post(followers: int | None, **columns: Any) -> dict[str, Any]:
    user = {name: columns[name] for name in ("age", "date_joined") if name in columns}
    geo = {name: columns[name] for name in ("timestamp",) if name in columns}
    return {"pin": {"follower_count": followers}, "user": user, "geo": geo}


def medians(tables: Tables, address: str) -> list[float]:
    return [row[-1] for row in tables.run(address)]


@pytest.mark.parametrize("address", MEDIANS)
@pytest.mark.parametrize(
    ("counts", "median"),
    [
        ([3], 3.0),
        ([1, 2, 900], 2.0),
        ([1, 2, 5, 900], 3.5),
        ([0, 0, 0, 10**15, 10**15 + 1], 0.0),
        ([None, None, 4, 6], 5.0),
        ([None, 7], 7.0),
        ([2, 2, 2, 9], 2.0),
    ],
)
def test_median_of_known_counts(tables: Tables, address: str, counts: list[int | None], median: float) -> None:
    tables.add_posts([post(count) for count in counts])
    assert medians(tables, address) == [median]


@pytest.mark.parametrize("address", MEDIANS)
def test_group_of_only_unknown_counts_is_no_row(tables: Tables, address: str) -> None:
    tables.add_posts([post(None), post(None)])
    assert tables.run(address) == []


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from([20, 30, 40, 60]), st.none() | st.integers(0, 10**7)), max_size=25))
def test_median_of_each_age_group_is_pythons(tables: Tables, posts: list[tuple[int, int | None]]) -> None:
    tables.clear()
    tables.add_posts([post(count, age=age) for age, count in posts])
    groups = {20: "18-24", 30: "25-35", 40: "36-50", 60: "50+"}
    known: dict[str, list[int]] = {}
    for age, count in posts:
        if count is not None:
            known.setdefault(groups[age], []).append(count)
    assert tables.run(BY_AGE) == sorted((group, float(statistics.median(counts))) for group, counts in known.items())


def test_every_post_of_an_author_weighs(tables: Tables) -> None:
    tables.add_posts([post(10), post(10), post(10), post(900)])
    assert medians(tables, BY_AGE) == [10.0]


@pytest.mark.parametrize("address", [BY_JOINING, BY_JOINING_AND_AGE])
def test_years_of_joining_are_2015_to_2020(tables: Tables, address: str) -> None:
    moments = ["2014-12-31 23:59:59", "2015-01-01", "2020-12-31 23:59:59", "2021-01-01"]
    tables.add_posts([post(i, date_joined=moment) for i, moment in enumerate(moments)])
    assert [row[-2:] for row in tables.run(address)] == [(2015, 1.0), (2020, 2.0)]


def test_year_of_posting_is_not_that_of_joining(tables: Tables) -> None:
    tables.add_posts([post(4, date_joined="2016-01-01", timestamp="2017-12-31 23:59:59", age=20)])
    assert tables.run(BY_POSTING_AND_AGE) == [("18-24", 2017, 4.0)]
    assert tables.run(BY_JOINING_AND_AGE) == [("18-24", 2016, 4.0)]


def test_any_year_of_posting_counts(tables: Tables) -> None:
    tables.add_posts([post(1, timestamp="2017-06-01"), post(2, timestamp="2024-06-01")])
    assert tables.run(BY_POSTING_AND_AGE) == [("25-35", 2017, 1.0), ("25-35", 2024, 2.0)]


def test_place_is_needed_for_the_year_of_posting_only(tables: Tables) -> None:
    tables.add_posts([post(5) | {"geo": None}])
    assert medians(tables, BY_AGE) == medians(tables, BY_JOINING) == medians(tables, BY_JOINING_AND_AGE) == [5.0]
    assert tables.run(BY_POSTING_AND_AGE) == []


def test_author_of_unknown_age_has_a_year_of_joining(tables: Tables) -> None:
    tables.add_posts([post(5, age=None)])
    assert tables.run(BY_JOINING) == [(2016, 5.0)]
    assert tables.run(BY_JOINING_AND_AGE) == tables.run(BY_AGE) == []
