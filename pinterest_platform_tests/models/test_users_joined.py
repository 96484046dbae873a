"""Authors who joined in a year: each once, however many pins; an author is a name, an age and a moment of joining."""

from __future__ import annotations

from typing import Any

from pinterest_platform_tests.models.tables import Row, Tables

JOINED = "analytics/users_joined_by_year"


def joined(tables: Tables, users: list[Row]) -> list[tuple[Any, ...]]:
    tables.add("cleaned/user", [{"ind": ind, **user} for ind, user in enumerate(users)])
    return tables.run(JOINED)


def test_author_of_many_pins_joined_once(tables: Tables) -> None:
    assert joined(tables, [{}, {}, {}]) == [(2016, 1)]


def test_authors_who_share_a_name_are_told_apart_by_age_and_moment(tables: Tables) -> None:
    same_name: list[Row] = [{}, {"age": 31}, {"date_joined": "2016-03-04 05:06:08"}, {"user_name": "Ada B."}]
    assert joined(tables, same_name) == [(2016, 4)]


def test_author_of_unknown_age_counts_once(tables: Tables) -> None:
    assert joined(tables, [{"age": None}, {"age": None}, {"age": 30}]) == [(2016, 2)]


def test_years_are_2015_to_2020(tables: Tables) -> None:
    moments = ["2014-12-31 23:59:59", "2015-01-01", "2020-12-31 23:59:59", "2021-01-01"]
    assert joined(tables, [{"date_joined": moment} for moment in moments]) == [(2015, 1), (2020, 1)]


def test_author_whose_pin_has_not_arrived_counts(tables: Tables) -> None:
    tables.add_posts([{"pin": None, "geo": None}])
    assert tables.run(JOINED) == [(2016, 1)]
