"""Each post is counted once, whatever dies, whoever else counts, and whatever becomes of the stream's table."""

from __future__ import annotations

import shutil
import signal
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.failpoints import Failpoint
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform.live import windows
from pinterest_platform.pinterest.live import TABLES, LiveResults
from pinterest_platform.pinterest.live import results as ranking
from pinterest_platform_tests.engines.children import Death, barrier, set_constants
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.live.posts import ADDRESS, Post, Posts
from pinterest_platform_tests.streaming.chunks import settings_of

#: In the order in which an update comes to them: the three tables, one after the other.
DEATHS = [
    Death(moment, f"live/{table}")
    for table in ("posts_by_category", "posts_by_poster", "top_posters")
    for moment in (Failpoint.FILES_WRITTEN, Failpoint.COMMITTED)
]


def update_until(root: Path, death: Death) -> None:
    death.arm()
    LiveResults(settings_of(root)).update()


def update_often(root: Path, together: Any, times: int) -> None:
    set_constants({"live.upkeep:_CLEAN_EVERY": 3, "lake.maintenance:_SMALL_FILES": 2})
    results = LiveResults(settings_of(root))
    together.wait()
    for _ in range(times):
        results.update()


def more(posts: Posts, number: int) -> None:
    """A batch that opens a minute, closes one, and has a post for one that is closed."""
    now = 60 * number
    posts.add(Post(now, poster=f"p{number}"), Post(now - 200, poster="late"), Post(now - 30, "travel"), Post(now, None))


def die(posts: Posts, death: Death) -> None:
    child = start(update_until, posts.settings.data, death)
    child.join()
    assert child.exitcode == -signal.SIGKILL, f"it never came to: {death} (exit code {child.exitcode})"


@pytest.mark.parametrize("death", [DEATHS[0], pytest.param(DEATHS[3], marks=pytest.mark.long)], ids=str)
def test_killed_in_the_first_update(posts, death):
    more(posts, 4)
    more(posts, 5)
    die(posts, death)
    more(posts, 6)
    posts.results().update()
    posts.assert_right()


def test_killed_at_every_moment_one_after_the_other(posts):
    """Without an update in between that is not killed, so that tables have counted differently far."""
    more(posts, 4)
    for number, death in enumerate(DEATHS, 5):
        more(posts, number)
        die(posts, death)
    posts.results().update()
    posts.assert_right()
    assert posts.results().update() is None


def test_several_update_at_once(posts):
    """On tables that nobody has made yet, while posts come."""
    more(posts, 4)
    together = barrier(3)
    updaters = [start(update_often, posts.settings.data, together, 4) for _ in range(2)]
    together.wait()
    for number in range(5, 12):
        more(posts, number)
    for updater in updaters:
        updater.join()
    assert [updater.exitcode for updater in updaters] == [0, 0]
    posts.results().update()
    posts.assert_right()


@pytest.mark.parametrize("module", [windows, ranking])
def test_an_updater_that_comes_second_starts_over(posts, monkeypatch, module):
    """Another one commits a table between this one's reading and its commit."""
    more(posts, 4)
    first, second = posts.results(), posts.results()
    first.update()
    more(posts, 5)
    raced = []

    def overtaken(table: Any, **arguments: Any) -> int:
        if not raced:
            raced.append(table)
            more(posts, 6)
            second.update()
        return commit(table, **arguments)

    monkeypatch.setattr(module, "commit", overtaken)
    first.update()
    assert raced
    posts.assert_right()


def test_files_of_the_stream_are_joined_in_between(posts):
    results = posts.results()
    for number in range(4, 8):
        more(posts, number)
    results.update()
    for number in range(8, 11):
        more(posts, number)
    optimize(posts.lake.require(ADDRESS), ())
    more(posts, 11)
    assert results.update().posts == 4 * 4
    posts.assert_right()
    optimize(posts.lake.require(ADDRESS), ())
    assert results.update().posts == 0
    posts.assert_right()


def test_files_are_joined_and_cleaned_away_before_they_are_counted(posts):
    results = posts.results()
    for number in range(4, 7):
        more(posts, number)
    results.update()
    for number in range(7, 10):
        more(posts, number)
    optimize(posts.lake.require(ADDRESS), (), retention_hours=0)
    assert results.update().posts == 6 * 4
    posts.assert_right()


def test_the_log_is_cleaned_away_before_it_is_read(posts):
    results = posts.results()
    for number in range(4, 8):
        more(posts, number)
        if number == 4:
            results.update()
    table = posts.lake.require(ADDRESS)
    table.create_checkpoint()
    for entry in (Path(posts.lake.root) / ADDRESS / "_delta_log").glob("*.json"):
        if int(entry.stem) < table.version():
            entry.unlink()
    assert posts.results().update().posts == 4 * 4
    posts.assert_right()


@pytest.mark.parametrize("batches", [1, pytest.param(3, marks=pytest.mark.long)])
def test_the_table_of_the_stream_is_made_anew(posts, tmp_path, batches):
    """With as many versions as had been counted, and with fewer."""
    for number in range(4, 7):
        more(posts, number)
    posts.results().update()
    shutil.rmtree(Path(posts.lake.root) / ADDRESS)
    again = Posts(tmp_path)
    for number in range(batches):
        again.add(Post(number, "quotes", f"new{number}"))
    assert posts.results().update().posts == batches
    again.assert_right()


def test_rows_are_taken_out_of_the_table_of_the_stream(posts):
    for number in range(4, 7):
        more(posts, number)
    posts.results().update()
    posts.lake.require(ADDRESS).delete("poster_name = 'late'")
    posts.batches = [(at, [post for post in batch if post.poster != "late"]) for at, batch in posts.batches]
    assert posts.results().update().late == 0
    posts.assert_right()


def test_a_live_table_is_lost(posts):
    for address in TABLES:
        more(posts, len(posts.batches) + 4)
        posts.results().update()
        shutil.rmtree(Path(posts.lake.root) / address)
        assert posts.results().update() is not None
        posts.assert_right()
