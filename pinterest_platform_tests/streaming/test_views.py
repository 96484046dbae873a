"""The newest state of each stream, and what is served of batch and stream together."""

from __future__ import annotations

import json
from contextlib import closing

import pytest

from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import PREFIX, Landing, geo, pin, tombstone, user
from pinterest_platform_tests.streaming.chunks import FIRST, chunk, session_of, settings_of, stream_of


@pytest.fixture
def settings(tmp_path):
    return settings_of(tmp_path, topic_prefix=PREFIX)


@pytest.fixture
def ask(settings):
    """Asks DuckDB; the stream and the batch are there as far as the test put them there."""
    engine = DuckDBEngine(settings, load_catalog(settings, PINTEREST))
    yield lambda sql: engine.query(sql).rows
    engine.close()


def stream(settings, record, lines, **where):
    of = stream_of(settings, record)
    model = load_catalog(settings, PINTEREST).models[of.model]
    with closing(Writer(session_of(settings), of, RECORDS[of.record], model)) as writer:
        writer.add([chunk(lines, **where)])


def batch(settings, record, lines):
    Landing(settings.data / "landing").put(0, lines, record=record)
    with closing(DuckDBEngine(settings, load_catalog(settings, PINTEREST))) as engine:
        engine.ingest(record)
        engine.refresh(f"cleaned/{record}")


def test_newest_row_a_key(settings, ask):
    stream(settings, "pin", [pin(1, title="first"), pin(2), pin(1, title="second")])
    stream(settings, "pin", [pin(1, title="after a split")], shard="shardId-000000000007", first=FIRST * 10)
    assert ask("SELECT ind, title FROM stream.pin_latest ORDER BY ind") == [(1, "after a split"), (2, None)]
    assert ask("SELECT COUNT(*) FROM stream.pin") == [(4,)]


def test_nine_comes_before_ten(settings, ask):
    """Sequence numbers are texts of digits."""
    stream(settings, "pin", [pin(1, title="nine"), pin(1, title="ten")], first=9)
    assert ask("SELECT title FROM stream.pin_latest") == [("ten",)]


def test_the_last_place_in_a_record_is_newer_and_the_next_record_newer_still(settings, ask):
    record = b"".join(pin(1, title=f"place {place}") for place in range(11))
    stream(settings, "pin", [record, pin(2, title="old") + pin(3)])
    assert ask("SELECT title FROM stream.pin_latest WHERE ind = 1") == [("place 10",)]
    stream(settings, "pin", [pin(1, title="next"), pin(2, title="new")], first=FIRST + 2)
    assert ask("SELECT ind, title FROM stream.pin_latest ORDER BY ind") == [(1, "next"), (2, "new"), (3, None)]


def test_a_tombstone_deletes_its_key_from_the_newest_rows_and_from_what_is_served(settings, ask):
    batch(settings, "pin", [pin(1), pin(2), pin(4), tombstone(4)])
    stream(settings, "pin", [pin(1, title="stream"), pin(3), tombstone(1), tombstone(2), tombstone(3), pin(3)])
    assert ask("SELECT ind FROM stream.pin_latest") == [(3,)]
    assert ask("SELECT ind FROM serving.pin ORDER BY ind") == [(3,)]
    assert ask("SELECT ind FROM stream.pin WHERE tombstone ORDER BY ind") == [(1,), (2,), (3,)]


def test_post_is_served_once_whichever_way_it_came(settings, ask):
    batch(settings, "pin", [pin(1, title="batch"), pin(2, title="batch")])
    batch(settings, "geo", [geo(1, country="Fiji")])
    stream(settings, "pin", [pin(2, title="stream"), pin(3, title="stream"), pin(3, title="again")])
    stream(settings, "user", [user(3)])
    assert ask("SELECT ind, title, country, age, came_by FROM serving.post ORDER BY ind") == [
        (1, "batch", "Fiji", None, "batch"),
        (2, "stream", None, None, "stream/pin"),
        (3, "again", None, 33, "stream/pin"),
    ]


def test_views_are_empty_where_nothing_came(ask):
    assert ask("SELECT * FROM serving.post") == []


def test_names_as_people_write_them(settings, ask):
    stream(settings, "pin", [pin(1, category="art"), pin(2, category="art")])
    counted = "SELECT serving.post.category, COUNT(*) FROM serving.post GROUP BY serving.post.category"
    assert ask(counted) == [("art", 2)]
    joined = "SELECT a.ind FROM stream.pin_latest AS a JOIN stream.pin_latest AS b ON a.ind = b.ind + 1"
    assert ask(joined) == [(2,)]
    assert ask("WITH post AS (SELECT 1 AS x) SELECT post.x FROM post JOIN serving.pin ON pin.ind = post.x") == [(1,)]


def test_another_stream_of_the_same_records_is_served_too(settings):
    entries = [
        {"name": name, "source": "kinesis", "schema": "pin", "model": "cleaned/pin"} for name in ("pin", "pin_abroad")
    ]
    path = settings.data / "streams.yaml"
    path.write_text(json.dumps({"streams": entries}))
    catalog = load_catalog(settings.model_copy(update={"streams": path}), PINTEREST)
    assert {"stream/pin", "stream/pin_abroad"} < set(catalog.streams)
    assert catalog.views["serving/pin"].upstreams == (
        "cleaned/pin",
        "stream/pin",
        "stream/pin_abroad",
    )


def test_columns_say_what_they_mean(settings):
    catalog = load_catalog(settings, PINTEREST)
    assert [c.name for view in catalog.views.values() for c in view.columns if not c.description] == []
