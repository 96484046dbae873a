"""The rules of what fits, as DuckDB SQL expressions: per column, on the fast path and line by line.

The fast path reads columns straight from JSON and may only say *surely fits*; what it is not sure of is decided line
by line. Both must give the same value for a line that both accept. The rules are those of the declared schema: a
value has its type, a required one is there, a number lies in its range, a timestamp has one of three forms.
"""

from __future__ import annotations

from collections.abc import Sequence

from pinterest_platform.landing.keys import MAX_OFFSET
from pinterest_platform.schemas import Column, RecordSchema
from pinterest_platform.sql import quote, text

#: The fields by which Kafka Connect's InsertField says where a record came from: integers from 0 to the value here
#: (milliseconds up to the year 9999). Anything else in them is taken as not said.
OFFSET_FIELD = "_offset"
TIMESTAMP_FIELD = "_kafka_ts"
INSERTED = {OFFSET_FIELD: MAX_OFFSET, TIMESTAMP_FIELD: 253_402_300_799_999}

_SHOWN = 80
_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?"
_TIMESTAMP_FORMS = rf"(\d{{4}}-\d{{2}}-\d{{2}}[ T]|\d{{4}}:\d{{2}}:\d{{2}} ){_CLOCK}"
_TIMESTAMP_ALLOWED = "YYYY-MM-DD HH:MM:SS, YYYY-MM-DDTHH:MM:SS or YYYY:MM:DD HH:MM:SS"


def _timestamp(value: str) -> str:
    date = f"replace({value}[1:10], ':', '-')"
    cast = f"try_cast({date} || ' ' || {value}[12:] AS TIMESTAMP)"
    # DuckDB takes 0000 for a year before Christ.
    return f"CASE WHEN regexp_full_match({value}, '{_TIMESTAMP_FORMS}') AND {value} >= '0001' THEN {cast} END"


def _whole(value: str) -> str:
    """A JSON number's text as 64-bit integer; null when it is no whole number or too large. A number written with a
    fraction or exponent counts up to 2**53, where doubles stop being exact."""
    number = f"try_cast({value} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({value}, '-?[0-9]+') THEN try_cast({value} AS BIGINT) "
        f"WHEN {number} = trunc({number}) AND abs({number}) <= 9007199254740992 THEN {number}::BIGINT END"
    )


def duckdb_type(column: Column) -> str:
    return {"string": "VARCHAR", "timestamp_ntz": "TIMESTAMP"}.get(column.type, column.type.upper())


# The fast path ------------------------------------------------------------------------------------------------------


def read_kinds(schema: RecordSchema) -> dict[str, str]:
    """How each field is read: numbers as JSON, so that a text is told from a number."""
    kinds = {c.name: "JSON" if c.type in ("bigint", "int", "double") else "VARCHAR" for c in schema.columns}
    return {**kinds, **dict.fromkeys(INSERTED, "JSON")}


def read_types(schema: RecordSchema) -> str:
    """The `columns` argument of `read_json`."""
    return "{" + ", ".join(f"{text(name)}: '{kind}'" for name, kind in read_kinds(schema).items()) + "}"


def fast_value(column: Column) -> str:
    name = quote(column.name)
    if column.type == "string":
        return name
    if column.type == "timestamp_ntz":
        return _timestamp(name)
    return f"try_cast({name}::VARCHAR AS {duckdb_type(column)})"


def surely_fits(column: Column) -> str:
    """True where the value surely fits; false or null where it must be looked at closely."""
    name, value = quote(column.name), fast_value(column)
    if column.type == "string":
        # A text that could be the rendering of an object, an array or a boolean. Most begin below them all.
        nested = f"({name} >= '[' AND {name} < '\\') OR ({name} >= '{{' AND {name} < '|')"
        sure = f"CASE WHEN {name} < '[' THEN true ELSE NOT ({nested} OR {name} IN ('true', 'false')) END"
    elif column.type == "timestamp_ntz":
        sure = f"{value} IS NOT NULL"
    elif column.type == "double":
        sure = f"isfinite({value})"
    else:
        sure = f"{value}::VARCHAR = {name}::VARCHAR"
    sure = " AND ".join([sure, *_bounds(column, value, ">=", "<=")])
    sure = f"({sure})"
    return sure if column.required else f"({name} IS NULL OR {sure})"


