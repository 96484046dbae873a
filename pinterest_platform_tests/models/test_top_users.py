"""Posters with most followers: the most of a poster's counts, never a sum, unknown posters and counts left out."""

from __future__ import annotations

from typing import Any

from pinterest_platform_tests.models.tables import Tables

TOP = "analytics/top_user_by_country"
COUNTRY = "analytics/country_with_top_user"


def post(poster: str | None, followers: int | None, country: str | None = "Chad") -> dict[str, Any]:
    return {"pin": {"poster_name": poster, "follower_count": followers}, "geo": {"country": country}, "user": None}


def test_followers_of_a_poster_are_not_summed_over_posts(tables: Tables) -> None:
    tables.add_posts([post("often", 400), post("often", 400), post("often", 400), post("once", 900)])
    assert tables.run(TOP) == [("Chad", "once", 900)]


def test_poster_with_many_posts_is_one_row(tables: Tables) -> None:
    tables.add_posts([post("Ada", 900), post("Ada", 900), post("Ada", 700)])
    assert tables.run(TOP) == [("Chad", "Ada", 900)]


def test_posters_that_tie_are_all_kept_by_name(tables: Tables) -> None:
    tables.add_posts([post("b", 900), post("a", 900), post("c", 800)])
    assert tables.run(TOP) == [("Chad", "a", 900), ("Chad", "b", 900)]


def test_each_country_has_its_own_top(tables: Tables) -> None:
    tables.add_posts([post("a", 5, "Peru"), post("b", 7, "Chad"), post("a", 9, "Chad")])
    assert tables.run(TOP) == [("Chad", "a", 9), ("Peru", "a", 5)]


def test_unknown_posters_counts_and_countries_are_left_out(tables: Tables) -> None:
    tables.add_posts([post(None, 900), post("a", None), post("b", 900, None), post("c", 1), post("d", 0, "Peru")])
    assert tables.run(TOP) == [("Chad", "c", 1), ("Peru", "d", 0)]


def test_country_of_only_unknown_counts_or_posters_has_no_top(tables: Tables) -> None:
    tables.add_posts([post("a", None, "Mali"), post(None, 5, "Peru"), post("b", 7, "Chad")])
    assert tables.run(TOP) == [("Chad", "b", 7)]


def test_counts_are_compared_as_numbers(tables: Tables) -> None:
    """From raw on: as texts `9k` is more than `10M`, and read as integers straight away both are NULL."""
    typed = ["9k", "10M", "999", "User Info Error"]
    tables.add("raw/pin", [{"index": i, "poster_name": f"p{i}", "follower_count": t} for i, t in enumerate(typed)])
    tables.add("raw/geo", [{"ind": i} for i in range(len(typed))])
    tables.refresh("cleaned/pin", "cleaned/geo")
    assert tables.run(TOP) == [("Aruba", "p1", 10_000_000)]


def test_posters_that_differ_by_a_no_break_space_are_one(tables: Tables) -> None:
    tables.add("raw/pin", [{"index": i, "poster_name": p, "follower_count": "5"} for i, p in enumerate(["A", "A\xa0"])])
    tables.add("raw/geo", [{"ind": 0}, {"ind": 1}])
    tables.refresh("cleaned/pin", "cleaned/geo")
    assert tables.run(TOP) == [("Aruba", "A", 5)]


def test_country_with_top_user_is_exactly_one_row(tables: Tables) -> None:
    tables.add_posts([post("a", 5, "Peru"), post("b", 900, "Chad"), post("c", 900, "Chad"), post("d", 7, "Mali")])
    tables.refresh(TOP)
    assert tables.run(COUNTRY) == [("Chad", 900)]


def test_countries_that_tie_are_decided_by_name(tables: Tables) -> None:
    tables.add_posts([post("a", 900, "Peru"), post("b", 900, "Chad"), post("c", 900, "Mali")])
    tables.refresh(TOP)
    assert tables.run(COUNTRY) == [("Chad", 900)]


def test_country_with_top_user_of_no_posts_is_no_row(tables: Tables) -> None:
    assert tables.run(COUNTRY) == []
