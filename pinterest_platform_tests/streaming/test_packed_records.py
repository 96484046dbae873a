"""Records that hold several rows, or are compressed: each row once, with its place; what is not read is named."""

from __future__ import annotations

import base64
import bz2
import gzip
import json
import zlib
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import Stream
from pinterest_platform.streaming.packed import MOST_BYTES, problem, unpacked
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import (
    FIRST,
    catalog,
    chunk,
    session_of,
    stream_of,
    table_rows,
)
from pinterest_platform_tests.streaming.packing import aggregated


def writer_of(of: Settings, stream: Stream) -> Writer:
    return Writer(session_of(of), stream, RECORDS[stream.record], catalog().models[stream.model])


def numbers(of: Settings, address: str = "stream/pin", column: str = "ind") -> list[tuple[object, str]]:
    """What each row is, with its sequence number behind the first one of the shard."""
    rows = table_rows(of, address, f"{column}, sequence_number")
    split = [(value, *number.partition("/")) for value, number in rows]
    return [(value, f"{int(number) - FIRST}{slash}{place}") for value, number, slash, place in split]


@pytest.mark.parametrize(
    "record",
    [
        aggregated(pin(1), pin(2), pin(3)),
        pin(1) + pin(2) + pin(3),
        pin(1) + b"\n" + pin(2) + b" \r\n" + pin(3) + b"\n",
        gzip.compress(pin(1) + b"\n" + pin(2) + b"\n" + pin(3)),
        gzip.compress(pin(1)) + gzip.compress(pin(2) + pin(3)),
        aggregated(gzip.compress(pin(1)), pin(2) + pin(3)),
    ],
    ids=["aggregated", "end to end", "on lines", "gzip", "gzip in two members", "all in one"],
)
def test_each_row_of_a_record_is_there_with_its_place(of: Settings, stream: Stream, record: bytes) -> None:
    with closing(writer_of(of, stream)) as writer:
        batch = writer.add([chunk([pin(0), record, gzip.compress(pin(4))])])
    assert numbers(of) == [(0, "0"), (1, "1/0"), (2, "1/1"), (3, "1/2"), (4, "2")]
    assert batch is not None
    assert (batch.records, batch.rows, batch.rejected) == (5, 5, 0)


@pytest.fixture
def of(settings: Settings) -> Settings:
    return settings


def test_one_that_does_not_fit_stops_none_of_the_others(of: Settings, stream: Stream) -> None:
    with closing(writer_of(of, stream)) as writer:
        writer.add([chunk([aggregated(pin(1), b"\xff", pin(2)), pin(3) + b'{"index": 4} and {' + pin(5)])])
    assert numbers(of) == [(1, "0/0"), (2, "0/2"), (3, "1/0")]
    assert numbers(of, "stream/rejected", "line") == [
        ("\\xff", "0/1"),
        ("and {" + pin(5).decode(), "1/2"),
        ('{"index": 4}', "1/1"),
    ]


def test_killed_between_the_commits_of_an_aggregated_record(
    of: Settings, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record is read again as one, and what of it was committed is known."""
    records = [aggregated(pin(1), b"a", pin(2), b"b"), pin(3)]
    dying = writer_of(of, stream)
    monkeypatch.setattr(dying.events, "append", lambda *_: (_ for _ in ()).throw(LakeError("dies here")))
    with pytest.raises(LakeError, match="dies here"):
        dying.add([chunk(records)])
    for again in (records[:1], records[1:]):
        with closing(writer_of(of, stream)) as writer:
            writer.add([chunk(again, first=FIRST + records.index(again[0]))])
    assert numbers(of) == [(1, "0/0"), (2, "0/2"), (3, "1")]
    assert numbers(of, "stream/rejected", "line") == [("a", "0/1"), ("b", "0/3")]


NOT_READ = {
    base64.b64encode(pin()): "a JSON object in base64, so it was encoded twice; encode it once",
    b'"' + base64.b64encode(pin()) + b'"': "a JSON object in base64",
    gzip.compress(pin())[:-9]: "gzip that ends too early",
    gzip.compress(pin())[:10] + b"\xff" * 20: "gzip that cannot be unpacked",
    gzip.compress(b" " * (MOST_BYTES + 1)): "gzip that unpacks to more than 16,777,216 bytes",
    zlib.compress(pin()): "zlib is not supported; send JSON: plain, in gzip or aggregated",
    bz2.compress(pin()): "bzip2 is not supported",
    aggregated(pin())[:-1]: "a record of the Kinesis Producer Library whose checksum differs",
    aggregated(): "a record of the Kinesis Producer Library that contains no records",
    b"\x00\x00\x00\x00\x07abc": "a schema of Confluent's registry",
    b'{"messageType": "DATA_MESSAGE", "logEvents": []}': "a CloudWatch Logs envelope is not supported",
}


def test_what_is_not_read_is_named_with_the_reason(of: Settings, stream: Stream) -> None:
    with closing(writer_of(of, stream)) as writer:
        writer.add([chunk([*NOT_READ, pin(7)])])
    assert numbers(of) == [(7, str(len(NOT_READ)))]
    reasons = [reason for _, reason in table_rows(of, "stream/rejected", "sequence_number, reason")]
    for told, reason in zip(NOT_READ.values(), reasons, strict=True):
        assert f": {told}" in reason


def test_topics_are_read_as_before(of: Settings) -> None:
    """An offset is one record there."""
    with closing(writer_of(of, stream_of(of, source="kafka"))) as writer:
        writer.add([chunk([pin(1) + pin(2), pin(3)], shard="0", first=0)])
    assert table_rows(of, "stream/pin", "ind, sequence_number") == [(3, "1")]


@pytest.mark.parametrize("cut", [*range(4, 24), *range(40, 200, 40)])
def test_a_record_cut_anywhere_stays_as_it_came(cut: int) -> None:
    whole = aggregated(pin(1), pin(2))
    for broken in (whole[:cut], whole[:cut] + b"\xff" + whole[cut + 1 :]):
        assert unpacked(chunk([broken])).data == [broken]
        assert problem(broken)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["}{", '"}{"', "\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=3), JSON, max_size=3), min_size=1), st.text(" \t\r\n", max_size=2))
def test_objects_end_to_end_are_those_that_were_put_there(objects: list[dict[str, object]], between: str) -> None:
    record = between.join(json.dumps(one, ensure_ascii=len(objects) % 2 == 0) for one in objects).encode()
    assert [json.loads(one) for one in unpacked(chunk([record])).data] == objects


def test_deep_nesting_is_no_crash() -> None:
    record = b'{"a": ' * 50_000 + b"}{"
    assert unpacked(chunk([record])).data == [record]
