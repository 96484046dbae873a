"""Which rejected lines hold a record that is meant, though no parser could read them as one.

A line counts where it is JSON enough: each condition is true of its fields, or cannot be judged because the field is
not of its type; and one condition is true. Where all conditions are of the form `column = value`, a line counts too in
which all the values stand as words, whatever else it is. Who erases sees them before anything is done.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import duckdb

from pinterest_platform.landing import fitting
from pinterest_platform.landing.envelopes import opened
from pinterest_platform.landing.scanning import is_refused
from pinterest_platform.privacy.predicate import Predicate
from pinterest_platform.sql import quote, text

_AT_ONCE = 2_000
#: No letter or digit.
_EDGE = r"(?:^|$|[^\pL\pN])"
#: Of dates the day, of which lines have many forms behind it.
_DAY = len("2026-11-29")


def meant(db: duckdb.DuckDBPyConnection, rejected: str, predicate: Predicate) -> str:
    """The relation `meant_lines` of those rows of a relation of rejected lines that hold a record which is meant, with
    all its columns: `line`, `kafka_topic`, `kafka_partition` and `kafka_offset` among them."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE meant_lines AS SELECT * FROM {rejected} LIMIT 0")
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE numbered_lines AS SELECT *, row_number() OVER () AS number FROM {rejected}"
    )
    [(count,)] = db.execute("SELECT count(*) FROM numbered_lines").fetchall()
    for first in range(1, int(count) + 1, _AT_ONCE):
        part = f"number BETWEEN {first} AND {first + _AT_ONCE - 1}"
        rows = db.execute(f"SELECT number, line FROM numbered_lines WHERE {part}").fetchall()
        # A parser of JSON takes all memory for these.
        deep = [number for number, line in rows if is_refused(line.encode())]
        chosen = f"SELECT number FROM numbered_lines WHERE {part} AND {_by_words(predicate)}"
        db.execute(
            "CREATE OR REPLACE TEMP TABLE meant_numbers AS "
            f"SELECT number FROM ({_by_fields(predicate, part, deep)}) UNION {chosen}"
        )
        db.execute(
            "INSERT INTO meant_lines SELECT * EXCLUDE (number) FROM numbered_lines "
            "SEMI JOIN meant_numbers USING (number)"
        )
    return "meant_lines"


def _by_fields(predicate: Predicate, part: str, deep: Sequence[int]) -> str:
    """SQL for the numbers of lines of which the conditions are true as far as they can be judged. Those that are nested
    too `deep` have no fields."""
    schema = predicate.schema
    paths = fitting.json_paths([column.name for column in schema.columns])
    values = [
        f"{fitting.line_value(c, f'kinds[{n}]', f'texts[{n}]')} AS {quote(c.name)}, "
        f"coalesce(kinds[{n}] <> 'NULL', false) AS {quote(f'has {c.name}')}"
        for n, c in enumerate(schema.columns, start=1)
    ]
    readable = f"number NOT IN ({', '.join(map(str, deep))}) AND json_valid(line)" if deep else "json_valid(line)"
    place = "number, kafka_topic, kafka_partition, kafka_offset"
    held = f"SELECT {place}, CASE WHEN {readable} THEN {opened('line', schema)} END AS held FROM numbered_lines"
    looked_up = f"json_type(held, {paths}) AS kinds, json_extract_string(held, {paths}) AS texts"
    fields = f"SELECT {place}, {', '.join(values)} FROM (SELECT *, {looked_up} FROM ({held} WHERE {part}))"
    judged = predicate.judged(f"({fields})")
    each = [f"coalesce(condition_{n}, {_unreadable(predicate, n)})" for n in range(len(predicate.conditions))]
    any_true = " OR ".join(f"coalesce(condition_{n}, false)" for n in range(len(predicate.conditions)))
    return f"SELECT number FROM ({judged}) WHERE {' AND '.join(each)} AND ({any_true})"


def _unreadable(predicate: Predicate, number: int) -> str:
    """SQL for whether a column of a condition has a value that is not of its type."""
    names = predicate.columns(number)
    return " OR ".join(f"({quote(f'has {name}')} AND {quote(name)} IS NULL)" for name in names) or "false"


def _by_words(predicate: Predicate) -> str:
    """SQL for whether all values that are asked for stand in a line as words, one of them a text of some length."""
    kinds = {column.name: column.type for column in predicate.schema.columns}
    values = predicate.equalities
    if not any(len(value) > 1 and not value.isdigit() for value in values.values()):
        return "false"
    tests = []
    for name, value in values.items():
        shown = value[:_DAY] if kinds[name] in ("date", "timestamp_ntz") else value
        forms = {shown, json.dumps(shown)[1:-1], json.dumps(shown, ensure_ascii=False)[1:-1]}
        pattern = "|".join(sorted(map(re.escape, forms)))
        tests.append(f"regexp_matches(line, {text(f'{_EDGE}(?:{pattern}){_EDGE}')})")
    return " AND ".join(tests)
