"""Filling a source database: completely, again, after a kill, over other data."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3

import pytest

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.pinterest.source.loading import BATCH, load
from pinterest_platform.pinterest.source.source_tables import SourceError


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path}/made/source.db"


def stored(url):
    with SourceDatabase(url) as source:
        return [posting for batch in source.read_in_order() for posting in batch]


def test_what_is_stored_is_what_is_generated(url):
    reported = []
    assert load(url, 900, 4, progress=reported.append) == 900
    assert reported == [900]
    assert stored(url) == list(generate(900, 4))


def test_columns_are_in_the_order_of_the_schema(url, tmp_path):
    load(url, 1)
    with sqlite3.connect(tmp_path / "made/source.db") as connection:
        names = [row[1] for row in connection.execute("pragma table_info(pinterest_data)")]
        assert names == [
            "index", "unique_id", "title", "description", "poster_name", "follower_count", "tag_list",
            "is_image_or_video", "image_src", "downloaded", "save_location", "category",
        ]  # fmt: skip
        types = connection.execute("select typeof(timestamp), typeof(latitude), timestamp from geolocation_data")
        kind, latitude, timestamp = types.fetchone()
    assert (kind, latitude, len(timestamp)) == ("text", "real", len("2018-01-01 00:00:00"))


def test_loading_again_changes_nothing(url):
    load(url, 300, 1)
    assert load(url, 300, 1) == 0
    assert stored(url) == list(generate(300, 1))


def test_an_empty_source_can_be_asked_for(url):
    assert load(url, 0) == 0
    assert stored(url) == []


@pytest.mark.parametrize(("rows", "seed"), [(300, 2), (200, 1), (400, 1)])
def test_other_data_is_not_touched(url, rows, seed):
    load(url, 300, 1)
    with pytest.raises(
        SourceError, match=rf"already holds other rows .*300.* the {rows} generated with seed={seed}.*--replace"
    ):
        load(url, rows, seed)
    assert stored(url) == list(generate(300, 1))


def test_other_data_is_replaced_when_told_to(url):
    load(url, 300, 1)
    assert load(url, 200, 2, replace=True) == 200
    assert stored(url) == list(generate(200, 2))


def killed_load(url, rows):
    load(url, rows, 1, progress=lambda _: os.kill(os.getpid(), signal.SIGKILL))


def test_a_killed_load_is_completed(url):
    rows = BATCH + 500
    process = multiprocessing.get_context("fork").Process(target=killed_load, args=(url, rows))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert load(url, rows, 1) == 500
    assert stored(url) == list(generate(rows, 1))
