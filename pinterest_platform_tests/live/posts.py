"""A stream's table with posts, as its job commits them, and what live results must say of it, computed one by one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.columns import sql_type
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest.live import LiveResults
from pinterest_platform.sql import quote, text
from pinterest_platform.streaming.columns import ARRIVAL
from pinterest_platform_tests.landing_data import catalog
from pinterest_platform_tests.streaming.chunks import settings_of

ADDRESS = "stream/pin"
COLUMNS = (*catalog().models["cleaned/pin"].columns, *ARRIVAL)
#: A full hour.
START = datetime(2026, 5, 4, 12)
#: Long after every arrival here.
READ_FROM = datetime(2026, 6, 1)


@dataclass(frozen=True)
class Post:
    """A post that arrived so many seconds after `START`; None: the stream told no time."""

    second: float | None
    category: str | None = "art"
    poster: str | None = "ann"
    followers: int | None = 1

    @property
    def arrived_at(self) -> datetime | None:
        return None if self.second is None else START + timedelta(seconds=self.second)


class Posts:
    """`stream/pin` of the lake under `root`, and the live tables beside it."""

    def __init__(self, root: Path) -> None:
        self.settings = settings_of(root)
        self.session = Session(Lake(self.settings.lake_root), "1GB")
        self.batches: list[tuple[datetime, list[Post]]] = []
        self._opened: list[LiveResults] = []

    @property
    def lake(self) -> Lake:
        return self.session.lake

    def results(self, **options: Any) -> LiveResults:
        self._opened.append(LiveResults(self.settings, **options))
        return self._opened[-1]

    def close(self) -> None:
        for opened in (*self._opened, self.session):
            opened.close()

    def add(self, *posts: Post, read_at: datetime | None = None) -> None:
        """Commit a batch, read a second after the one before unless said otherwise."""
        read_at = read_at or READ_FROM + timedelta(seconds=len(self.batches))
        table = self.lake.ensure(ADDRESS, COLUMNS, "Pins.")
        files = self.session.write(table, _select(posts, read_at), ordered=True) if posts else []
        commit(table, add=files, transactions={"stream/batches": len(self.batches) + 1})
        self.batches.append((read_at, list(posts)))

    def counted(self) -> list[tuple[Any, ...]]:
        """`live/posts_by_category`."""
        return self._rows("live/posts_by_category", "window_start, category, post_count, late_count, is_closed")

    def top(self) -> list[tuple[Any, ...]]:
        """`live/top_posters`."""
        return self._rows("live/top_posters", "rank, poster_name, post_count, follower_count")

    def version(self, address: str) -> int:
        return self.lake.require(address).version()

    def files(self, address: str) -> dict[str, int]:
        """Data files of a table's newest version, with their rows."""
        actions = self.lake.require(address).get_add_actions(flatten=True)
        return dict(zip(actions.column("path").to_pylist(), actions.column("num_records").to_pylist(), strict=True))

    def _rows(self, address: str, columns: str) -> list[tuple[Any, ...]]:
        return self.session.rows(f"SELECT {columns} FROM {self.session.scan(self.lake.require(address))} ORDER BY ALL")

    def assert_right(self, lateness: timedelta = timedelta(minutes=2)) -> None:
        """Assert that the live tables say what all posts, looked at one by one, do."""
        assert self.counted() == expected_counts(self.batches, lateness)
        assert self.top() == expected_top([post for _, posts in self.batches for post in posts])


def expected_counts(
    batches: Iterable[tuple[datetime, Sequence[Post]]], lateness: timedelta = timedelta(minutes=2)
) -> list[tuple[Any, ...]]:
    """`live/posts_by_category` after these batches."""
    newest, counts = datetime.min + lateness, defaultdict(lambda: [0, 0])
    for read_at, posts in sorted(batches, key=lambda batch: batch[0]):
        arrivals = [post.arrived_at or read_at for post in posts]
        for post, arrived in zip(posts, arrivals, strict=True):
            window = arrived.replace(second=0, microsecond=0)
            counts[window, post.category][window + timedelta(minutes=1) <= newest - lateness] += 1
        newest = max([newest, *arrivals])
    rows = (
        (window, category, *count, window + timedelta(minutes=1) <= newest - lateness)
        for (window, category), count in counts.items()
    )
    return sorted(rows, key=lambda row: (row[0], row[1] is None, row[1]))


def expected_top(posts: Sequence[Post]) -> list[tuple[Any, ...]]:
    """`live/top_posters` after these posts, which all have a time."""
    minutes = {post: int(post.second // 60) for post in posts if post.second is not None}
    since = max(minutes.values(), default=0) - 59
    known = [post for post in posts if post.poster is not None and minutes[post] >= since]
    counts = Counter(post.poster for post in known)
    places = {name: 1 + sum(other > count for other in counts.values()) for name, count in counts.items()}
    followers = {
        name: max((p.followers for p in known if p.poster == name and p.followers is not None), default=None)
        for name in counts
    }
    return sorted((place, name, counts[name], followers[name]) for name, place in places.items() if place <= 20)


def _select(posts: Sequence[Post], read_at: datetime) -> str:
    """SQL for the rows of posts in the table of their stream."""
    known = ("category", "poster_name", "follower_count", "arrived_at")
    values = ", ".join(
        "({})".format(", ".join(map(_literal, (p.category, p.poster, p.followers, p.arrived_at)))) for p in posts
    )
    given = {name: f"{name}::{sql_type(column.type)}" for column in COLUMNS if (name := column.name) in known}
    given["ingested_at"] = f"{_literal(read_at)}::TIMESTAMP"
    columns = ", ".join(f"{given.get(c.name, f'NULL::{sql_type(c.type)}')} AS {quote(c.name)}" for c in COLUMNS)
    return f"SELECT {columns} FROM (VALUES {values}) AS posts({', '.join(known)})"


def _literal(value: object) -> str:
    return "NULL" if value is None else text(str(value)) if not isinstance(value, int) else str(value)
