"""The rules of what fits, case by case, whichever way the lines are read."""

from __future__ import annotations

from datetime import datetime

import pytest

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform_tests.landing.parsing import parse_every_way
from pinterest_platform_tests.landing_data import Landing, geo, pin, user

LARGEST, SMALLEST = 2**63 - 1, -(2**63)


FITS = [
    ("pin", pin(title="x"), "title", "x"),
    ("pin", pin(title=None), "title", None),
    ("pin", pin(), "title", None),
    ("pin", pin(title=""), "title", ""),
    ("pin", pin(title=437), "title", "437"),
    ("pin", pin(title=-1.25), "title", "-1.25"),
    ("pin", pin(follower_count=123456789012345678901234567890), "follower_count", "123456789012345678901234567890"),
    ("pin", pin(title=1e16), "title", "1e+16"),
    ("pin", b'{"index":1,"unique_id":"u","category":"c","title":1e-7}', "title", "1e-07"),
    ("pin", b'{"index":1,"unique_id":"u","category":"c","title":1e400}', "title", "1e400"),
    ("pin", pin(title="true"), "title", "true"),
    ("pin", pin(title="[Tutorial] {nails}"), "title", "[Tutorial] {nails}"),
    ("pin", pin(title='{"a": 1}'), "title", '{"a": 1}'),
    ("pin", pin(title="null"), "title", "null"),
    ("pin", pin(title='"quoted" \\ /'), "title", '"quoted" \\ /'),
    ("pin", pin(title="line\nbreak\ttab"), "title", "line\nbreak\ttab"),
    ("pin", pin(title="𝔹old 漢字 👩‍👩‍👧 e\u0301 \xa0"), "title", "𝔹old 漢字 👩‍👩‍👧 e\u0301 \xa0"),
    ("pin", b'{"index":1,"unique_id":"u","category":"c","title":"\\ud83d\\ude00"}', "title", "😀"),
    ("pin", pin(title="nul\x00inside"), "title", "nul\x00inside"),
    ("pin", b'{"\\u0069ndex":7,"unique_id":"u","category":"c"}', "index", 7),
    ("pin", pin(unique_id=""), "unique_id", ""),
    ("pin", pin(LARGEST), "index", LARGEST),
    ("pin", pin(SMALLEST), "index", SMALLEST),
    ("pin", pin(0), "index", 0),
    ("pin", b'{"index":-0,"unique_id":"u","category":"c"}', "index", 0),
    ("pin", b'{"index":5.0,"unique_id":"u","category":"c"}', "index", 5),
    ("pin", b'{"index":1e3,"unique_id":"u","category":"c"}', "index", 1000),
    ("pin", pin(downloaded=None), "downloaded", None),
    ("pin", pin(colour="red", nested={"a": [1, {"b": 2}]}), "index", 1),
    ("pin", b'{"index":1,"index":2,"unique_id":"u","category":"c"}', "index", 1),
    ("pin", b'{"index":1,"unique_id":"u","category":"c","title":"a","title":"b"}', "title", "a"),
    ("pin", b' \t {"index":1,"unique_id":"u","category":"c"} \t ', "index", 1),
    ("pin", b'\x0b\x0c{"index":1,"unique_id":"u","category":"c"}\x0b\x0c', "index", 1),
    ("geo", geo(timestamp="2020-01-02 03:04:05"), "timestamp", datetime(2020, 1, 2, 3, 4, 5)),
    ("geo", geo(timestamp="2020-01-02T03:04:05"), "timestamp", datetime(2020, 1, 2, 3, 4, 5)),
    ("geo", geo(timestamp="2020:01:02 03:04:05"), "timestamp", datetime(2020, 1, 2, 3, 4, 5)),
    ("geo", geo(timestamp="2020-01-02T03:04:05.5"), "timestamp", datetime(2020, 1, 2, 3, 4, 5, 500_000)),
    ("geo", geo(timestamp="2020-01-02 03:04:05.123456"), "timestamp", datetime(2020, 1, 2, 3, 4, 5, 123_456)),
    ("geo", geo(timestamp="2024-02-29 23:59:59"), "timestamp", datetime(2024, 2, 29, 23, 59, 59)),
    ("geo", geo(timestamp="0001-01-01 00:00:00"), "timestamp", datetime(1, 1, 1)),
    ("geo", geo(timestamp="9999-12-31 23:59:59"), "timestamp", datetime(9999, 12, 31, 23, 59, 59)),
    ("geo", geo(latitude=90), "latitude", 90.0),
    ("geo", geo(latitude=-90), "latitude", -90.0),
    ("geo", geo(longitude=180), "longitude", 180.0),
    ("geo", geo(longitude=-180.0), "longitude", -180.0),
    ("geo", geo(latitude=0.1), "latitude", 0.1),
    ("geo", geo(latitude=-89.97880000000001), "latitude", -89.97880000000001),
    ("geo", geo(country=...), "country", None),
    ("user", user(age=0), "age", 0),
    ("user", user(age=120), "age", 120),
    ("user", user(age=20.0), "age", 20),
    ("user", user(age=...), "age", None),
]

