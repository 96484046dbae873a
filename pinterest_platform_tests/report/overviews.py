"""Readings of lakes that nobody has, made by hand: nothing in them, one row, very much of it and very long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pinterest_platform.pinterest.report import REPORT
from pinterest_platform.report.reading import Arrived, Overview, Result, TableVersion
from pinterest_platform_tests.report.lakes import CATALOG

AGES = ("18-24", "25-35", "36-50", "50+")
LONG = "Nordrhein-Westfälisches " * 8 + "<script>alert(1)</script>" + "漢字" * 20 + "👩‍👩‍👧‍👦"
CATEGORIES = [f"category-{place:03} {LONG[: place % 60]}" for place in range(300)]
COUNTRIES = {f"Land {place} {LONG}": place for place in range(500, 0, -1)}

Rows = Mapping[str, Sequence[tuple[Any, ...]]]


def overview(rows: Rows, countries: Mapping[str, int], lines: int) -> Overview:
    models = CATALOG.results
    found = {model.address: rows.get(model.name, ()) for model in models}
    return Overview(
        report=REPORT,
        results={m.address: Result(m, found[m.address], len(found[m.address]), lines) for m in models},
        entities=lines,
        amounts=countries,
        arrived=[Arrived(record, lines, lines // 10, lines // 10, lines) for record in ("pin", "geo", "user")],
        reasons=[("t.pin", LONG, lines // 10)] if lines else [],
        newest_event=datetime(2022, 1, 1) if lines else None,
        tables=[TableVersion(address, 3, datetime(2026, 1, 1, tzinfo=UTC)) for address in found if lines],
    )


def empty() -> Overview:
    return overview({}, {}, 0)


def one_row() -> Overview:
    rows: Rows = {
        "most_popular_category_by_country": [("France", "art", 1)],
        "category_popularity_by_year": [(2019, "art", 1)],
        "most_popular_category_by_year": [(2019, "art", 1)],
        "top_user_by_country": [("France", "x", 0)],
        "country_with_top_user": [("France", 0)],
        "most_popular_category_by_age_group": [("18-24", "art", 1)],
        "median_follower_count_by_age_group": [("18-24", 0.0)],
        "users_joined_by_year": [(2016, 1)],
        "median_follower_count_by_joining_year": [(2016, 0.0)],
        "median_follower_count_by_joining_year_and_age_group": [("18-24", 2016, 0.0)],
        "median_follower_count_by_posting_year_and_age_group": [("18-24", 2016, 0.0)],
    }
    return overview(rows, {"France": 1}, 1)


def very_much() -> Overview:
    years, joining = range(2018, 2023), range(2015, 2021)
    rows: Rows = {
        "most_popular_category_by_country": [
            *((country, CATEGORIES[place % 300], place + 1) for place, country in enumerate(COUNTRIES)),
            ("France", CATEGORIES[0], 9),
            ("France", CATEGORIES[1], 9),
            ("Germany", "<b>art</b>", 3),
        ],
        "category_popularity_by_year": [
            (year, name, place * 37 % 1000 + 1) for year in years for place, name in enumerate(CATEGORIES)
        ],
        "most_popular_category_by_year": [(year, name, 1000) for year in years for name in CATEGORIES[:3]],
        "top_user_by_country": [(country, LONG, 15_000_000 - place) for place, country in enumerate(COUNTRIES)],
        "country_with_top_user": [(LONG, 15_000_000)],
        "most_popular_category_by_age_group": [(age, n, 123_456_789) for age in AGES for n in CATEGORIES[:2]],
        "median_follower_count_by_age_group": list(zip(AGES, (1.5, 12_345_678.5, 0.0, 3.0), strict=True)),
        "users_joined_by_year": [(year, 123_456_789 - year) for year in joining],
        "median_follower_count_by_joining_year": [(year, 1000.0) for year in joining],
        "median_follower_count_by_joining_year_and_age_group": [
            (age, year, 1000.0 * (year - 2010)) for age in AGES for year in joining
        ],
        "median_follower_count_by_posting_year_and_age_group": [
            (age, year, 123_456_789.5 * (year - 2000)) for age in AGES for year in range(2001, 2023)
        ],
    }
    return overview(rows, COUNTRIES | {"France": 12_345_678}, 1_000_000)
