"""Lines made to take all memory: they are rejected, and the lines around them are read."""

from __future__ import annotations

import random

import pytest

from pinterest_platform.lake.files import connect
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform.landing.batches import open_batch
from pinterest_platform.landing.parser import Parser
from pinterest_platform.landing.scanning import DEEPEST, MOST_VALUES, Scan, refusal
from pinterest_platform.landing.store import LandingError
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.landing.parsing import parse_every_way
from pinterest_platform_tests.landing_data import PREFIX, Landing, pin

MEGABYTE = 2**20


def nested(depth: int, size: int = 0) -> bytes:
    """A JSON list, nested so deep, and as often side by side as `size` bytes hold."""
    one = b"[" * depth + b"]" * depth
    return one if not size else b"[" + b",".join([one] * (size // (len(one) + 1))) + b"]"


def with_field(name: bytes, value: bytes) -> bytes:
    return pin(5)[:-1] + b',"' + name + b'":' + value + b"}"


def parse_within(memory: str, landing: Landing) -> tuple[list[int], dict[int, str]]:
    """Offsets that fit, and the reason of each that does not, parsed with so much memory."""
    topic, store = f"{PREFIX}.pin", landing.store
    objects = store.list(topic, 0).objects
    with connect(memory, FolderStorage()) as db, open_batch(store, topic, objects) as batch:
        parsed = Parser(db, RECORDS["pin"]).parse(store, batch)
        fitting = db.execute(f"SELECT kafka_offset FROM {parsed.fitting} ORDER BY 1").fetchall()
        rejected = db.execute(f"SELECT kafka_offset, reason FROM {parsed.rejected}").fetchall()
    return [offset for (offset,) in fitting], dict(rejected)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (nested(500_000), "it has 500,004 values: at most 10,000 are read"),
        (nested(5_000, MEGABYTE), "it has "),
        (nested(1, MEGABYTE), "it has "),
        (nested(5_000), "brackets are nested 5,001 deep: at most 2,000 levels are read"),
        (b"[" + b"1," * (MEGABYTE // 2) + b"1]", "it has 524,293 values: at most 10,000 are read"),
        (b"[" + b"1," * 9_900 + b"1]", "title: [1,1,1,"),
        (b'["' + b"x" * MEGABYTE + b'"]', 'title: ["xxxx'),
    ],
    ids=["500,000 deep", "5,000 deep often", "not deep", "5,000 deep", "numbers", "as many as are read", "text"],
)
def test_brackets_by_the_megabyte_are_rejected_in_little_memory(landing, value, reason):
    landing.put(0, [pin(0), *[with_field(b"title", value)] * 8, pin(9)])
    fitting, reasons = parse_within("160MB", landing)
    assert fitting == [0, 9]
    assert sorted(reasons) == list(range(1, 9))
    assert all(told.startswith(reason) for told in reasons.values())


def test_one_line_that_takes_all_memory_by_itself_is_rejected(landing):
    line = with_field(b"title", b'["' + b"x" * 9 * MEGABYTE + b'"]')
    landing.put(0, [pin(0), line, with_field(b"title", b"[1]"), pin(3)])
    fitting, reasons = parse_within("64MB", landing)
    assert fitting == [0, 3]
    assert reasons == {
        1: f"takes too much memory to read, with {len(line):,} characters: set PINTEREST_MEMORY_LIMIT higher and read "
        "rejected lines again",
        2: "title: [1] is not a text or a number",
    }


def test_ordinary_lines_are_not_rejected_for_want_of_memory(landing):
    landing.put(0, [pin(0, title=["no text"])])
    with pytest.raises(
        LandingError,
        match=r"not enough memory to read a batch of t\.pin\. No row of the batch was added\. "
        r"Increase PINTEREST_MEMORY_LIMIT",
    ):
        parse_within("1MB", landing)


def test_so_deep_is_rejected_wherever_it_is_and_a_level_less_is_not(landing):
    deepest = nested(DEEPEST - 1)
    lines = [
        with_field(b"unknown", deepest),
        with_field(b"unknown", b"[" + deepest + b"]"),
        with_field(b"unknown", b'[{"a":' * (DEEPEST // 2) + b"1" + b"}]" * (DEEPEST // 2)),
        with_field(b"title", b'"' + deepest * 3 + b'\\"' + deepest[:DEEPEST] + b'"'),
    ]
    landing.put(0, [part for line in lines for part in (line, pin(1))])
    outcome = parse_every_way(landing)
    assert outcome.reasons == dict.fromkeys([2, 4], "brackets are nested 2,001 deep: at most 2,000 levels are read")
    assert [line for _, _, line, _ in outcome.rejected] == [lines[1].decode(), lines[2].decode()]
    assert outcome.rows[6]["title"] == (deepest * 3).decode() + '"' + "[" * (DEEPEST - 1) + "]"


def test_so_many_values_are_too_many_wherever_they_are_and_one_less_is_not(landing):
    most = MOST_VALUES - 4  # Beside those of a pin, and itself.
    lines = [
        with_field(b"unknown", b"[" + b"1," * (most - 1) + b"1]"),
        with_field(b"unknown", b"[" + b"1," * most + b"1]"),
        with_field(b"unknown", b"{" + b'"a":{},' * (most // 2) + b'"b":1}'),
        with_field(b"title", b'"' + b"1," * MEGABYTE + b'[[{"'),
    ]
    landing.put(0, [part for line in lines for part in (line, pin(1))])
    outcome = parse_every_way(landing)
    assert outcome.reasons == {
        2: "it has 10,001 values: at most 10,000 are read",
        4: "it has 10,001 values: at most 10,000 are read",
    }


def test_a_long_line_is_seen_in_pieces_of_any_size():
    dice = random.Random(5)
    for _ in range(200):
        lengths = [dice.choice([0, 1, 500, 2 * DEEPEST - 1, 2 * DEEPEST, 9_000]) for _ in range(4)]
        content = b"\n".join(b"x" * length for length in lengths) + dice.choice([b"", b"\n"])
        scan, at = Scan(), 0
        while at < len(content):
            size = dice.choice([1, 300, 2 * DEEPEST, 2**20])
            scan.see(content[at : at + size], len(content[at : at + size]))
            at += size
        assert scan.has_long == (max(lengths) >= 2 * DEEPEST)
        assert scan.lines == len(content.splitlines())


def test_quotes_without_end_are_looked_at_once():
    assert refusal(b"[" * (DEEPEST + 1) + b'"' + b'\\"' * 500_000) is not None
