"""Whatever lies in a landing zone: no crash, each line is one row, and both halves of the parser say the same."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.landing.parsing import LineByLine, parse, parse_every_way
from pinterest_platform_tests.landing_data import Landing, geo, pin, user

NAMES = sorted({column.name for schema in RECORDS.values() for column in schema.columns} | {"_offset", "_kafka_ts"})
PIECES = st.sampled_from(
    [
        *(
            b"{",
            b"}",
            b"[",
            b"]",
            b",",
            b":",
            b'"',
            b"\\",
            b"\\u0000",
            b"\\ud800",
            b" ",
            b"\r",
            b"\t",
            b"\x0b",
            b"\x0c",
        ),
        *(b"0", b"1", b"-", b".", b"e5", b"true", b"null", b"Infinity", b"-NaN", b"\x00", b"\xff", b"\xef\xbb\xbf"),
        *("\xa0\u2028😀".encode(), b"//", b"/*", b"\x1f", b"\x7f", b'"index":1', b'"unique_id":"u"', b'"category":"c"'),
        *(pin(), geo(), user(), pin(title="[x]"), b"\n", b"\n\n"),
    ]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.integers(-200, 200),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["true", "[", "{}", "5", "2020-01-02 03:04:05", "2020:01:02 03:04:05", "2020-02-30T03:04:05", ""]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=2), st.integers(), max_size=2),
)


def _json_line(fields: dict[str, object]) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode(errors="replace")


OBJECTS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=6).map(_json_line)
ALMOST_GOOD = st.builds(
    lambda make, changes: make(**changes),
    st.sampled_from([pin, geo, user]),
    st.dictionaries(st.sampled_from([n for n in NAMES if n not in ("_offset", "index", "ind")]), VALUES, max_size=2),
).filter(lambda line: b"\\ud" not in line)
LINES = st.one_of(
    st.just(pin()), ALMOST_GOOD, OBJECTS, st.lists(PIECES, max_size=6).map(b"".join), st.binary(max_size=12)
)
CONTENTS = st.builds(
    lambda lines, end: b"\n".join(lines) + end, st.lists(LINES, max_size=10), st.sampled_from([b"", b"\n", b"\n\n"])
)


@given(contents=st.lists(CONTENTS, min_size=1, max_size=3), record=st.sampled_from(sorted(RECORDS)))
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_lines(contents, record):
    with TemporaryDirectory() as folder:
        landing = Landing(Path(folder))
        for number, content in enumerate(contents):
            landing.put(1000 * number, content, record=record)
        outcome = parse_every_way(landing, record)
    physical = sum(content.count(b"\n") + (not content.endswith(b"\n") and content != b"") for content in contents)
    assert outcome.lines == physical


@given(contents=st.lists(CONTENTS, min_size=1, max_size=4))
@settings(deadline=None)
def test_each_line_is_one_offset(contents):
    """Where no line says its own."""
    with TemporaryDirectory() as folder:
        landing = Landing(Path(folder))
        expected = []
        for number, content in enumerate(contents):
            content = content.replace(b"_offset", b"_0ffset")
            landing.put(1000 * number, content)
            lines = content.count(b"\n") + (not content.endswith(b"\n") and content != b"")
            expected += range(1000 * number, 1000 * number + lines)
        outcome = parse(landing)
    found = Counter([*(row["kafka_offset"] for row in outcome.fitting), *(row[1] for row in outcome.rejected)])
    assert found == Counter(expected)


def test_many_lines_cross_the_readers_buffers(landing):
    """Enough for several threads and buffers of DuckDB's reader, with odd lines here and there."""
    odd = {7: b"garbage", 20_000: pin(title={}), 39_999: b"[" * 50, 45_000: pin(title="[fine]")}
    lines = [odd.get(number, pin(number, title="t" * (number % 1400))) for number in range(50_000)]
    landing.put(0, lines)
    assert landing.path(0).stat().st_size > 2**25
    outcome = parse(landing)
    assert sorted(outcome.reasons) == [7, 20_000, 39_999]
    assert all(row["index"] in (offset, 1) for offset, row in outcome.rows.items())
    assert len(outcome.rows) == 50_000 - 3


def test_more_lines_than_are_decided_at_once(landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.landing.lines._CHUNK_LINES", 7)
    landing.put(0, [pin(number) if number % 3 else b"garbage" for number in range(100)])
    outcome = parse(landing, parser=LineByLine)
    assert sorted(outcome.reasons) == list(range(0, 100, 3))
    assert len(outcome.rows) == 66
