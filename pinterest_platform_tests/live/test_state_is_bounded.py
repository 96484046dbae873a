"""What an update reads and writes depends on what is under way, not on how long the stream has been running."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.live import upkeep
from pinterest_platform.pinterest.live import TABLES
from pinterest_platform_tests.live.posts import Post, Posts

BY_CATEGORY, BY_POSTER = "live/posts_by_category", "live/posts_by_poster"
#: Seconds.
MINUTE, HOUR = 60, 3600


def rewritten(posts: Posts, address: str, before: dict[str, int]) -> tuple[int, int]:
    """Rows in the files that a table lost since `before`, and in those it gained."""
    now = posts.files(address)
    lost, gained = before.keys() - now.keys(), now.keys() - before.keys()
    return sum(before[name] for name in lost), sum(now[name] for name in gained)


def minute_by_minute(posts: Posts, hour: int) -> list[tuple[int, int]]:
    """Rows read and written by each of some updates in an hour, some minutes one from the other."""
    results, figures = posts.results(), []
    for number in range(4):
        posts.add(Post(HOUR * hour + 14 * MINUTE * number))
        before = posts.files(BY_CATEGORY)
        results.update()
        figures.append(rewritten(posts, BY_CATEGORY, before))
    return figures


def test_rows_rewritten_do_not_grow_with_closed_minutes(posts):
    figures = []
    for hour in range(10, 40, 10):
        posts.add(*(Post(HOUR * (hour - 10) + MINUTE * n) for n in range(70, 10 * 60)))
        posts.results().update()
        figures.append(minute_by_minute(posts, hour))
    assert figures[1] == figures[2]
    assert max(max(rows) for rows in figures[2]) <= 60 + 2
    posts.assert_right()


def test_closed_minutes_are_not_read(posts):
    """An update gets by without the files of earlier hours; one with a post for such an hour reads one of them."""
    results = posts.results()
    for hour in range(5):
        posts.add(*(Post(hour * HOUR + MINUTE * n) for n in range(60)))
        results.update()
    files = posts.files(BY_CATEGORY)
    posts.add(Post(5 * HOUR + 10 * MINUTE))
    results.update()
    closed = files.keys() & posts.files(BY_CATEGORY).keys()
    assert len(closed) == 4
    away = [_put_away(posts, name) for name in closed]
    posts.add(Post(5 * HOUR + 11 * MINUTE))
    results.update()
    for file in away:
        file.with_suffix(".away").rename(file)
    posts.assert_right()
    posts.add(Post(2 * HOUR))
    before = posts.files(BY_CATEGORY)
    results.update()
    assert len(before.keys() - posts.files(BY_CATEGORY).keys()) == 2
    posts.assert_right()


def _put_away(posts: Posts, name: str) -> Path:
    file = Path(posts.lake.root) / BY_CATEGORY / name
    file.rename(file.with_suffix(".away"))
    return file


def test_posters_are_kept_for_an_hour(posts):
    """Each post has a poster of its own; an hour has 120."""
    results, figures = posts.results(), []
    for number in range(17):
        posts.add(*(Post(360 * number + n, poster=f"{number}-{n}") for n in range(0, 360, 30)))
        results.update()
        figures.append(_kept(posts))
    # What shares a file with posts that are older goes with them.
    assert all(count <= 8 and 118 <= rows <= 120 + 10 * 2 + 12 for count, rows in figures[11:])
    posts.add(Post(360 * 16 - HOUR + 200, poster="late"))
    results.update()
    posts.assert_right()


def test_posters_of_earlier_hours_are_not_kept_even_once(posts):
    posts.add(*(Post(MINUTE * n, poster=f"{n}") for n in range(200)))
    posts.results().update()
    assert _kept(posts)[1] == 60


def _kept(posts: Posts) -> tuple[int, int]:
    """Files of the table of posters, and rows in them."""
    files = posts.files(BY_POSTER)
    return len(files), sum(files.values())


@pytest.mark.usefixtures("joined_early")
def test_small_files_are_joined(posts):
    results = posts.results()
    for hour in range(12):
        posts.add(Post(hour * HOUR), Post(hour * HOUR + 10))
        results.update()
        assert len(posts.files(BY_CATEGORY)) < 6
    posts.add(Post(3 * HOUR + 5))
    results.update()
    posts.assert_right()


@pytest.mark.usefixtures("forgotten_at_once")
def test_files_and_log_of_earlier_versions_are_deleted(posts):
    results = posts.results()
    for number in range(16):
        posts.add(Post(MINUTE * number, poster=f"p{number}"))
        results.update()
    for address in TABLES:
        folder = Path(posts.lake.root) / address
        assert posts.version(address) >= 16
        assert len(list(folder.glob("*.parquet"))) <= 12
        assert len(list(folder.glob("_delta_log/*.json"))) <= 12
    posts.results().update()
    posts.assert_right()


@pytest.fixture
def forgotten_at_once(monkeypatch):
    for name in ("log", "deletedFile"):
        monkeypatch.setitem(upkeep.PROPERTIES, f"delta.{name}RetentionDuration", "interval 0 seconds")
    monkeypatch.setitem(upkeep.PROPERTIES, "delta.checkpointInterval", "10")
    monkeypatch.setattr(upkeep, "_CLEAN_EVERY", 5)


@pytest.fixture
def joined_early(monkeypatch):
    monkeypatch.setattr("pinterest_platform.lake.maintenance._SMALL_FILES", 6)
