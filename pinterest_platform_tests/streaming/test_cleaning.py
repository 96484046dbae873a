"""Records of a stream become the rows that the batch would make of them, whatever they hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.streaming.cleaning import Cleaner
from pinterest_platform_tests.landing_data import geo, open_platform, pin, user
from pinterest_platform_tests.streaming.chunks import FIRST, catalog, chunk, session_of, settings_of, stream_of

NASTY = {
    b"garbage": "not JSON: expected one JSON object",
    b"": "empty line: expected one JSON object",
    b" \n ": "empty line: expected one JSON object",
    b"[1]": "not a JSON object but a list",
    b'{"index": 1} {"index": 2': "not JSON: expected one JSON object",
    b"\xff\xfe": "not UTF-8: byte 0xff at position 0",
    b"\xef\xbb\xbf" + pin(): "not JSON: expected one JSON object",
    b"\xef\xbb\xbf\xef\xbb\xbf" + pin(): "not JSON: expected one JSON object",
    pin(title="X").replace(b"X", b"a\nb"): "not JSON: expected one JSON object",
    pin(title="X").replace(b"X", b"a\x00b"): "not JSON: expected one JSON object",
    b"[" * 5_000: "brackets are nested 5,000 deep: at most 2,000 levels are read",
    pin()[:-1] + b',"unknown":' + b"[" * 400_000 + b"]" * 400_000 + b"}": (
        "it has 400,004 values: at most 10,000 are read"
    ),
    pin(title="X").replace(b'"X"', b"[" + b"1," * 400_000 + b"1]"): ("it has 400,005 values: at most 10,000 are read"),
    pin(index="1"): 'index: "1" is not a whole number of 64 bits',
    pin(category=...): "category: missing or null, and it is required",
}


class Cleaned:
    """A cleaner of one kind of record, and what it makes of records."""

    def __init__(self, root: Path, record: str) -> None:
        settings = settings_of(root)
        self._session = session_of(settings)
        stream = stream_of(settings, record)
        self._cleaner = Cleaner(self._session, stream, RECORDS[stream.record], catalog().models[stream.model])

    def of(self, *records: bytes) -> tuple[list[tuple[Any, ...]], list[tuple[bytes, str, int]]]:
        """Rows in order of sequence number, and what is rejected: record, reason, position."""
        rejected = self._cleaner.clean([chunk(records)])
        rows = self._session.rows(f"{self._cleaner.rows('NULL::TIMESTAMP')} ORDER BY sequence_number")
        return rows, [(r.chunk.data[r.place], r.reason, r.position) for r in rejected]


@pytest.fixture
def cleaned(tmp_path) -> Cleaned:
    return Cleaned(tmp_path, "pin")


@pytest.mark.parametrize(("record", "make"), [("pin", pin), ("geo", geo), ("user", user)])
def test_as_the_batch_cleans_them(tmp_path, record, make):
    fields = {
        "pin": {"follower_count": "1.5k", "save_location": "Local save in /data/art", "poster_name": "User Info Error"},
        "geo": {"country": " \u00a0", "timestamp": "2020:01:02 03:04:05"},
        "user": {"first_name": " Ann\u00a0", "age": None},
    }[record]
    records = [make(1), make(2, **fields), make(3)]
    platform = open_platform(tmp_path / "batch")
    platform.landing.put(0, records, record=record)
    platform.engine.ingest(record)
    platform.engine.refresh(f"cleaned/{record}")
    batch = platform.rows(f"SELECT * FROM cleaned.{record} ORDER BY ind")
    platform.engine.close()
    rows, rejected = Cleaned(tmp_path, record).of(*records)
    assert [row[:-6] for row in rows] == batch
    assert not rejected
    assert [row[-5:-2] for row in rows] == [
        (f"streaming-p-{record}", "shardId-000000000000", str(FIRST + n)) for n in range(3)
    ]


def test_one_key_twice_is_two_rows(cleaned):
    rows, _ = cleaned.of(pin(1, title="old"), pin(1, title="new"), pin(1, title="new"))
    assert [row[2] for row in rows] == ["old", "new", "new"]


def test_a_record_over_several_lines_is_one(cleaned):
    spread = pin(1).replace(b", ", b",\r\n  ") + b"\n"
    rows, rejected = cleaned.of(pin(2), spread, b"\n" + spread)
    assert [row[0] for row in rows] == [2, 1, 1]
    assert not rejected


def test_fields_of_connect_do_not_move_a_record(cleaned):
    rows, rejected = cleaned.of(
        pin(1, _offset=2, _kafka_ts=5), pin(2, _offset="x"), pin(3, _offset=0), pin("x", _offset=0)
    )
    assert [(row[0], row[-3]) for row in rows] == [(n + 1, str(FIRST + n)) for n in range(3)]
    assert [position for *_, position in rejected] == [FIRST + 3]


def test_each_record_that_does_not_fit_is_rejected_as_it_came(cleaned):
    rows, rejected = cleaned.of(*NASTY, pin(7))
    assert [row[0] for row in rows] == [7]
    assert rejected == [(record, reason, FIRST + n) for n, (record, reason) in enumerate(NASTY.items())]


def test_it_does_not_matter_what_a_record_comes_with(cleaned):
    records = [pin(1), *NASTY, pin(2, follower_count=26), b" " + pin(3), pin(4) + b"\n"]
    rows, rejected = cleaned.of(*records)
    together = {int(row[-3]): row[:-5] for row in rows} | {position: reason for _, reason, position in rejected}
    for number, record in enumerate(records):
        rows, rejected = cleaned.of(record)
        assert [*(row[:-5] for row in rows), *(reason for _, reason, _ in rejected)] == [together[FIRST + number]]
