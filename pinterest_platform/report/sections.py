"""What a result is shown as: the question it answers, its picture and its finding. Those of a table that anybody adds
are `generic`.

How pictures are drawn is for `figures`, what findings say for `findings`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import accumulate

from pinterest_platform.catalog import Model
from pinterest_platform.report import findings, generic, words
from pinterest_platform.report.figures.bars import Bar, bars, columns
from pinterest_platform.report.figures.dots import dots
from pinterest_platform.report.figures.maps import leaders
from pinterest_platform.report.figures.panels import Series, panels
from pinterest_platform.report.figures.svg import Figure
from pinterest_platform.report.findings import Rows, grouped
from pinterest_platform.report.words import count, listed, short

#: Parts of a page, in their order; the last one holds what anybody adds.
POSTS = "Posts and their authors"
FOLLOWERS = "Followers"
OTHERS = "More results"
PARTS = (POSTS, FOLLOWERS, OTHERS)


@dataclass(frozen=True)
class Section:
    """One of the eleven, in a `part` of the page: `columns` are those its table must have for `find` and `draw` to be
    asked. Where there is another table `beside` it, the rows of that are what `find` is given too."""

    part: str
    question: str
    columns: tuple[str, ...]
    find: Callable[..., str]
    draw: Callable[[Rows], Figure]
    beside: str = ""


def part(model: Model) -> str:
    """The part of the page that a result belongs to."""
    section = _section(model)
    return section.part if section else OTHERS


def question(model: Model) -> str:
    """The heading of a result."""
    section = _section(model)
    return section.question if section else words.sentence(model.name.replace("_", " "))


def finding(model: Model, rows: Rows, rows_of: Callable[[str], Rows]) -> str:
    """What the rows of a result say in words; `rows_of` gives those of the result at another address."""
    if not rows:
        return "There is nothing to say yet: the table is empty."
    section = _section(model)
    if section is None:
        return generic.finding(model, rows)
    return section.find(rows, rows_of(section.beside)) if section.beside else section.find(rows)


def figure(model: Model, rows: Rows) -> Figure | None:
    """The picture of a result; None where its rows have no shape that one is known for, or there are none."""
    section = _section(model)
    if not rows:
        return None
    return section.draw(rows) if section else generic.figure(model, rows)


def countries(posts: Mapping[str, int]) -> str:
    """What posts by country say, the most posts first."""
    if not posts:
        return "No post has a country yet."
    total, most, fewest = sum(posts.values()), max(posts.values()), min(posts.values())
    first, last = ([words.name(each) for each, n in posts.items() if n == end] for end in (most, fewest))
    if len(posts) == 1:
        return f"Posts with a country come from {first[0]} only: {count(total)}."
    half = next(i for i, so_far in enumerate(accumulate(posts.values()), start=1) if so_far * 2 >= total)
    said = f"Most posts are from {listed(first)}, {count(most)}"
    if fewest < most:
        said += f", fewest from {listed(last)}, {count(fewest)}"
    return f"{said}. Half of all {count(total)} are from {half} of {words.number(len(posts), 'country')}."


def _section(model: Model) -> Section | None:
    section = SECTIONS.get(model.name) if model.layer == "analytics" else None
    names = tuple(column.name for column in model.columns)
    return section if section and section.columns == names else None


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
    title = "Posts in each category, by year of posting; a large dot is a year it led"
    return panels(title, series, across=3, height=84, noun="category")


def _leaders_by_year(rows: Rows) -> Figure:
    usual = max(names := [category for _, category, _ in rows], key=names.count)
    items = [Bar(category, n, count(n), category == usual, str(year)) for year, category, n in rows]
    return bars("Posts of the leading category of each year", items, "row")


def _top_users(rows: Rows) -> Figure:
    ranked = sorted(rows, key=lambda row: (-row[2], row[0], row[1]))
    items = [Bar(f"{poster}, {country}", n, short(n), n == ranked[0][2]) for country, poster, n in ranked]
    return bars("Followers of the most followed poster of each country, the most first", items, "row")


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


SECTIONS = {
    "most_popular_category_by_country": Section(
        POSTS,
        "What is most popular where?",
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
        "What led each year?",
        ("post_year", "category", "category_count"),
        findings.popular_by_year,
        _leaders_by_year,
    ),
    "most_popular_category_by_age_group": Section(
        POSTS,
        "What is most popular at which age?",
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
        "How many followers at which age?",
        ("age_group", "median_follower_count"),
        findings.median_by_age_group,
        _medians("Median followers by age of the author"),
    ),
    "median_follower_count_by_joining_year": Section(
        FOLLOWERS,
        "How many followers, by year of joining?",
        ("post_year", "median_follower_count"),
        findings.median_by_joining_year,
        _medians("Median followers by the author's year of joining"),
    ),
    "median_follower_count_by_joining_year_and_age_group": Section(
        FOLLOWERS,
        "How many followers, by age and year of joining?",
        ("age_group", "post_year", "median_follower_count"),
        findings.median_by_joining_year_and_age,
        _medians_by_year("Median followers by year of joining, for each age group"),
    ),
    "median_follower_count_by_posting_year_and_age_group": Section(
        FOLLOWERS,
        "How many followers, by age and year of posting?",
        ("age_group", "post_year", "median_follower_count"),
        findings.median_by_posting_year_and_age,
        _medians_by_year("Median followers by year of posting, for each age group"),
    ),
}
