"""Lines nobody should send: each is read or rejected, and the lines around it keep their offsets."""

from __future__ import annotations

import gzip

import pytest

from pinterest_platform_tests.landing.parsing import parse, parse_every_way
from pinterest_platform_tests.landing_data import Landing, pin

NOT_JSON = "not JSON: expected one JSON object"
TOO_DEEP = "brackets are nested 5,000 deep: at most 2,000 levels are read"
EMPTY = "empty line: expected one JSON object"
MARK = b"\xef\xbb\xbf"

BLANK = [(line, EMPTY) for line in (b"", b"  \t ", b"\r", b"\x0b\x0c")]
LIST_OF_ONE = (
    "not a JSON object but a list of 1: a line is one record, as it has one offset; send each as a record of its own"
)
REJECTED = [
    (b"garbage", NOT_JSON),
    (b"{", NOT_JSON),
    (b"}", NOT_JSON),
    (pin(9)[:-1], NOT_JSON),
    (pin(9) + pin(8), NOT_JSON),
    (pin(9) + b" " + pin(8), NOT_JSON),
    (pin(9) + b"\r" + pin(8), NOT_JSON),
    (pin(9) + b"," + pin(8), NOT_JSON),
    (pin(9) + b"x", NOT_JSON),
    (
        b"[" + pin(9) + b"]",
        LIST_OF_ONE,
    ),
    (b"5", "not a JSON object but a number"),
    (b"-5.5", "not a JSON object but a number"),
    (b'"text"', "not a JSON object but a text"),
    (b"true", "not a JSON object but true"),
    (b"null", "not a JSON object but null"),
    (b"Infinity", "not a JSON object but a number"),
    (b"{'index':1}", NOT_JSON),
    (pin(9) + b" // comment", NOT_JSON),
    (b'{"index":01,"unique_id":"u","category":"c"}', NOT_JSON),
    (b'{"index":+1,"unique_id":"u","category":"c"}', NOT_JSON),
    (b'{"index":1,"unique_id":"\\ud800","category":"c"}', NOT_JSON),
    (b'{"index":1,"unique_id":"a\tb","category":"c"}', NOT_JSON),
    (b"\x00", NOT_JSON),
    (b"\x00" * 1000, NOT_JSON),
    (pin(9).replace(b"u9", b"u\x009"), NOT_JSON),
    (pin(9) + b"\x00", NOT_JSON),
    (b"[" * 2000, NOT_JSON),
    (b"[" * 5000, TOO_DEEP),
    (b'{"index":' * 5000, TOO_DEEP),
    (MARK + pin(9), NOT_JSON),
    ("\xa0".encode() + pin(9), NOT_JSON),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """(reason, line as kept) of each line, read between two good ones."""
    outcomes = {}
    for cases in (BLANK, REJECTED, [*REJECTED, *BLANK]):
        landing = Landing(tmp_path_factory.mktemp("nasty") / "landing")
        landing.put(0, [part for number, (line, _) in enumerate(cases) for part in (line, pin(number))])
        outcome = parse_every_way(landing)
        assert {at: row["index"] for at, row in outcome.rows.items()} == {2 * n + 1: n for n in range(len(cases))}
        for _, offset, kept, reason in outcome.rejected:
            line = cases[offset // 2][0]
            assert outcomes.setdefault(line, (reason, kept)) == (reason, kept)
    return outcomes


@pytest.mark.parametrize(("line", "reason"), [*BLANK, *REJECTED])
def test_rejected_and_the_lines_around_it_are_not(outcomes, line, reason):
    assert outcomes[line] == (reason, line.decode())


@pytest.mark.parametrize(
    ("broken", "byte"),
    [(b"\xff", "0xff"), (b"\xc0\x80", "0xc0"), (b"\xed\xa0\x80", "0xed"), (b"\xe2\x82", "0xe2"), (b"\xf0\x9f", "0xf0")],
)
@pytest.mark.parametrize("around", [b"", b'{"index":1,"unique_id":"?","category":"c"}', b'{"?":1,"index":1}'])
def test_broken_utf8_is_kept_as_escapes(landing, around, broken, byte):
    line = around.replace(b"?", broken) or gzip.compress(broken, mtime=0).replace(b"\n", b"")
    landing.put(0, [pin(1), line, pin(2)])
    outcome = parse(landing)
    [(_, offset, kept, reason)] = outcome.rejected
    position = line.find(broken) if around else 1
    assert (offset, reason) == (1, f"not UTF-8: byte {byte if around else '0x8b'} at position {position}")
    assert kept == line.decode(errors="backslashreplace")


def test_json_over_two_lines(landing):
    landing.put(0, [pin(1), b'{"index":2,', b'"unique_id":"u","category":"c"}', b"{", b"}", b"[", b"]", pin(3)])
    outcome = parse_every_way(landing)
    assert {at: row["index"] for at, row in outcome.rows.items()} == {0: 1, 7: 3}
    assert outcome.reasons == dict.fromkeys([1, 2, 3, 4, 5, 6], NOT_JSON)


@pytest.mark.parametrize("literal", [b"Infinity", b"-Infinity", b"NaN", b"nan", b"inf"])
def test_a_line_read_twice_does_not_make_up_for_one_that_is_skipped(landing, literal):
    """DuckDB skips blank lines and gives two rows for such a word at the end of a file."""
    landing.put(0, [pin(0), b"", pin(2), pin(3), literal])
    outcome = parse_every_way(landing)
    assert {at: row["index"] for at, row in outcome.rows.items()} == {0: 0, 2: 2, 3: 3}
    assert sorted(outcome.reasons) == [1, 4]


@pytest.mark.parametrize(
    ("content", "read", "rejected"),
    [
        (b"", [], []),
        (pin(0), [0], []),
        (pin(0) + b"\n" + pin(1), [0, 1], []),
        (pin(0) + b"\r\n" + pin(1) + b"\r\n", [0, 1], []),
        (pin(0) + b"\n\n", [0], [1]),
        (b"\n" + pin(1), [1], [0]),
        (b"\n\n\n", [], [0, 1, 2]),
        (b" ", [], [0]),
        (MARK + pin(0) + b"\n" + pin(1), [0, 1], []),
        (MARK + b"\n" + pin(1), [1], [0]),
        (MARK, [], [0]),
        (b"\x00" * 5000, [], [0]),
        (pin(0) + b"\n" + b"\x00" * 5000, [0], [1]),
        (bytes(range(256)) + b"\n" + pin(2), [2], [0, 1]),
    ],
)
def test_ends_and_beginnings_of_objects(landing, content, read, rejected):
    landing.put(100, content)
    landing.put(200, [pin(7)])
    outcome = parse_every_way(landing)
    assert sorted(outcome.rows) == [*(100 + n for n in read), 200]
    assert sorted(outcome.reasons) == [100 + n for n in rejected]


def test_byte_order_mark_in_each_object(landing):
    for start in (0, 2, 4):
        landing.put(start, MARK + pin(start) + b"\n" + pin(start + 1))
    assert [row["index"] for row in parse_every_way(landing).fitting] == [0, 1, 2, 3, 4, 5]


@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_lines_of_megabytes(landing):
    """The longest is beyond what DuckDB's reader takes."""
    titles = ["x" * (megabytes * 2**20) for megabytes in (1, 5, 17)]
    landing.put(0, [pin(0), *(pin(n, title=title) for n, title in enumerate(titles, start=1)), pin(9)])
    outcome = parse(landing)
    assert outcome.rejected == []
    assert [row["title"] for row in outcome.fitting] == [None, *titles, None]
    assert [row["kafka_offset"] for row in outcome.fitting] == [0, 1, 2, 3, 4]
