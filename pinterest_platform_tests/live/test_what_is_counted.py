"""Each post is counted in its minute, and those apart that come after it was closed, however they were committed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.pinterest.live import TABLES, LiveResults, Updated
from pinterest_platform.pinterest.records import PIN
from pinterest_platform.schemas import Column
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import catalog, pin, tombstone
from pinterest_platform_tests.live.posts import ADDRESS, COLUMNS, READ_FROM, START, Post, Posts
from pinterest_platform_tests.streaming.chunks import FIRST, chunk, stream_of

#: Hours of posts, most of them in order, some minutes behind, some hours.
POST = st.builds(
    lambda base, behind, category, poster, followers: (base, behind, category, poster, followers),
    st.integers(0, 90),
    st.sampled_from([0, 0, 0, 59, 60, 119, 120, 121, 180, 181, 600, 4000]),
    st.sampled_from(["art", "travel", None]),
    st.sampled_from(["ann", "bob", "cy", None]),
    st.sampled_from([None, 0, 7, 8]),
)
COMMITS = st.lists(st.tuples(st.lists(POST, max_size=6), st.booleans()), min_size=1, max_size=6)


@given(commits=COMMITS, hurry=st.sampled_from([10, 100, 900]))
@settings(max_examples=6, deadline=None, phases=[Phase.generate])
def test_any_commits_and_updates(tmp_path_factory, commits, hurry):
    """Commits are (posts, whether the results are brought up to date afterwards)."""
    posts, now = Posts(tmp_path_factory.mktemp("posts")), 10_000
    results = posts.results()
    for made, updates in commits:
        batch = []
        for step, behind, *fields in made:
            now += step * hurry / 60
            batch.append(Post(now - behind, *fields))
        posts.add(*batch)
        if updates:
            results.update()
            posts.assert_right()
    results.update()
    posts.assert_right()
    posts.close()


def test_before_there_is_anything(posts):
    results = posts.results()
    assert results.update() is None
    posts.lake.ensure(ADDRESS, COLUMNS, "Pins.")
    assert results.update() == Updated(posts=0, late=0, windows_closed=0, version=0)
    posts.add()
    results.update()
    assert (posts.counted(), posts.top()) == ([], [])
    posts.add(Post(0))
    assert results.update() == Updated(posts=1, late=0, windows_closed=0, version=2)
    posts.assert_right()


def test_a_tombstone_is_no_post(posts):
    results = posts.results()
    stream = stream_of(posts.settings)
    writer = Writer(posts.session, stream, PIN, catalog().models[stream.model])
    for number, lines in enumerate(([pin(1), tombstone(1), pin(2)], [tombstone(2)])):
        writer.add([chunk(lines, first=FIRST + 10 * number)])
        results.update()
        assert [count for _, _, count, *_ in posts.counted()] == [2]


def test_what_an_update_tells(posts):
    results = posts.results()
    posts.add(Post(0), Post(1), Post(70))
    assert results.update() == Updated(posts=3, late=0, windows_closed=0, version=1)
    posts.add(Post(240))
    posts.add(Post(20), Post(100))
    assert results.update() == Updated(posts=3, late=2, windows_closed=2, version=3)
    assert results.update() is None
    posts.add(Post(245))
    assert results.update() == Updated(posts=1, late=0, windows_closed=0, version=4)
    posts.assert_right()


@pytest.mark.parametrize(("newest", "is_late"), [(179.9, False), (180, True)])
def test_a_minute_is_closed_two_minutes_after_its_end(posts, newest, is_late):
    posts.add(Post(0), Post(newest))
    posts.add(Post(59.999))
    posts.results().update()
    assert posts.counted()[0] == (START, "art", 2 - is_late, int(is_late), is_late)


def test_what_comes_together_closes_nothing_for_itself(posts):
    posts.add(Post(10_000), Post(0), Post(5_000))
    assert posts.results().update() == Updated(posts=3, late=0, windows_closed=2, version=1)
    posts.assert_right()


def test_minutes_are_closed_by_posts_of_later_ones(posts):
    results = posts.results()
    posts.add(Post(0))
    results.update()
    posts.add(Post(239), Post(130))
    results.update()
    assert posts.counted()[0] == (START, "art", 1, 0, True)


def test_late_posts_of_a_minute_that_had_none(posts):
    results = posts.results()
    posts.add(Post(10_000))
    results.update()
    posts.add(Post(60, "travel"))
    results.update()
    assert posts.counted()[0] == (START + timedelta(minutes=1), "travel", 0, 1, True)
    posts.assert_right()


def test_unknown_categories_and_posters(posts):
    results = posts.results()
    for number in range(2):
        posts.add(Post(number, None, None, None), Post(number, None, "ann", None), Post(number, "art", "ann", 3))
        results.update()
    assert posts.counted() == [(START, "art", 2, 0, False), (START, None, 4, 0, False)]
    assert posts.top() == [(1, "ann", 4, 3)]


def test_a_record_without_time_arrived_when_it_was_read(posts):
    read_at = READ_FROM.replace(second=30)
    posts.add(Post(None), read_at=read_at)
    posts.results().update()
    assert posts.counted() == [(READ_FROM, "art", 1, 0, False)]


@pytest.mark.parametrize(("ahead", "minute"), [(60, 1), (60.001, 0), pytest.param(10**8, 0, marks=pytest.mark.long)])
def test_a_clock_that_is_ahead_closes_nothing_for_others(posts, ahead, minute):
    read_at = START + timedelta(seconds=10)
    posts.add(Post(1), Post(10 + ahead, "ahead"), read_at=read_at)
    posts.add(Post(2), read_at=read_at + timedelta(seconds=1))
    posts.results().update()
    assert {category: (window, *rest) for window, category, *rest in posts.counted()} == {
        "ahead": (START + timedelta(minutes=minute), 1, 0, False),
        "art": (START, 2, 0, False),
    }


def test_another_lateness_counts_anew(posts):
    posts.add(Post(0), Post(70))
    posts.add(Post(1))
    posts.results().update()
    assert posts.counted()[0] == (START, "art", 2, 0, False)
    results = posts.results(lateness=timedelta(seconds=10))
    assert results.update() == Updated(posts=3, late=1, windows_closed=1, version=2)
    posts.assert_right(timedelta(seconds=10))
    assert posts.results(lateness=timedelta(seconds=10)).update() is None


def test_top_posters_are_those_of_the_last_hour(posts):
    results = posts.results()
    posts.add(*(Post(0, poster="old") for _ in range(9)), Post(60, poster="ann", followers=5))
    results.update()
    posts.add(Post(59 * 60 + 59, poster="bob"))
    results.update()
    assert posts.top() == [(1, "old", 9, 1), (2, "ann", 1, 5), (2, "bob", 1, 1)]
    posts.add(Post(60 * 60, poster="bob"), Post(61, poster="ann", followers=9))
    results.update()
    assert posts.top() == [(1, "ann", 2, 9), (1, "bob", 2, 1)]


def test_twenty_posters_and_those_who_share_the_last_place(posts):
    posts.add(
        *(Post(n, poster=f"p{n}") for n in range(15) for _ in range(2)), *(Post(0, poster=f"q{n}") for n in range(9))
    )
    posts.results().update()
    assert len(posts.top()) == 24
    posts.add(*(Post(20, poster=f"p{n}") for n in range(15, 22) for _ in range(2)))
    posts.results().update()
    assert [rank for rank, *_ in posts.top()] == [1] * 22
    posts.assert_right()


def test_top_posters_that_stay_the_same_are_no_version(posts):
    results = posts.results()
    posts.add(Post(0, poster="ann"), Post(1, poster=None))
    results.update()
    version = posts.version("live/top_posters")
    posts.add(Post(2, poster=None))
    assert results.update() is not None
    assert LiveResults(posts.settings).update() is None
    assert posts.version("live/top_posters") == version


def test_what_a_job_commits(posts):
    """Rows as the stream's own job writes them."""
    writer = Writer(posts.session, stream_of(posts.settings), PIN, catalog().models["cleaned/pin"])
    records = [pin(n, poster_name="ann", follower_count="1k") for n in range(3)] + [b"garbage"]
    writer.add([chunk(records)])
    assert posts.results().update() == Updated(posts=3, late=0, windows_closed=0, version=1)
    arrived = datetime(2023, 11, 14, 22, 13)
    assert posts.counted() == [(arrived, "art", 3, 0, False)]
    assert posts.top() == [(1, "ann", 3, 1000)]


def test_a_stream_of_something_else_is_refused(posts):
    posts.lake.ensure("stream/geo", [replace(column) for column in COLUMNS if column.name != "category"], "")
    with pytest.raises(LakeError, match=r"stream/geo: has no column category; live results require a stream whose"):
        posts.results(address="stream/geo").update()


def test_tables_are_as_declared(posts):
    posts.add(Post(0))
    posts.results().update()
    for address, declared in TABLES.items():
        fields = posts.lake.require(address).schema().fields
        assert [field.name for field in fields] == [column.name for column in declared.columns]
        assert set(declared.key) <= {column.name for column in declared.columns}


def test_tables_of_other_columns_are_made_anew(posts):
    for address in TABLES:
        table = posts.lake.ensure(address, [Column("since", "timestamp_ntz", "")], "")
        commit(table, add=posts.session.write(table, "SELECT TIMESTAMP '2020-01-01' AS since"), transactions={})
    posts.add(Post(0))
    posts.results().update()
    posts.assert_right()
