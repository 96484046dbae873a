"""Rows that engines may disagree on, as hypothesis strategies: one for each column type, tables made of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from pinterest_platform.catalog import ModelColumn

Row = tuple[Any, ...]

NBSP = "\u00a0"
TEXTS = st.one_of(
    st.none(),
    st.sampled_from(
        [
            *(
                "",
                " ",
                NBSP,
                f" {NBSP}\t\n",
                f"{NBSP}Ann{NBSP}",
                "Ann ",
                " Ann",
                "ann",
                "ANN",
                "A\nnn",
                "\u3000",
                "\ufeff",
            ),
            *("it's", 'a "quote"', "back\\slash", "$1", "\\1", "${x}", "%", "_", "a_b", "\x01", "e\u0301", "\u00e9"),
            *("\U0001f600", "\u4e2d\u6587", "\U0001d400\U0001d401", "<b>x</b>", "x" * 300),
            *("No Title Data Available", "No Title Data Available ", "no title data available", "User Info Error"),
            *("No description available", "No description available Story format", "Untitled", "Image src error."),
            *(
                "N,o, ,T,a,g,s, ,A,v,a,i,l,a,b,l,e",
                "Local save in /data/art",
                "Local save in  /data/art",
                "local save in x",
            ),
            *(
                "437",
                "26k",
                "3M",
                "1.5k",
                "0.5M",
                "K",
                "1K",
                "2m",
                "1,5k",
                "-3",
                "1e3",
                " 7 ",
                "007",
                "12kk",
                "99999999999",
            ),
            *("1.2345k", "0k", ".5k", "5.k", "2147483648", "9223372036854775807", f"5{NBSP}k", "\u0663k", "1.9999995M"),
            *("art", "art ", "Art", "diy-and-crafts", "multi-video(story page format)"),
        ]
    ),
    st.text(max_size=12),
)
_EDGES = [
    *("0001-01-01 00:00:00", "1969-12-31 23:59:59", "1970-01-01 00:00:00", "2015-01-01 00:00:00"),
    *("2015-10-21 00:00:01", "2016-02-29 12:00:00", "2017-12-31 23:59:59", "2018-01-01 00:00:00"),
    *(
        "2020-12-31 23:59:59",
        "2021-01-01 00:00:00",
        "2022-03-27 02:30:00",
        "2022-12-31 23:59:59",
        "9999-12-31 23:59:59",
    ),
]
TIMES = st.one_of(
    st.none(),
    st.sampled_from([datetime.fromisoformat(text) for text in _EDGES]),
    st.datetimes(datetime(2015, 1, 1), datetime(2023, 1, 1)).map(lambda d: d.replace(microsecond=0)),
    st.integers(0, 3).map(lambda n: datetime(2020, 1, 1) + timedelta(microseconds=n)),
)
NUMBERS = st.one_of(
    st.none(), st.integers(-1, 4), st.sampled_from([17, 18, 24, 25, 35, 36, 50, 51, 120, 2**31, -(2**40)])
)
DOUBLES = st.one_of(st.none(), st.sampled_from([0.0, -0.0, 1.5, -90.0, 89.999999999, 1e-300, 0.1 + 0.2]))

STRATEGIES: Mapping[str, st.SearchStrategy[Any]] = {
    "string": TEXTS,
    "timestamp_ntz": TIMES,
    "bigint": NUMBERS,
    "int": st.one_of(st.none(), st.integers(-1, 60), st.sampled_from([2**31 - 1, -(2**31)])),
    "double": DOUBLES,
    "array<double>": st.one_of(st.none(), st.lists(DOUBLES, min_size=2, max_size=2)),
}
#: Columns that must be there, and few of, so that keys meet and groups are tied.
_CLOSE = {
    "ind": st.integers(0, 12),
    "index": st.integers(0, 12),
    "kafka_topic": st.just("t"),
    "kafka_partition": st.integers(0, 2),
    "ingested_at": st.just(datetime(2023, 1, 1)),
    "landing_file": st.just("f"),
    "country": st.sampled_from(["Fiji", "Aruba", "\u00c5land", "aruba", None]),
    "category": st.sampled_from(["art", "quotes", "Art", "travel"]),
    "age": st.one_of(NUMBERS.filter(lambda n: n is None or abs(n) < 2**31), st.integers(17, 52)),
    "follower_count": st.one_of(TEXTS, st.sampled_from(["5", "5k", "7k"])),
}


def rows(columns: tuple[ModelColumn, ...]) -> st.SearchStrategy[list[Row]]:
    """Rows of a table, up to forty. Offsets are those of a topic: each once."""

    def of(column: ModelColumn) -> st.SearchStrategy[Any]:
        close = _CLOSE.get(column.name)
        fits = close is not None and (column.type == "string" or column.name != "follower_count")
        return close if close is not None and fits else STRATEGIES[column.type]

    table = st.lists(st.tuples(*map(of, columns)), max_size=40)
    names = [column.name for column in columns]
    if "kafka_offset" not in names:
        return table
    at = names.index("kafka_offset")
    return table.map(lambda found: [(*row[:at], n, *row[at + 1 :]) for n, row in enumerate(found)])
