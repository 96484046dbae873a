"""Generates authors: the authors of a stretch of rows, and the author and time of each row in it.

A stretch (`Cohort`) has 11,154 rows, the size of the course's database, and its own 5,307 authors. So memory use does
not grow with the source. `texts.py` and `generator.py` generate the posts of an author.

In the course's database, each attribute of an author is the lowest of several draws, one per post. Authors with dozens
of posts are twenty years old, joined in October 2015 and live at 88 degrees south. This causes most of the skew, so
this module does the same.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from pinterest_platform.pinterest.source import profile
from pinterest_platform.pinterest.source.countries import COUNTRIES
from pinterest_platform.pinterest.source.dice import roll, shuffled
from pinterest_platform.pinterest.source.names import FIRST_NAMES, LAST_NAMES, poster_name

_EPOCH = datetime(2015, 1, 1)
#: An author's posts lie within this many rows of a home row ...
_NEIGHBOURHOOD = 400
#: ... except one in this many, which may be anywhere.
_STRAY = 10


_FOLLOWER_SHARES = tuple(share for share, _ in profile.FOLLOWERS)
_TWO_DIGITS = tuple(f"{number:02d}" for number in range(60))


class Author(NamedTuple):
    """Values of the user and geo columns in order, and of the pin columns that describe the poster."""

    user: tuple[str, str, int, str]
    place: tuple[float, float, str]
    poster: str
    followers: str


class Cohort(NamedTuple):
    """`authors[t]` and `timestamps[t]` (`YYYY-MM-DD HH:MM:SS`) belong to the t-th row."""

    authors: list[Author]
    timestamps: list[str]


def cohort(number: int, rows: int, seed: int) -> Cohort:
    """The `number`-th stretch of a source with this seed. `rows` is its length, from 1 to `profile.ROWS`."""
    posts = _posts_per_author(rows)
    authors = _authors(number, posts, rows, seed)
    slots = [author for j in shuffled(len(posts), seed, "homes", number) for author in [authors[j]] * posts[j]]
    strays, jumps = roll(rows, seed, "stray", number), roll(rows, seed, "jump", number)
    places = [
        jump * rows >> 32 if stray % _STRAY == 0 else slot + (jump * _NEIGHBOURHOOD >> 32)
        for slot, (stray, jump) in enumerate(zip(strays, jumps, strict=True))
    ]
    by_row = [slots[slot] for slot in sorted(range(rows), key=places.__getitem__)]
    return Cohort(by_row, _timestamps(number, by_row, seed))


def _posts_per_author(rows: int) -> list[int]:
    """The number of posts of each author, in descending order, with the sum `rows`: the measured profile, thinned
    evenly."""
    measured = [posts for posts, authors in profile.POSTS_PER_AUTHOR for _ in range(authors)]
    authors = max(1, rows * profile.AUTHORS // profile.ROWS)
    posts = [measured[(2 * j + 1) * profile.AUTHORS // (2 * authors)] for j in range(authors)]
    missing, j = rows - sum(posts), 0
    while missing:
        step = 1 if missing > 0 else -1
        if 1 <= posts[j] + step <= measured[0]:
            posts[j] += step
            missing -= step
        j = (j + 1) % authors
    return sorted(posts, reverse=True)


def _authors(number: int, posts: Sequence[int], rows: int, seed: int) -> list[Author]:
    """One author for each item of `posts`, which is in descending order. Authors with one post need no comparison."""
    ends = [end for end, count in zip(accumulate(posts), posts, strict=True) if count > 1]
    spans = list(pairwise([0, *ends]))
    singles = rows - posts.count(1)

    def least(attribute: str) -> list[int]:
        draws = roll(rows, seed, attribute, number)
        return [min(draws[start:end]) for start, end in spans] + list(draws[singles:])

    unreadable = _unreadable(posts, rows)
    offset, joining = roll(1, seed, "posters")[0], _span(profile.JOINED_FIRST, profile.JOINED_LAST)
    drawn = zip(
        *map(least, ("first", "last", "age", "joined", "latitude", "longitude", "country", "followers")), strict=True
    )
    made = []
    for j, (first, last, age, joined, latitude, longitude, country, followers) in enumerate(drawn):
        made.append(
            Author(
                (
                    FIRST_NAMES[first * len(FIRST_NAMES) >> 32],
                    LAST_NAMES[last * len(LAST_NAMES) >> 32],
                    profile.AGE_FIRST + (age * (profile.AGE_LAST + 1 - profile.AGE_FIRST) >> 32),
                    _moment(joining, joined),
                ),
                (_degrees(latitude, 90), _degrees(longitude, 180), COUNTRIES[country * len(COUNTRIES) >> 32]),
                profile.NO_USER if j == unreadable else poster_name(number * profile.AUTHORS + j, offset),
                profile.NO_USER if j == unreadable else _followers(followers),
            )
        )
    return made


def _unreadable(posts: Sequence[int], rows: int) -> int:
    """The index of the author whose poster could not be read. -1 if the source is too short to have one."""
    wanted = rows * profile.UNREADABLE_POSTS // profile.ROWS
    return min(range(len(posts)), key=lambda j: abs(posts[j] - wanted)) if wanted else -1


def _degrees(draw: int, bound: int) -> float:
    """A number from -bound to bound with six significant digits, as in the course's database."""
    return float(f"{draw / 2**32 * 2 * bound - bound:.6g}")


