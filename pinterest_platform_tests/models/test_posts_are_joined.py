"""Each pin is one post, with its place and its author as soon as they arrive; without its pin, nothing is a post."""

from __future__ import annotations

import datetime as dt

from pinterest_platform_tests.models.tables import Tables

#: The post of `add_posts` with nothing said of its pin.
PIN = {"ind": 0, "category": "art", "poster_name": None, "follower_count": None}
PLACE = {"country": "Aruba", "timestamp": dt.datetime(2020, 5, 17, 10, 11, 12)}
AUTHOR = {"age_group": "25-35", "date_joined": dt.datetime(2016, 3, 4, 5, 6, 7)}
NO_PLACE, NO_AUTHOR = dict.fromkeys(PLACE), dict.fromkeys(AUTHOR)


def test_post_is_its_pin_its_place_and_its_author(tables: Tables) -> None:
    tables.add_posts([{"pin": {"poster_name": "Ada", "follower_count": 5}}])
    assert tables.cleaned("post") == [{**PIN, "poster_name": "Ada", "follower_count": 5, **PLACE, **AUTHOR}]


def test_pin_whose_place_has_not_arrived_is_there(tables: Tables) -> None:
    tables.add_posts([{"geo": None}])
    assert tables.cleaned("post") == [{**PIN, **NO_PLACE, **AUTHOR}]


def test_pin_whose_author_has_not_arrived_is_there(tables: Tables) -> None:
    tables.add_posts([{"user": None}])
    assert tables.cleaned("post") == [{**PIN, **PLACE, **NO_AUTHOR}]


def test_pin_alone_is_there(tables: Tables) -> None:
    tables.add_posts([{"geo": None, "user": None}])
    assert tables.cleaned("post") == [{**PIN, **NO_PLACE, **NO_AUTHOR}]


def test_place_and_author_without_their_pin_are_not_there(tables: Tables) -> None:
    tables.add_posts([{"pin": None}, {"pin": None, "user": None}, {"pin": None, "geo": None}, {}])
    assert [post["ind"] for post in tables.cleaned("post")] == [3]


def test_each_post_has_its_own_place_and_author(tables: Tables) -> None:
    tables.add("cleaned/pin", [{"ind": ind} for ind in (1, 2, 3)])
    tables.add("cleaned/geo", [{"ind": 3, "country": "Peru"}, {"ind": 1, "country": "Chad"}])
    tables.add("cleaned/user", [{"ind": 2, "age": 20}, {"ind": 3, "age": 60}])
    assert [(post["ind"], post["country"], post["age_group"]) for post in tables.cleaned("post")] == [
        (1, "Chad", None),
        (2, None, "18-24"),
        (3, "Peru", "50+"),
    ]
