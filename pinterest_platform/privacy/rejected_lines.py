"""Finds rejected lines that hold a matching record, although the parser could not read them as one.

A line that is readable as JSON matches under two rules. Each condition is true of its fields, or cannot be evaluated
because a field has the wrong type. And at least one condition is true.

If all conditions have the form `column = value`, any line that contains all the values as words matches too. The user
sees these lines before anything is erased.
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
#: A word boundary: no letter or digit.
_EDGE = r"(?:^|$|[^\pL\pN])"
#: The length of a day. The rest of a timestamp has many forms in lines.
_DAY = len("2026-11-29")


def meant(db: duckdb.DuckDBPyConnection, rejected: str, predicate: Predicate) -> str:
    """Create the relation `meant_lines`: the rows of a relation of rejected lines that hold a matching record. It has
    all columns of the relation, including `line`, `kafka_topic`, `kafka_partition` and `kafka_offset`."""
    db.execute(f"CREATE OR REPLACE TEMP TABLE meant_lines AS SELECT * FROM {rejected} LIMIT 0")
    db.execute(
        f"CREATE OR REPLACE TEMP TABLE numbered_lines AS SELECT *, row_number() OVER () AS number FROM {rejected}"
    )
    [(count,)] = db.execute("SELECT count(*) FROM numbered_lines").fetchall()
    for first in range(1, int(count) + 1, _AT_ONCE):
        part = f"number BETWEEN {first} AND {first + _AT_ONCE - 1}"
        rows = db.execute(f"SELECT number, line FROM numbered_lines WHERE {part}").fetchall()
        # A JSON parser would use up all memory for these.
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
    """SQL for the numbers of lines that meet the conditions, as far as these can be evaluated. Lines that are nested
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
    """SQL for whether a column of a condition has a value of the wrong type."""
    names = predicate.columns(number)
    return " OR ".join(f"({quote(f'has {name}')} AND {quote(name)} IS NULL)" for name in names) or "false"


def _by_words(predicate: Predicate) -> str:
    """SQL for whether a line contains all required values as words. At least one must be a text of some length."""
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
