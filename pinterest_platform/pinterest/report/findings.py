"""The findings of the eleven results, in words computed from their rows: the leader, its margin, and the exceptions.

A finding takes the rows of its table, at least one, with the table's columns and order. It reports ties, and claims
only what the rows show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

from pinterest_platform.report import words
from pinterest_platform.report.rows import Rows, grouped
from pinterest_platform.report.words import listed, number, sentence, short


def popular_by_country(rows: Rows) -> str:
    """country, category, category_count"""
    leaders = grouped((country, category) for country, category, _ in rows)
    led = Counter(category for categories in leaders.values() for category in categories)
    (_, most), *others = _ranked(led)
    best = [category for category, count in _ranked(led) if count == most]
    told = (
        f"{_names(best)} {_verb(best, 'leads', 'lead')}, alone or tied, in {most} of {number(len(leaders), 'country')}"
    )
    if len(best) == 1 and others:
        told += f", {words.name(others[0][0])} in {others[0][1]}"
        if most * 2 < len(leaders):
            told += ": none leads in half of them"
    tied = sum(len(categories) > 1 for categories in leaders.values())
    return sentence(f"{told}. {_tied_countries(tied)}")


def popularity_by_year(rows: Rows) -> str:
    """post_year, category, category_count"""
    totals: Counter[str] = Counter()
    by_year: Counter[int] = Counter()
    for year, category, count in rows:
        totals[category] += count
        by_year[year] += count
    ranked = _ranked(totals)
    most, fewest = ranked[0][1], ranked[-1][1]
    best, least = ([c for c, count in ranked if count == end] for end in (most, fewest))
    span = words.years(sorted(by_year))
    if len(ranked) == 1:
        return sentence(
            f"{words.name(ranked[0][0])} has {'the only post' if most == 1 else f'all {most} posts'} {span}."
        )
    told = f"Of {number(sum(totals.values()), 'post')} {span}, {_names(best)} {_verb(best, 'has', 'each have')} "
    told += f"the most, {words.count(most)}"
    if most > fewest:
        told += f", and {_names(least)} the fewest, {words.count(fewest)}"
    high, low = max(by_year.values()), min(by_year.values())
    if low < high:
        full, scarce = (sorted(year for year, count in by_year.items() if count == end) for end in (high, low))
        told += (
            f". The most are {words.years(full)}, {words.count(high)}, "
            f"and the fewest {words.years(scarce)}, {words.count(low)}"
        )
    return f"{told}."


def popular_by_year(rows: Rows) -> str:
    """post_year, category, category_count"""
    leaders = grouped((year, category) for year, category, _ in rows)
    counts = [count for _, _, count in rows]
    if min(counts) == max(counts):
        return sentence(f"{_leaders(leaders)}, with {number(counts[0], 'post')}.")
    return sentence(
        f"{_leaders(leaders)}. A leader has {words.count(min(counts))} to {number(max(counts), 'post')} a year."
    )


def _leaders(leaders: dict[int, list[str]]) -> str:
    """The leaders by year: one that led every year but a few, or each one with its years."""
    years_of = grouped((name, year) for year, names in leaders.items() for name in names if len(names) == 1)
    main = max(years_of, key=lambda name: (len(years_of[name]), name), default=None)
    tied = grouped((tuple(names), year) for year, names in leaders.items() if len(names) > 1)
    ties = [f"{words.years(years)} {_names(names)} tied" for names, years in tied.items()]
    if main is None:
        return listed(ties, 6)
    rest = {name: years for name, years in years_of.items() if name != main}
    exceptions = [year for year in leaders if leaders[year] != [main]]
    if not exceptions:
        every = f"in {next(iter(leaders))}" if len(leaders) == 1 else "every year"
        return f"{words.name(main)} led {every}"
    if len(exceptions) * 2 < len(leaders):
        others = [f"{words.name(name)} did" for name in rest]
        if len(exceptions) == 1:
            told = f"when {others[0]}" if others else f"when {_names(leaders[exceptions[0]])} tied"
            return f"{words.name(main)} led every year but {exceptions[0]}, {told}"
        details = [f"{words.years(years)} {words.name(name)} did" for name, years in rest.items()]
        but = listed([str(year) for year in exceptions])
        return f"{words.name(main)} led every year but {but}: {listed([*details, *ties], 6)}"
    lead = [f"{words.name(name)} led {words.years(years)}" for name, years in years_of.items()]
    return listed([*lead, *ties], 6)


def top_by_country(rows: Rows) -> str:
    """country, poster_name, follower_count"""
    most = max(count for _, _, count in rows)
    best = list(dict.fromkeys(poster for _, poster, count in rows if count == most))
    places = list(dict.fromkeys(country for country, _, count in rows if count == most))
    of = f" ({words.name(places[0])})" if len(places) == 1 else ""
    told = f"With {short(most)} followers, {_names(best)}{of} {_verb(best, 'has', 'have')} the most"
    rest = [count for _, _, count in rows if count < most]
    if rest:
        second = max(rest)
        posters = list(dict.fromkeys(poster for _, poster, count in rows if count == second))
        told += f"; {_names(posters)} {_verb(posters, 'follows', 'follow')} with {short(second)}"
    leaders = grouped((country, poster) for country, poster, _ in rows)
    tied = sum(len(posters) > 1 for posters in leaders.values())
    return sentence(f"{told}. {_tied_countries(tied)}")


def country_of_top(rows: Rows, tops: Rows) -> str:
    """country, follower_count; `tops` are the rows of top_user_by_country"""
    country, most = rows[0]
    posters = [poster for place, poster, count in tops if (place, count) == (country, most)]
    others = list(dict.fromkeys(place for place, _, count in tops if count == most and place != country))
    whose = f", {_names(posters)}," if posters else ""
    told = f"{words.name(country)} is the country whose top user{whose} has the most followers: {short(most)}"
    if others:
        told += (
            f". {_names(others)} {_verb(others, 'has', 'have')} as many; the first of these countries by name is kept"
        )
    return sentence(f"{told}.")


def popular_by_age_group(rows: Rows) -> str:
    """age_group, category, category_count"""
    leaders = grouped((group, category) for group, category, _ in rows)
    counts = {group: count for group, _, count in rows}
    groups_of = grouped((tuple(names), group) for group, names in leaders.items())
    told: list[str] = []
    for names, groups in groups_of.items():
        verb = ("leads " if len(names) == 1 else "tie ") if not told or len(names) > 1 else ""
        # The first number names the unit.
        first = groups[0] if not told else None
        shown = [f"{g} ({number(counts[g], 'post') if g == first else words.count(counts[g])})" for g in groups]
        told.append(f"{_names(names)} {verb}at {listed(shown)}")
    return sentence(f"{listed(told, 6)}.")


def median_by_age_group(rows: Rows) -> str:
    """age_group, median_follower_count"""
    return _trend(rows, "the older the author", "at")


def median_by_joining_year(rows: Rows) -> str:
    """post_year, median_follower_count"""
    return _trend(rows, "the later the author joined", "in")


def _trend(rows: Rows, cause: str, at: str) -> str:
    """A median that falls or rises with each row, or its highest and lowest."""
    (first, start), (last, end) = rows[0], rows[-1]
    ends = f"{short(start)} {at} {first} to {short(end)} {at} {last}"
    if len(rows) == 1:
        return f"The median is {short(start)} followers {at} {first}, the only value."
    values = [value for _, value in rows]
    for verb, how in (("falls", "fewer"), ("rises", "more")):
        if all((before > after) == (verb == "falls") and before != after for before, after in pairwise(values)):
            return sentence(f"{cause}, the {how} followers: the median {verb} from {ends}.")
    if len(set(values)) == 1:
        return f"The median is {short(start)} followers throughout."
    high, low = max(values), min(values)
    highest, lowest = (listed([str(name) for name, value in rows if value == end]) for end in (high, low))
    return f"The median is highest {at} {highest}, {short(high)} followers, and lowest {at} {lowest}, {short(low)}."


def joined_by_year(rows: Rows) -> str:
    """post_year, number_users_joined"""
    total, most = sum(count for _, count in rows), max(count for _, count in rows)
    best = [year for year, count in rows if count == most]
    if len(rows) == 1:
        return f"{'The only author' if total == 1 else f'All {words.count(total)} authors'} joined in {best[0]}."
    share = f" ({100 * most / total:.0f}%)" if len(best) == 1 else " each"
    told = f"Of {number(total, 'author')} who joined {words.years([year for year, _ in rows])}, most joined in "
    return f"{told}{listed([str(year) for year in best])}: {words.count(most)}{share}."


def median_by_joining_year_and_age(rows: Rows) -> str:
    """age_group, post_year, median_follower_count"""
    by_group: dict[str, list[tuple[int, float]]] = grouped((group, (year, value)) for group, year, value in rows)
    rule = "In every age group, the median falls with each later year of joining"
    return _falling(rows, by_group, rule, "with the year of joining", "{0}, where {2} is {3} {1}")


def median_by_posting_year_and_age(rows: Rows) -> str:
    """age_group, post_year, median_follower_count"""
    by_year: dict[int, list[tuple[str, float]]] = grouped((year, (group, value)) for group, year, value in rows)
    rule = "In every year of posting, the younger group has the higher median"
    return _falling(rows, dict(sorted(by_year.items())), rule, "with age", "{0}, when {2} is {3} {1}")


def _falling(
    rows: Rows, groups: Mapping[Any, Sequence[tuple[object, float]]], rule: str, along: str, exception: str
) -> str:
    """Whether medians fall within each group, and the extremes. Gives the `rule` with its exceptions (group, before,
    after, how it compares), or reports that it does not hold."""
    exceptions = [
        exception.format(group, before, after, "as high as" if low == high else "higher than")
        for group, values in groups.items()
        for (before, high), (after, low) in pairwise(values)
        if low >= high
    ]
    told = _extremes(rows)
    if not any(len(values) > 1 for values in groups.values()):
        return told
    if len(exceptions) * 2 > len(groups):
        return f"The median does not simply fall {along}. {told}"
    return f"{rule}{', except for ' + listed(exceptions) if exceptions else ''}. {told}"


def _extremes(rows: Rows) -> str:
    (high, highest), (low, lowest) = (_at_end(rows, end) for end in (max, min))
    told = f"The highest is {short(high)} ({highest})"
    return f"{told}, the lowest {short(low)} ({lowest})." if low < high else f"{told}."


def _at_end(rows: Rows, end: Callable[[Iterable[float]], float]) -> tuple[float, str]:
    """The highest or lowest value, and all rows that have it."""
    found = end(value for _, _, value in rows)
    return found, listed([f"{words.name(group)} in {year}" for group, year, value in rows if value == found])


def countries(posts: Mapping[str, int]) -> str:
    """The finding of posts by country, in descending order of posts. The mapping may be empty."""
    if not posts:
        return "No post has a country yet."
    total, most, fewest = sum(posts.values()), max(posts.values()), min(posts.values())
    first, last = ([words.name(each) for each, n in posts.items() if n == end] for end in (most, fewest))
    if len(posts) == 1:
        return f"Posts with a country come from {first[0]} only: {words.count(total)}."
    half = next(i for i, so_far in enumerate(accumulate(posts.values()), start=1) if so_far * 2 >= total)
    said = f"Most posts are from {listed(first)}, {words.count(most)}"
    if fewest < most:
        said += f", the fewest from {listed(last)}, {words.count(fewest)}"
    return f"{said}. Half of all {words.count(total)} are from {half} of {number(len(posts), 'country')}."


def _ranked(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _names(names: Sequence[str]) -> str:
    return listed([words.name(each) for each in names])


def _verb(subjects: Sequence[object], one: str, several: str) -> str:
    return one if len(subjects) == 1 else several


def _tied_countries(tied: int) -> str:
    return f"In {number(tied, 'country')}, several tie for first." if tied else "No country has a tie for first."
