"""The rules for valid values, as DuckDB SQL expressions: per column, on the fast path and line by line.

The fast path reads columns straight from JSON and may only say *surely fits*. Lines that it is unsure of are decided
one by one. Both paths must return the same value for a line that both accept.

The declared schema defines the rules: a value has its type, a required value is present, and it follows the rules of
`schemas.Column`. `reasons` describes values that do not fit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pinterest_platform.landing.keys import MAX_OFFSET
from pinterest_platform.patterns import BARE, FORMS, WHITE_SPACE, forms_pattern
from pinterest_platform.schemas import ERASED_FIELD, RESERVED, Column, RecordSchema, Together
from pinterest_platform.sql import quote, text

#: The fields in which Kafka Connect's InsertField states the origin of a record: integers from 0 to the value here
#: (milliseconds up to the year 9999). Any other content is ignored. The last field has the key of a record without a
#: value, which deletes that key.
OFFSET_FIELD, TIMESTAMP_FIELD, TOMBSTONE_FIELD = _READ = tuple(name for name in RESERVED if name != ERASED_FIELD)
INSERTED = {OFFSET_FIELD: MAX_OFFSET, TIMESTAMP_FIELD: 253_402_300_799_999}

_CLOCK = r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?"
_TIMESTAMP_FORMS = rf"(\d{{4}}-\d{{2}}-\d{{2}}[ T]|\d{{4}}:\d{{2}}:\d{{2}} ){_CLOCK}"
#: DuckDB's strptime specifiers for the parts of a date form.
_STRPTIME = {"YYYY": "%Y", "Month": "%B", "MM": "%m", "DD": "%d"}
#: Texts that look like numbers, booleans, objects or arrays. DuckDB reads several words as numbers.
_NO_TEXT = re.compile(
    r"[\[{].*|true|false|[+-]?([0-9]+(\.[0-9]*)?(e[+-]?[0-9]+)?|nan.*|inf.*)", re.IGNORECASE | re.DOTALL
)


def _timestamp(value: str, forms: Sequence[str]) -> str:
    # One lax pattern for all forms is faster than exact ones, and the cast rejects the rest.
    pattern = forms_pattern(forms) if forms else _TIMESTAMP_FORMS
    cast = f"try_cast(replace({value}[1:10], ':', '-') || ' ' || {value}[12:] AS TIMESTAMP)"
    # DuckDB reads the year 0000 as one before Christ.
    return f"CASE WHEN regexp_full_match({value}, '{pattern}') AND {value} >= '0001' THEN {cast} END"


def _date(value: str, forms: Sequence[str]) -> str:
    formats = [re.sub("|".join(_STRPTIME), lambda token: _STRPTIME[token[0]], form) for form in forms]
    read = f"try_strptime({value}, [{', '.join(map(text, formats))}])::DATE"
    return f"CASE WHEN regexp_full_match({value}, '{forms_pattern(forms)}') THEN {read} END"


def _read(column: Column, value: str) -> str:
    """A text as the value of a date or timestamp column; null if it counts as null or has none of the forms."""
    value = trimmed(column, value)
    read = _date(value, column.read_forms) if column.type == "date" else _timestamp(value, column.forms)
    return f"CASE WHEN NOT {is_one_of(value, column.nulls)} THEN {read} END" if column.nulls else read


def _whole(value: str) -> str:
    """The text of a JSON number as a 64-bit integer; null if it is not a whole number or is too large.

    A number with a fraction or exponent is accepted up to 2**53, where doubles stop being exact.
    """
    number = f"try_cast({value} AS DOUBLE)"
    return (
        f"CASE WHEN regexp_full_match({value}, '-?[0-9]+') THEN try_cast({value} AS BIGINT) "
        f"WHEN {number} = trunc({number}) AND abs({number}) <= 9007199254740992 THEN {number}::BIGINT END"
    )


def duckdb_type(column: Column) -> str:
    return {"string": "VARCHAR", "timestamp_ntz": "TIMESTAMP"}.get(column.type, column.type.upper())


def trimmed(column: Column, value: str) -> str:
    """The text that a column's rules apply to.

    Trimming given characters takes ten times as long as a pattern that recognises texts without surrounding white
    space.
    """
    if not column.trim:
        return value
    trimmed = f"trim({value}, {text(WHITE_SPACE)})"
    return f"CASE WHEN regexp_full_match({value}, {text(BARE)}) THEN {value} ELSE {trimmed} END"


def is_one_of(value: str, values: Sequence[str] | Sequence[int]) -> str:
    # Not IN: with so many values DuckDB makes a join of it, which takes longer to plan than to run.
    return f"list_contains([{', '.join(text(v) if isinstance(v, str) else str(v) for v in values)}], {value})"


def shape(column: Column, value: str) -> list[str]:
    """Conditions besides the bounds for a non-null value of the column's type."""
    value = trimmed(column, value)
    if column.allowed:
        return [is_one_of(value, column.allowed)]
    return [f"regexp_full_match({value}, {text(column.text_pattern)})"] if column.text_pattern else []


def joined(schema: RecordSchema, rule: Together) -> str:
    """The texts of the columns of a rule, joined."""
    texts = [trimmed(schema.column(name), quote(name)) for name in rule.columns]
    return f" || {text(rule.separator)} || ".join(texts)


def follows(schema: RecordSchema, rule: Together) -> str:
    """The condition for the texts of such columns, none of which is null."""
    return f"regexp_full_match({joined(schema, rule)}, {text(rule.pattern)})"


# The fast path ------------------------------------------------------------------------------------------------------


def read_kinds(schema: RecordSchema) -> dict[str, str]:
    """The type in which each field is read: numbers and booleans as JSON, to distinguish them from texts."""
    kinds = {c.name: "VARCHAR" if c.type in ("string", *FORMS) else "JSON" for c in schema.columns}
    return {**kinds, **dict.fromkeys(_READ, "JSON")}


