"""Rejection reasons: the one place that composes the reasons in `raw/rejected`.

A reason names the column, shows the value unless it is personal, and says what is allowed. `fitting` decides which
values fit.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from pinterest_platform.landing import fitting
from pinterest_platform.schemas import HIDDEN, Column, RecordSchema, Together
from pinterest_platform.sql import text

#: Maximum characters of a value to show.
_SHOWN = 80
#: Maximum allowed values to name.
_NAMED = 12


def problem(column: Column, kind: str, raw: str, value: str) -> str:
    """SQL for the reason why a field does not fit, or null. `raw` is its text as landed, `value` its typed value."""

    def rejection(what: str) -> str:
        return _rejection(column, kind, raw, what)

    absent = text(f"{column.name}: missing or null, and it is required") if column.required else "NULL"
    cases = [f"WHEN {kind} IS NULL OR {kind} = 'NULL' THEN {absent}"]
    if column.nulls:
        given = value if column.type == "string" else f"CASE WHEN {kind} = 'VARCHAR' THEN {raw} END"
        null = rejection("counts as null, and it is required") if column.required else "NULL"
        cases.append(f"WHEN {fitting.is_one_of(fitting.trimmed(column, given), column.nulls)} THEN {null}")
    cases.append(f"WHEN {value} IS NULL THEN {rejection(f'is not {_wanted(column)}')}")
    if outside := " OR ".join(fitting.bounds(column, value, "<", ">")):
        low, high = ("" if bound is None else f"{bound:g}" for bound in (column.minimum, column.maximum))
        cases.append(f"WHEN {outside} THEN {rejection(f'is outside [{low}, {high}]')}")
    cases += [f"WHEN NOT {rule} THEN {rejection(_declared(column))}" for rule in fitting.shape(column, value)]
    return f"CASE {' '.join(cases)} END"


def problem_together(schema: RecordSchema, rule: Together) -> str:
    """SQL for the reason why columns that fit individually do not fit together, or null."""
    names, joined = f"{rule.separator.join(rule.columns)}: ", fitting.joined(schema, rule)
    personal = any(schema.column(name).personal for name in rule.columns)
    shown = text(HIDDEN) if personal else _shown(text("VARCHAR"), f"({joined})")
    told = f"{text(names)} || {shown} || {text(f' is not {rule.wanted}')}"
    return f"CASE WHEN NOT {fitting.follows(schema, rule)} THEN {told} END"


def _rejection(column: Column, kind: str, raw: str, what: str) -> str:
    """The rejection reason of a value: its column, the value as landed, and the problem `what`."""
    shown = text(HIDDEN) if column.personal else _shown(kind, raw)
    return f"{text(f'{column.name}: ')} || {shown} || {text(f' {what}')}"


def _shown(kind: str, raw: str) -> str:
    """The value as JSON, truncated if long. Texts are quoted, to distinguish "5" from 5."""
    cut = f"{raw}[1:{_SHOWN}]"
    return (
        f"CASE WHEN {kind} = 'VARCHAR' THEN to_json({cut})::VARCHAR ELSE {cut} END"
        f" || CASE WHEN length({raw}) > {_SHOWN} THEN '...' ELSE '' END"
    )


def _wanted(column: Column) -> str:
    return {
        "string": "a text or a number",
        "boolean": "true or false",
        "int": "a whole number of 32 bits",
        "bigint": "a whole number of 64 bits",
        "double": "a number",
        "date": f"a date of the form {_listed(column.read_forms)}",
        "timestamp_ntz": f"a timestamp of the form {_listed(column.read_forms)}",
    }[column.type]


def _declared(column: Column) -> str:
    """The problem with a value of the right type that fails `fitting.shape`."""
    if column.allowed:
        named = [json.dumps(value, ensure_ascii=False) for value in column.allowed[:_NAMED]]
        more = len(column.allowed) - len(named)
        return (
            f"is not {_listed(named)}" if not more else f"is not {', '.join(named)} or {more:,} more that are allowed"
        )
    if column.forms:
        return f"is not a date of the form {_listed(column.forms)}"
    return f"is not {column.wanted}" if column.wanted else f"does not match {column.pattern}"


def _listed(values: Sequence[str]) -> str:
    return " or ".join([", ".join(values[:-1]), values[-1]] if len(values) > 1 else values)