DOES_NOT_FIT = [
    ("pin", pin(index=...), "index: missing or null, and it is required"),
    ("pin", pin(category=None), "category: missing or null, and it is required"),
    ("pin", b'{"Index":1,"unique_id":"u","category":"c"}', "index: missing or null, and it is required"),
    ("pin", pin(index="5"), 'index: "5" is not a whole number of 64 bits'),
    ("pin", pin(index="5 pins"), 'index: "5 pins" is not a whole number of 64 bits'),
    ("pin", pin(index=1.5), "index: 1.5 is not a whole number of 64 bits"),
    ("pin", pin(index=True), "index: true is not a whole number of 64 bits"),
    ("pin", pin(index=[1]), "index: [1] is not a whole number of 64 bits"),
    ("pin", pin(LARGEST + 1), "index: 9223372036854775808 is not a whole number of 64 bits"),
    ("pin", pin(SMALLEST - 1), "index: -9223372036854775809 is not a whole number of 64 bits"),
    ("pin", pin(10**30), f"index: {10**30} is not a whole number of 64 bits"),
    ("pin", pin(title={"a": 1}), 'title: {"a":1} is not a text or a number'),
    ("pin", pin(title=["a"]), 'title: ["a"] is not a text or a number'),
    ("pin", pin(title=False), "title: false is not a text or a number"),
    ("pin", pin(index="x" * 200), f'index: "{"x" * 80}"... is not a whole number of 64 bits'),
    ("pin", pin(index="two\nlines"), 'index: "two\\nlines" is not a whole number of 64 bits'),
    ("geo", geo(latitude="1.5"), "latitude: ••• is not a number"),
    ("geo", geo(latitude=90.0000001), "latitude: ••• is outside [-90, 90]"),
    ("geo", geo(latitude=-91), "latitude: ••• is outside [-90, 90]"),
    ("geo", geo(longitude=180.5), "longitude: ••• is outside [-180, 180]"),
    ("geo", geo(latitude=float("nan")), "latitude: ••• is not a number"),
    ("geo", geo(latitude=float("inf")), "latitude: ••• is not a number"),
    ("geo", geo(latitude=...), "latitude: missing or null, and it is required"),
    ("user", user(age=121), "age: ••• is outside [0, 120]"),
    ("user", user(age=-1), "age: ••• is outside [0, 120]"),
    ("user", user(age="33"), "age: ••• is not a whole number of 64 bits"),
    ("user", user(first_name=None), "first_name: missing or null, and it is required"),
]

NO_TIMESTAMP = [
    "2023-02-29 00:00:00",
    "2020-02-30 00:00:00",
    "2020-13-01 00:00:00",
    "2020-00-10 00:00:00",
    "0000-00-00 00:00:00",
    "0000-01-01 00:00:00",
    "2020-01-01 24:00:00",
    "2020-01-01 23:60:00",
    "2020-01-01 23:59:60",
    "2020-01-02T03:04:05Z",
    "2020-01-02T03:04:05+01:00",
    "2020:01:02T03:04:05",
    "2020-01:02 03:04:05",
    "2020-01-02 03:04:05.1234567",
    "2020-01-02 03:04:05.",
    "2020-01-02 03:04",
    "2020-01-02",
    "2020-1-2 3:04:05",
    " 2020-01-02 03:04:05",
    "2020-01-02 03:04:05 ",
    "2020-01-02 03:04:05\n",
    "٢٠٢٠-01-02 03:04:05",
    "yesterday",
    "",
    1577934245,
    True,
    {},
    [],
]

STRANGERS = [b'{"index":1,"name":"Maya","role":"engineer"}', user(), geo(), b"{}"]

LINES = [
    *((record, line) for record, line, *_ in (*FITS, *DOES_NOT_FIT)),
    *(("geo", geo(timestamp=value)) for value in NO_TIMESTAMP),
    *(("pin", line) for line in STRANGERS),
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What became of each line: (row or None, reason or None, line as kept or None) by (record, line)."""
    landing = Landing(tmp_path_factory.mktemp("fits") / "landing")
    outcomes = {}
    for kind in RECORDS:
        lines = [line for record, line in LINES if record == kind]
        landing.put(0, lines, record=kind)
        outcome = parse_every_way(landing, kind)
        kept = {offset: line for _, offset, line, _ in outcome.rejected}
        for offset, line in enumerate(lines):
            outcomes[kind, line] = outcome.rows.get(offset), outcome.reasons.get(offset), kept.get(offset)
    return outcomes


@pytest.mark.parametrize(("record", "line", "column", "value"), FITS)
def test_fits(outcomes, record, line, column, value):
    row, reason, _ = outcomes[record, line]
    assert reason is None
    assert row[column] == value


@pytest.mark.parametrize(("record", "line", "reason"), DOES_NOT_FIT)
def test_does_not_fit(outcomes, record, line, reason):
    assert outcomes[record, line] == (None, reason, line.decode())


@pytest.mark.parametrize("value", NO_TIMESTAMP)
def test_no_timestamp_of_the_three_forms(outcomes, value):
    row, reason, _ = outcomes["geo", geo(timestamp=value)]
    assert row is None
    assert reason.startswith("timestamp: ")
    assert reason.endswith("YYYY-MM-DD HH:MM:SS, YYYY-MM-DDTHH:MM:SS or YYYY:MM:DD HH:MM:SS")


@pytest.mark.parametrize("line", STRANGERS)
def test_stranger_in_the_pin_topic(outcomes, line):
    row, reason, kept = outcomes["pin", line]
    assert row is None
    assert reason.endswith("missing or null, and it is required")
    assert kept == line.decode()