def read_types(schema: RecordSchema) -> str:
    """The `columns` argument of `read_json`."""
    return "{" + ", ".join(f"{text(name)}: '{kind}'" for name, kind in read_kinds(schema).items()) + "}"


def fast_value(column: Column) -> str:
    name = quote(column.name)
    if column.type == "string":
        return name
    if column.type in FORMS:
        return _read(column, name)
    return f"try_cast({name}::VARCHAR AS {duckdb_type(column)})"


def surely_fits(column: Column) -> str:
    """True if the value surely fits; false or null if it must be inspected."""
    name, value = quote(column.name), fast_value(column)
    if column.type == "string":
        # A text that could be a rendered object, array or boolean. Most texts sort before all of them.
        nested = f"({name} >= '[' AND {name} < '\\') OR ({name} >= '{{' AND {name} < '|')"
        sure = f"CASE WHEN {name} < '[' THEN true ELSE NOT ({nested} OR {name} IN ('true', 'false')) END"
    elif column.type in FORMS:
        sure = f"{value} IS NOT NULL"
    elif column.type == "double":
        sure = f"isfinite({value})"
    else:
        sure = f"{value}::VARCHAR = {name}::VARCHAR"
    rules = [*bounds(column, value, ">=", "<="), *shape(column, value)]
    if column.type in FORMS and not column.required:
        # A value that counts as null is certain only if nothing but a text looks like it.
        nulls = [null for null in column.nulls if not _NO_TEXT.fullmatch(null)]
        sure = f"({sure} OR {is_one_of(trimmed(column, name), nulls)})" if nulls else sure
    elif column.nulls:
        null = is_one_of(trimmed(column, name), column.nulls)
        rules = [*rules, f"NOT {null}"] if column.required else [f"({rule} OR {null})" for rule in rules]
    sure = f"({' AND '.join([sure, *rules])})"
    return sure if column.required else f"({name} IS NULL OR {sure})"


def inserted_value(field: str) -> str:
    return f"try_cast({field}::VARCHAR AS BIGINT)"


def surely_inserted(field: str) -> str:
    """The same for a field that Connect inserts."""
    value = inserted_value(field)
    return f"({field} IS NULL OR ({value}::VARCHAR = {field}::VARCHAR AND {value} BETWEEN 0 AND {INSERTED[field]}))"


def bounds(column: Column, value: str, at_least: str, at_most: str) -> list[str]:
    """Comparisons of a value with the bounds of its column."""
    both = ((at_least, column.minimum), (at_most, column.maximum))
    return [f"{value} {sign} {bound}" for sign, bound in both if bound is not None]


# Line by line -------------------------------------------------------------------------------------------------------


def json_paths(names: Sequence[str]) -> str:
    """A list of JSON paths, for functions that look up several paths in one pass over a line."""
    return "[" + ", ".join(text(f'$."{name}"') for name in names) + "]"


def line_value(column: Column, kind: str, value: str) -> str:
    """Typed value of a field, given SQL for its JSON type and text; null if it does not fit its type.

    A number in a text column is kept as DuckDB writes it: 26 as 26, 1.50 as 1.5.
    """
    # Not IN: with so many values DuckDB makes a join of it, which takes longer to plan than to run.
    numeric = f"list_contains(['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE'], {kind})"
    double = f"try_cast({value} AS DOUBLE)"
    if column.type == "string":
        # The fast half gets a fraction's text from a double, so this half does too: 1e16 is 1e+16.
        fraction = f"{kind} = 'DOUBLE' AND regexp_matches({value}, '[.e]') AND isfinite({double})"
        return f"CASE WHEN {fraction} THEN {double}::VARCHAR WHEN {kind} = 'VARCHAR' OR {numeric} THEN {value} END"
    if column.type in FORMS:
        return f"CASE WHEN {kind} = 'VARCHAR' THEN {_read(column, value)} END"
    if column.type == "double":
        return f"CASE WHEN {numeric} AND isfinite({double}) THEN {double} END"
    if column.type == "boolean":
        return f"CASE WHEN {kind} = 'BOOLEAN' THEN {value} = 'true' END"
    whole = _whole(value) if column.type == "bigint" else f"try_cast({_whole(value)} AS {duckdb_type(column)})"
    return f"CASE WHEN {numeric} THEN {whole} END"


def tombstone_key(column: Column, raw: str) -> str:
    """The key that a tombstone deletes, as text, given the text of its field.

    A key is written as a text, as JSON, or as an object with the key column. In an object, the key column is at the top
    level or in `payload`.
    """
    path = f'"{column.name}"'
    members = [f"json_extract_string({raw}, {text(f'$.{place}')})" for place in (f"payload.{path}", path)]
    return (
        f"CASE WHEN NOT json_valid({raw}) THEN {raw} "
        f"WHEN json_type({raw}) = 'OBJECT' THEN coalesce({', '.join(members)}) "
        f"WHEN json_type({raw}) = 'VARCHAR' THEN json_extract_string({raw}, '$') ELSE {raw} END"
    )


def tombstone_kind(column: Column) -> str:
    """The JSON type used to read the key of a tombstone."""
    return {"boolean": "BOOLEAN", "bigint": "BIGINT", "int": "BIGINT", "double": "DOUBLE"}.get(column.type, "VARCHAR")


def line_inserted(field: str, kind: str, value: str) -> str:
    """The same for a field that Connect inserts."""
    number = f"try_cast({value} AS BIGINT)"
    return f"CASE WHEN {kind} IN ('BIGINT', 'UBIGINT') AND {number} BETWEEN 0 AND {INSERTED[field]} THEN {number} END"
