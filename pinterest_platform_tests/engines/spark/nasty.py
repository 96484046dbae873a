"""Rows that engines may disagree on, drawn with a seed: values for each column type, tables made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from pinterest_platform.catalog import ModelColumn

Row = tuple[Any, ...]
Draw = Callable[[Random], Any]

ROWS = 40

NBSP = "\u00a0"
# fmt: off
_TEXTS = [
    None, "", " ", NBSP, f" {NBSP}\t\n", f"{NBSP}Ann{NBSP}", "Ann ", " Ann", "ann", "ANN", "A\nnn", "\u3000", "\ufeff",
    "it's", 'a "quote"', "back\\slash", "$1", "\\1", "${x}", "%", "_", "a_b", "\x01", "e\u0301", "\u00e9",
    "\U0001f600", "\u4e2d\u6587", "\U0001d400\U0001d401", "<b>x</b>", "x" * 300,
    "No Title Data Available", "No Title Data Available ", "no title data available", "User Info Error",
    "No description available", "No description available Story format", "Untitled", "Image src error.",
    "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e", "Local save in /data/art", "Local save in  /data/art", "local save in x",
    "437", "26k", "3M", "1.5k", "0.5M", "K", "1K", "2m", "1,5k", "-3", "1e3", " 7 ", "007", "12kk", "99999999999",
    "1.2345k", "0k", ".5k", "5.k", "2147483648", "9223372036854775807", f"5{NBSP}k", "\u0663k", "1.9999995M",
    "art", "art ", "Art", "diy-and-crafts", "multi-video(story page format)",
]
_TIMES = [datetime.fromisoformat(text) for text in (
    "0001-01-01 00:00:00", "1969-12-31 23:59:59", "1970-01-01 00:00:00", "2015-01-01 00:00:00",
    "2015-10-21 00:00:01", "2016-02-29 12:00:00", "2017-12-31 23:59:59", "2018-01-01 00:00:00",
    "2020-12-31 23:59:59", "2021-01-01 00:00:00", "2022-03-27 02:30:00", "2022-12-31 23:59:59", "9999-12-31 23:59:59",
)]
# fmt: on
_NUMBERS = [None, -1, 0, 1, 2, 3, 4, 17, 18, 24, 25, 35, 36, 50, 51, 120]
_DOUBLES = [None, 0.0, -0.0, 1.5, -90.0, 89.999999999, 1e-300, 0.1 + 0.2]
#: Where characters of made-up texts come from; no surrogates, which are none.
_CHARACTERS = [range(0x80), range(0x80, 0x370), range(0x2000, 0x2070), range(0xE000, 0x10000), range(0x1F300, 0x1F700)]


def _one_of(*values: Any) -> Draw:
    return lambda dice: dice.choice(values)


def _text(dice: Random) -> str | None:
    if dice.random() < 0.8:
        return dice.choice(_TEXTS)
    return "".join(chr(dice.choice(dice.choice(_CHARACTERS))) for _ in range(dice.randrange(12)))


def _time(dice: Random) -> datetime | None:
    """An edge, any second of the years that pins are of, or one of a few that differ by microseconds."""
    second = datetime(2015, 1, 1) + timedelta(seconds=dice.randrange(8 * 365 * 86400))
    instant = datetime(2020, 1, 1) + timedelta(microseconds=dice.randrange(4))
    return dice.choice([None, dice.choice(_TIMES), second, instant])


def _pair(dice: Random) -> list[float | None] | None:
    return dice.choice([None, [dice.choice(_DOUBLES), dice.choice(_DOUBLES)]])


_OF_TYPE: Mapping[str, Draw] = {
    "string": _text,
    "timestamp_ntz": _time,
    "bigint": _one_of(*_NUMBERS, 2**31, -(2**40)),
    "int": _one_of(*_NUMBERS, 2**31 - 1, -(2**31)),
    "double": _one_of(*_DOUBLES),
    "array<double>": _pair,
    "boolean": _one_of(None, None, None, True, False),
}
#: Columns that must be there, and few of, so that keys meet and groups are tied.
_CLOSE: Mapping[str, Draw] = {
    "ind": _one_of(*range(13)),
    "index": _one_of(*range(13)),
    "kafka_topic": _one_of("t"),
    "kafka_partition": _one_of(*range(3)),
    "ingested_at": _one_of(datetime(2023, 1, 1)),
    "landing_file": _one_of("f"),
    "country": _one_of("Fiji", "Aruba", "\u00c5land", "aruba", None),
    "category": _one_of("art", "quotes", "Art", "travel"),
    "age": _one_of(*_NUMBERS, *range(17, 53)),
}


def rows(dice: Random, columns: tuple[ModelColumn, ...]) -> list[Row]:
    """Rows of a table. Offsets are those of a topic: each once."""
    draws = [(column.name, _draw(column)) for column in columns]
    return [tuple(n if name == "kafka_offset" else draw(dice) for name, draw in draws) for n in range(ROWS)]


def _draw(column: ModelColumn) -> Draw:
    if column.name == "follower_count" and column.type == "string":
        return lambda dice: dice.choice([_text(dice), "5", "5k", "7k"])
    return _CLOSE.get(column.name, _OF_TYPE[column.type])