def _followers(draw: int) -> str:
    """Followers as displayed, from the lowest of an author's draws. A lower draw means more followers."""
    share = (2**32 - 1 - draw) / 2**32 * profile.FOLLOWERS[-1][0]
    i = bisect_right(_FOLLOWER_SHARES, share)
    (from_share, from_count), (to_share, to_count) = profile.FOLLOWERS[i - 1], profile.FOLLOWERS[i]
    count = int(from_count + (to_count - from_count) * (share - from_share) / (to_share - from_share))
    return str(count) if count < 1_000 else f"{count // 1_000}k" if count < 1_000_000 else f"{count // 1_000_000}M"


def _timestamps(number: int, authors: Sequence[Author], seed: int) -> list[str]:
    """The posting time of each row. Each year gets exactly its measured share of the rows, in random order."""
    rows = len(authors)
    ends = accumulate(year_rows for _, _, year_rows in profile.POST_YEARS)
    years = [(end * rows // profile.ROWS, _span(*year[:2])) for end, year in zip(ends, profile.POST_YEARS, strict=True)]
    span_of_rank: list[_Span] = []
    for end, span in years:
        span_of_rank += [span] * (end - len(span_of_rank))
    ranks, draws = shuffled(rows, seed, "year", number), roll(rows, seed, "second", number)
    # An author who joined on the last day may have joined after the first post. Nobody posts before joining.
    return [
        max(_moment(span_of_rank[rank], draw), author.user[3])
        for author, rank, draw in zip(authors, ranks, draws, strict=True)
    ]


_Span = tuple[int, int]


def _span(first: str, last: str) -> _Span:
    """The first second since the epoch, and the number of seconds from the first to the last, both included."""
    start, end = ((datetime.fromisoformat(text) - _EPOCH) // timedelta(seconds=1) for text in (first, last))
    return start, end - start + 1


@cache
def _day(number: int) -> str:
    return f"{_EPOCH + timedelta(days=number):%Y-%m-%d}"


@cache
def _minute(number: int) -> str:
    return f"{_TWO_DIGITS[number // 60]}:{_TWO_DIGITS[number % 60]}"


def _moment(span: _Span, draw: int) -> str:
    """The time that a draw selects in the span, as text."""
    minute, second = divmod(span[0] + (draw * span[1] >> 32), 60)
    return f"{_day(minute // 1440)} {_minute(minute % 1440)}:{_TWO_DIGITS[second]}"
