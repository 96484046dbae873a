"""The section of each of the eleven results: its question, its picture and its finding.

`findings` writes the findings. `pinterest_platform.report.figures` draws the pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pinterest_platform.pinterest.report import findings
from pinterest_platform.report.figures.bars import Bar, bars, columns
from pinterest_platform.report.figures.dots import dots
from pinterest_platform.report.figures.maps import leaders
from pinterest_platform.report.figures.panels import Series, panels
from pinterest_platform.report.figures.svg import Figure
from pinterest_platform.report.rows import Rows, grouped
from pinterest_platform.report.sections import Section
from pinterest_platform.report.words import count, short

#: Parts of a page, in order. The last one holds additional results.
POSTS = "Posts and their authors"
FOLLOWERS = "Followers"
OTHERS = "More results"
PARTS = (POSTS, FOLLOWERS, OTHERS)


def _map_of_leaders(rows: Rows) -> Figure:
    tops = grouped((country, category) for country, category, _ in rows)
    return leaders("The most popular category in each country", tops)


def _popularity(rows: Rows) -> Figure:
    best = {year: max(n for y, _, n in rows if y == year) for year in {year for year, _, _ in rows}}
    series = [
        Series(name, [(y, n) for y, n in values], frozenset(y for y, n in values if n == best[y]))
        for name, values in grouped((category, (year, n)) for year, category, n in rows).items()
    ]
    series.sort(key=lambda one: (-sum(value for _, value in one.values), one.name))
    title = "Posts in each category, by year of posting; a large dot marks a year in which it led"
    return panels(title, series, across=3, height=84, noun="category")


def _leaders_by_year(rows: Rows) -> Figure:
    usual = max(names := [category for _, category, _ in rows], key=names.count)
    items = [Bar(category, n, count(n), category == usual, str(year)) for year, category, n in rows]
    return bars("Posts of the leading category of each year", items, "row")


def _top_users(rows: Rows) -> Figure:
    ranked = sorted(rows, key=lambda row: (-row[2], row[0], row[1]))
    items = [Bar(f"{poster}, {country}", n, short(n), n == ranked[0][2]) for country, poster, n in ranked]
    return bars("Followers of the most followed poster of each country, highest first", items, "row")


def _top_country(rows: Rows) -> Figure:
    return bars("Followers of the top user", [Bar(str(place), n, short(n), strong=True) for place, n in rows], "row")


def _leaders_by_age(rows: Rows) -> Figure:
    items = [Bar(category, n, count(n), True, str(group)) for group, category, n in rows]
    return bars("Posts in the leading category of each age group", items, "row")


def _joined(rows: Rows) -> Figure:
    most = max(n for _, n in rows)
    return columns("Authors who joined, by year", [Bar(str(year), n, count(n), n == most) for year, n in rows])


def _medians(title: str) -> Callable[[Rows], Figure]:
    return lambda rows: dots(title, [Bar(str(name), value, short(value)) for name, value in rows])


def _medians_by_year(title: str) -> Callable[[Rows], Figure]:
    def draw(rows: Rows) -> Figure:
        of_group = grouped((group, (year, value)) for group, year, value in rows)
        series = [Series(str(group), values) for group, values in of_group.items()]
        return panels(title, series, across=2, height=120, noun="age group")

    return draw


SECTIONS: Mapping[str, Section] = {
    "most_popular_category_by_country": Section(
        POSTS,
        "Which category is most popular in each country?",
        ("country", "category", "category_count"),
        findings.popular_by_country,
        _map_of_leaders,
    ),
    "category_popularity_by_year": Section(
        POSTS,
        "How did each category fare?",
        ("post_year", "category", "category_count"),
        findings.popularity_by_year,
        _popularity,
    ),
    "most_popular_category_by_year": Section(
        POSTS,
        "Which category led each year?",
        ("post_year", "category", "category_count"),
        findings.popular_by_year,
        _leaders_by_year,
    ),
    "most_popular_category_by_age_group": Section(
        POSTS,
        "Which category is most popular at each age?",
        ("age_group", "category", "category_count"),
        findings.popular_by_age_group,
        _leaders_by_age,
    ),
    "top_user_by_country": Section(
        FOLLOWERS,
        "Who has the most followers in each country?",
        ("country", "poster_name", "follower_count"),
        findings.top_by_country,
        _top_users,
    ),
    "country_with_top_user": Section(
        FOLLOWERS,
        "Which country has the top user of all?",
        ("country", "follower_count"),
        findings.country_of_top,
        _top_country,
        beside="analytics/top_user_by_country",
    ),
    "users_joined_by_year": Section(
        POSTS,
        "When did authors join?",
        ("post_year", "number_users_joined"),
        findings.joined_by_year,
        _joined,
    ),
    "median_follower_count_by_age_group": Section(
        FOLLOWERS,
        "How many followers do authors have, by age?",
        ("age_group", "median_follower_count"),
        findings.median_by_age_group,
        _medians("Median followers by age of the author"),
    ),
    "median_follower_count_by_joining_year": Section(
        FOLLOWERS,
        "How many followers do authors have, by year of joining?",
        ("post_year", "median_follower_count"),
        findings.median_by_joining_year,
        _medians("Median followers by the author's year of joining"),
    ),
    "median_follower_count_by_joining_year_and_age_group": Section(
        FOLLOWERS,
        "How many followers do authors have, by age and year of joining?",
        ("age_group", "post_year", "median_follower_count"),
        findings.median_by_joining_year_and_age,
        _medians_by_year("Median followers by year of joining, for each age group"),
    ),
    "median_follower_count_by_posting_year_and_age_group": Section(
        FOLLOWERS,
        "How many followers do authors have, by age and year of posting?",
        ("age_group", "post_year", "median_follower_count"),
        findings.median_by_posting_year_and_age,
        _medians_by_year("Median followers by year of posting, for each age group"),
    ),
}
