"""`streams.yaml`: what ships, what an entry may leave out, and what each mistake is answered with."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform.streaming import Stream, StreamConfigError, load_streams

GOOD = """\
streams:
  - name: pin
    source: kinesis
    schema: pin
    model: cleaned/pin
"""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.load(PINTEREST)


def load(catalog: Catalog, folder: Path, content: str) -> dict[str, Stream]:
    path = folder / "streams.yaml"
    path.write_text(content)
    return load_streams(load_settings(streams=path, topic_prefix="p", _env_file=None), catalog)


def test_three_are_shipped(catalog):
    streams = load_streams(load_settings(topic_prefix="p", _env_file=None), catalog)
    assert {s.address: (s.source, s.origin, s.record, s.model) for s in streams.values()} == {
        f"stream/{name}": ("kinesis", f"streaming-p-{name}", name, f"cleaned/{name}") for name in ("pin", "geo", "user")
    }


def test_a_fourth_needs_an_entry_only(catalog, tmp_path):
    entry = """\
  - name: pin_again
    source: kafka
    topic: other.topic
    schema: pin
    model: cleaned/pin
    starting_position: 2026-01-31T12:00:00Z
    limits: {records: 10, bytes: 1000}
    trigger: 5
"""
    first, fourth = load(catalog, tmp_path, GOOD + entry).values()
    assert first.starting_position == "trim_horizon"
    assert (fourth.origin, fourth.limits.records, fourth.limits.bytes, fourth.trigger) == ("other.topic", 10, 1000, 5)
    assert fourth.starting_position == datetime(2026, 1, 31, 12, tzinfo=UTC)


def test_records_wait_as_the_setting_says_where_the_file_says_nothing(catalog, tmp_path):
    path = tmp_path / "streams.yaml"
    path.write_text(GOOD + GOOD.partition("\n")[2].replace("name: pin", "name: other") + "    trigger: 5\n")
    streams = load_streams(load_settings(streams=path, stream_trigger=10, _env_file=None), catalog)
    assert {name: stream.trigger for name, stream in streams.items()} == {"pin": 10, "other": 5}
    assert load(catalog, tmp_path, GOOD)["pin"].trigger == 1


def test_a_topic_is_named_as_posting_names_it(catalog, tmp_path):
    assert load(catalog, tmp_path, GOOD.replace("kinesis", "kafka"))["pin"].origin == "p.pin"


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, "expected one field `streams`"),
        ("streams: {}", 1, "expected one field `streams`"),
        ("streams: [", 1, "not YAML"),
        (GOOD + "extra: 1\n", 1, "expected one field `streams`"),
        (GOOD.replace("source: kinesis", "source: kinesi"), 3, "source 'kinesi': Input should be 'kinesis' or 'kafka'"),
        (GOOD + "    trigger: -1\n", 6, "trigger -1: Input should be greater than or equal to 0"),
        (GOOD + "    tigger: 1\n", 6, "unknown field 'tigger'; use one of name, source, stream, topic, schema, model"),
        (GOOD + "    limits:\n      records: 0\n", 7, "limits.records 0: Input should be greater than or equal to 1"),
        (GOOD + "    limits:\n      rows: 5\n", 7, "unknown field 'limits.rows'; use one of records, bytes"),
        (GOOD + "    limits: 5\n", 6, "limits 5"),
        (GOOD + "    name: geo\n", 6, "'name' is given twice"),
        (
            GOOD + "    starting_position: soon\n",
            6,
            "starting_position 'soon': use trim_horizon, latest or a time in UTC",
        ),
        (GOOD + "    topic: p.pin\n", 2, "a stream from kinesis does not take 'topic'; remove it"),
        (GOOD.replace("    model: cleaned/pin\n", ""), 2, "the entry has no 'model'"),
        (GOOD.replace("schema: pin", "schema: pins"), 4, "schema 'pins': use one of pin, geo, user"),
        (
            GOOD.replace("cleaned/pin", "cleaned/geo"),
            5,
            "model 'cleaned/geo' does not clean pin records; use cleaned/pin",
        ),
        (GOOD.replace("cleaned/pin", "analytics/x"), 5, "model 'analytics/x' does not clean pin records"),
        (GOOD.replace("name: pin", "name: rejected"), 2, "name 'rejected': use lower_snake_case"),
        (GOOD.replace("name: pin", "name: pin_latest"), 2, "name 'pin_latest': use lower_snake_case"),
        (GOOD.replace("name: pin", "name: Pin"), 2, "name 'Pin': use lower_snake_case"),
        (GOOD + GOOD.partition("\n")[2], 6, "name 'pin' is given twice; use each name once"),
        (
            GOOD + GOOD.partition("\n")[2].replace("name: pin", "name: other\n    stream: streaming-p-pin"),
            6,
            "stream/pin already reads streaming-p-pin; only one entry may read it",
        ),
        ("streams:\n  - pin\n", 2, "Input should be a valid dictionary"),
    ],
)
def test_mistakes_are_told_with_their_line(catalog, tmp_path, content, line, message):
    with pytest.raises(StreamConfigError) as caught:
        load(catalog, tmp_path, content)
    assert str(caught.value).startswith(f"{tmp_path / 'streams.yaml'}:{line}: ")
    assert message in str(caught.value)


def test_a_file_that_is_not_there(catalog, tmp_path):
    with pytest.raises(StreamConfigError, match=r"PINTEREST_STREAMS must name a YAML file"):
        load_streams(load_settings(streams=tmp_path / "none.yaml", _env_file=None), catalog)
