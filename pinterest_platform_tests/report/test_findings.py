"""What each result says in words: who leads and by how much, the exceptions, the ties."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_platform.pinterest.report.findings import countries
from pinterest_platform.pinterest.report.sections import SECTIONS
from pinterest_platform_tests.report.overviews import AGES

LEADERS = [
    (2018, "christmas", 210),
    (2019, "christmas", 205),
    (2020, "christmas", 191),
    (2021, "education", 200),
    (2022, "christmas", 171),
]


def said(name: str, rows: list[tuple[Any, ...]], *others: list[tuple[Any, ...]]) -> str:
    return SECTIONS[name].find(rows, *others)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "Christmas led every year but 2021, when education did. A leader has 171 to 210 posts a year."),
        ({2021: "christmas"}, "Christmas led every year. A leader"),
        ({2020: "art"}, "Christmas led every year but 2020 and 2021: in 2020 art did and in 2021 education did. A"),
        (
            {2018: "art", 2019: "art", 2020: "tattoos"},
            "Art led in 2018 and 2019, tattoos led in 2020, education led in 2021 and christmas led in 2022. A leader",
        ),
    ],
)
def test_leaders_of_years(changes: dict[int, str], sentence: str) -> None:
    rows = [(year, changes.get(year, category), count) for year, category, count in LEADERS]
    assert said("most_popular_category_by_year", rows).startswith(sentence)


def test_tie_of_a_year_is_said() -> None:
    rows = [*LEADERS[:3], (2021, "art", 200), (2021, "education", 200), LEADERS[4]]
    assert said("most_popular_category_by_year", rows).startswith(
        "Christmas led every year but 2021, when art and education tied."
    )
    tied = [(year, name, 9) for year in (2018, 2019, 2020) for name in ("art", "finance")]
    assert said("most_popular_category_by_year", tied) == "From 2018 to 2020 art and finance tied, with 9 posts."


def test_leaders_of_age_groups() -> None:
    rows = [
        ("18-24", "tattoos", 615),
        ("25-35", "christmas", 321),
        ("36-50", "vehicles", 215),
        ("50+", "vehicles", 114),
    ]
    assert said("most_popular_category_by_age_group", rows) == (
        "Tattoos leads at 18-24 (615 posts), christmas at 25-35 (321) and vehicles at 36-50 (215) and 50+ (114)."
    )
    assert said("most_popular_category_by_age_group", [("50+", "art", 1), ("50+", "travel", 1)]) == (
        "Art and travel tie at 50+ (1 post)."
    )


def test_leaders_of_countries() -> None:
    rows = [("Chad", "art", 3), ("Fiji", "art", 2), ("Fiji", "travel", 2), ("Peru", "art", 5), ("Togo", "quotes", 1)]
    assert said("most_popular_category_by_country", rows) == (
        "Art leads, alone or tied, in 3 of 4 countries, quotes in 1. In 1 country, several tie for first."
    )


def test_categories_over_the_years() -> None:
    rows = [(2018, "art", 10), (2018, "travel", 4), (2019, "art", 3), (2019, "finance", 4)]
    assert said("category_popularity_by_year", rows) == (
        "Of 21 posts in 2018 and 2019, art has the most, 13, and finance and travel the fewest, 4. "
        "The most are in 2018, 14, and the fewest in 2019, 7."
    )


def test_countries_of_posts() -> None:
    posts = {"Chad": 9, "Fiji": 9, "Peru": 4, "Togo": 1, "Oman": 1}
    assert countries(posts) == (
        "Most posts are from Chad and Fiji, 9, the fewest from Togo and Oman, 1. Half of all 24 are from 2 of 5 "
        "countries."
    )
    assert countries({"Chad": 3, "Fiji": 3}).startswith("Most posts are from Chad and Fiji, 3. Half")
    assert countries({"Chad": 3}) == "Posts with a country come from Chad only: 3."


def test_top_posters() -> None:
    tops = [("Chad", "Ann", 15_000_000), ("Fiji", "Bob", 26_000), ("Fiji", "Eve", 26_000), ("Peru", "Cy", 437)]
    assert said("top_user_by_country", tops) == (
        "With 15M followers, Ann (Chad) has the most; Bob and Eve follow with 26k. In 1 country, several tie for first."
    )
    assert said("country_with_top_user", [("Chad", 15_000_000)], tops) == (
        "Chad is the country whose top user, Ann, has the most followers: 15M."
    )
    assert "Peru has as many; the first of these countries by name is kept." in said(
        "country_with_top_user", [("Chad", 15_000_000)], [*tops, ("Peru", "Di", 15_000_000)]
    )


def test_authors_joined() -> None:
    assert said("users_joined_by_year", [(2015, 841), (2016, 2760), (2017, 1706)]) == (
        "Of 5,307 authors who joined from 2015 to 2017, most joined in 2016: 2,760 (52%)."
    )
    assert "most joined in 2015 and 2016: 5 each." in said("users_joined_by_year", [(2015, 5), (2016, 5), (2017, 1)])


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            (132_000, 22_000, 7_000, 2_000),
            "The older the author, the fewer followers: the median falls from 132k at 18-24 to 2,000 at 50+.",
        ),
        ((1, 2, 3, 4), "The older the author, the more followers: the median rises from 1 at 18-24 to 4 at 50+."),
        ((5, 9, 9, 2), "The median is highest at 25-35 and 36-50, 9 followers, and lowest at 50+, 2."),
        ((7, 7, 7, 7), "The median is 7 followers throughout."),
    ],
)
def test_median_by_age(values: tuple[float, ...], sentence: str) -> None:
    assert said("median_follower_count_by_age_group", list(zip(AGES, values, strict=True))) == sentence


def test_median_by_age_and_year_says_exceptions_and_ties() -> None:
    falling = [
        (age, year, 1000.0 * (4 - place) - (year - 2015)) for place, age in enumerate(AGES) for year in (2015, 2016)
    ]
    joined = "median_follower_count_by_joining_year_and_age_group"
    assert said(joined, falling) == (
        "In every age group, the median falls with each later year of joining. "
        "The highest is 4,000 (18-24 in 2015), the lowest 999 (50+ in 2016)."
    )
    equal = [(age, year, 1000.0 if age == "50+" else value) for age, year, value in falling]
    assert ", except for 50+, where 2016 is as high as 2015. " in said(joined, equal)
    assert "the lowest 1,000 (50+ in 2015 and 50+ in 2016)." in said(joined, equal)
    posted = "median_follower_count_by_posting_year_and_age_group"
    assert said(posted, falling).startswith("In every year of posting, the younger group has the higher median. ")
    higher = [(age, year, 5000.0 if (age, year) == ("25-35", 2016) else value) for age, year, value in falling]
    assert ", except for 2016, when 25-35 is higher than 18-24. " in said(posted, higher)


def test_a_name_stays_as_it_is_and_on_one_line() -> None:
    rows = [("Fiji", "ann\n\x00lee " + "x" * 90, 5)]
    assert said("top_user_by_country", rows).startswith(f"With 5 followers, ann lee {'x' * 31}… (Fiji) has the most. ")
