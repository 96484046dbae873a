"""Builds the catalog's tables that no model computes, from their declarations. Nothing is declared here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from pinterest_platform.catalog.checks import key_checks
from pinterest_platform.catalog.model import Check, ModelColumn, RawTable
from pinterest_platform.patterns import BARE, WHITE_SPACE, anchored
from pinterest_platform.schemas import REJECTED, TOMBSTONE, Column, RecordSchema, Together

#: Identity of a landed record, and so of a row in every raw table.
IDENTITY = ("kafka_topic", "kafka_partition", "kafka_offset")


def tables(records: Mapping[str, RecordSchema]) -> Mapping[str, RawTable]:
    """`raw/<record>` of each record, then `raw/rejected`."""
    result = {f"raw/{name}": _raw_table(name, schema) for name, schema in records.items()}
    address = "raw/rejected"
    description = "Landed lines that do not match any declared schema."
    result[address] = declared_table(address, description, REJECTED, IDENTITY)
    return result


def _raw_table(name: str, schema: RecordSchema) -> RawTable:
    """The raw table of a record kind. A tombstone has only the key of the record."""
    table = declared_table(f"raw/{name}", schema.description, schema.raw_columns, IDENTITY)
    spared = {f"{column}_not_null" for column in schema.required if column != schema.key}
    checks = (
        replace(check, sql=f"{TOMBSTONE.name} IS NOT NULL OR ({check.sql})") if check.name in spared else check
        for check in table.checks
    )
    return replace(table, checks=(*checks, *(_together_check(schema, rule) for rule in schema.together)))


def declared_table(address: str, description: str, columns: Sequence[Column], key: tuple[str, ...]) -> RawTable:
    """A table with these columns. Its key and the rules of the columns become checks."""
    return RawTable(
        address=address,
        description=description,
        key=key,
        columns=tuple(ModelColumn(c.name, c.type, c.description, c.required, c.personal, c.coarse) for c in columns),
        checks=(*key_checks(address, key), *(c for column in columns for c in _column_checks(column, key))),
    )


def _column_checks(column: Column, key: tuple[str, ...]) -> list[Check]:
    name = f"`{column.name}`"
    text = _text(column)
    # A date or timestamp that counts as null is stored as null, a text is stored unchanged.
    nulls = _literals(column.nulls) if column.type == "string" else ""
    checks = []
    if column.required and column.name not in key:
        counts = f" AND {text} NOT IN ({nulls})" if nulls else ""
        checks.append(Check(f"{column.name}_not_null", f"{name} IS NOT NULL{counts}"))
    bounds = [
        f"{name} {sign} {bound:g}"
        for sign, bound in ((">=", column.minimum), ("<=", column.maximum))
        if bound is not None
    ]
    if bounds:
        checks.append(Check(f"{column.name}_in_range", " AND ".join(bounds)))
    if column.allowed:
        checks.append(Check(f"{column.name}_allowed", f"{text} IN ({_literals(column.allowed)})"))
    elif column.text_pattern:
        checks.append(Check(f"{column.name}_matches", f"{text} RLIKE {_literal(anchored(column.text_pattern))}"))
    if nulls and not column.required:
        checks = [Check(check.name, f"{text} IN ({nulls}) OR {check.sql}") for check in checks]
    return checks


def _together_check(schema: RecordSchema, rule: Together) -> Check:
    """The check of a rule. For a tombstone it is NULL, and so satisfied."""
    joined = f" || {_literal(rule.separator)} || ".join(_text(schema.column(name)) for name in rule.columns)
    return Check(rule.name, f"({joined}) RLIKE {_literal(anchored(rule.pattern))}")


def _text(column: Column) -> str:
    """A text as its rules see it. `fitting.trimmed` explains why it is not always trimmed."""
    name = f"`{column.name}`"
    if not column.trim:
        return name
    trimmed = f"TRIM(BOTH {_literal(WHITE_SPACE)} FROM {name})"
    return f"CASE WHEN {name} RLIKE {_literal(anchored(BARE))} THEN {name} ELSE {trimmed} END"


def _literals(values: Sequence[str] | Sequence[int]) -> str:
    return ", ".join(_literal(value) for value in values)


def _literal(value: str | int) -> str:
    return exp.convert(value).sql(dialect="databricks")