def inserted_value(field: str) -> str:
    return f"try_cast({field}::VARCHAR AS BIGINT)"


def surely_inserted(field: str) -> str:
    """The same for a field that Connect inserts."""
    value = inserted_value(field)
    return f"({field} IS NULL OR ({value}::VARCHAR = {field}::VARCHAR AND {value} BETWEEN 0 AND {INSERTED[field]}))"


def _bounds(column: Column, value: str, at_least: str, at_most: str) -> list[str]:
    """Comparisons of a value with the bounds that its column has."""
    bounds = ((at_least, column.minimum), (at_most, column.maximum))
    return [f"{value} {sign} {bound}" for sign, bound in bounds if bound is not None]


# Line by line -------------------------------------------------------------------------------------------------------


def json_paths(names: Sequence[str]) -> str:
    """A list of JSON paths, for the functions that look several up in one pass over a line."""
    return "[" + ", ".join(text(f'$."{name}"') for name in names) + "]"


def line_value(column: Column, kind: str, value: str) -> str:
    """Typed value of a field, given SQL for its JSON type and its text; null where it does not fit its type.

    A number in a text column is kept as DuckDB writes it: 26 as 26, 1.50 as 1.5."""
    # Not IN: with so many values DuckDB makes a join of it, which takes longer to plan than to run.
    numeric = f"list_contains(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE'], {kind})"
    double = f"try_cast({value} AS DOUBLE)"
    if column.type == "string":
        # The fast half has a fraction's text from a double, so this half too: 1e16 is 1e+16.
        fraction = f"{kind} = 'DOUBLE' AND regexp_matches({value}, '[.e]') AND isfinite({double})"
        return f"CASE WHEN {fraction} THEN {double}::VARCHAR WHEN {kind} = 'VARCHAR' OR {numeric} THEN {value} END"
    if column.type == "timestamp_ntz":
        return f"CASE WHEN {kind} = 'VARCHAR' THEN {_timestamp(value)} END"
    if column.type == "double":
        return f"CASE WHEN {numeric} AND isfinite({double}) THEN {double} END"
    return f"CASE WHEN {numeric} THEN {_whole(value)} END"


def line_inserted(field: str, kind: str, value: str) -> str:
    """The same for a field that Connect inserts."""
    number = f"try_cast({value} AS BIGINT)"
    return f"CASE WHEN {kind} IN ('BIGINT', 'UBIGINT') AND {number} BETWEEN 0 AND {INSERTED[field]} THEN {number} END"


def problem(column: Column, kind: str, raw: str, value: str) -> str:
    """SQL for what is wrong with a field, or null. `raw` is its text as landed, `value` its typed value."""
    name = text(f"{column.name}: ")
    absent = text(f"{column.name}: missing or null, and it is required") if column.required else "NULL"
    cases = [
        f"WHEN {kind} IS NULL OR {kind} = 'NULL' THEN {absent}",
        f"WHEN {value} IS NULL THEN {name} || {_shown(kind, raw)} || {text(f' is not {_wanted(column)}')}",
    ]
    if outside := " OR ".join(_bounds(column, value, "<", ">")):
        low, high = ("" if bound is None else f"{bound:g}" for bound in (column.minimum, column.maximum))
        cases.append(f"WHEN {outside} THEN {name} || {_shown(kind, raw)} || {text(f' is outside [{low}, {high}]')}")
    return f"CASE {' '.join(cases)} END"


def _shown(kind: str, raw: str) -> str:
    """The value as JSON, cut where it is long: a text in quotes, so that "5" is told from 5."""
    cut = f"{raw}[1:{_SHOWN}]"
    return (
        f"CASE WHEN {kind} = 'VARCHAR' THEN to_json({cut})::VARCHAR ELSE {cut} END"
        f" || CASE WHEN length({raw}) > {_SHOWN} THEN '...' ELSE '' END"
    )


def _wanted(column: Column) -> str:
    return {
        "string": "a text or a number",
        "timestamp_ntz": f"a timestamp of the form {_TIMESTAMP_ALLOWED}",
        "double": "a number",
    }.get(column.type, "a whole number of 64 bits")
