"""Tables that nothing computes as the catalog shows them, made of what `schemas` declares. Nothing is declared here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pinterest_platform import schemas
from pinterest_platform.catalog.checks import key_checks
from pinterest_platform.catalog.model import Check, ModelColumn, RawTable

#: Identity of a landed record, and so of a row of every raw table.
IDENTITY = ("kafka_topic", "kafka_partition", "kafka_offset")


def tables() -> Mapping[str, RawTable]:
    """`raw/pin`, `raw/geo`, `raw/user`, `raw/rejected`, in this order."""
    result = {
        f"raw/{name}": declared_table(f"raw/{name}", schema.description, schemas.raw_columns(name), IDENTITY)
        for name, schema in schemas.RECORDS.items()
    }
    address = "raw/rejected"
    description = "Every landed line that fits no declared schema."
    result[address] = declared_table(address, description, schemas.REJECTED, IDENTITY)
    return result


def declared_table(address: str, description: str, columns: Sequence[schemas.Column], key: tuple[str, ...]) -> RawTable:
    """A table with these columns, which its key and what they declare are checks of."""
    return RawTable(
        address=address,
        description=description,
        key=key,
        columns=tuple(ModelColumn(column.name, column.type, column.description) for column in columns),
        checks=(*key_checks(address, key), *(c for column in columns for c in _column_checks(column, key))),
    )


def _column_checks(column: schemas.Column, key: tuple[str, ...]) -> list[Check]:
    name = f"`{column.name}`"
    checks = []
    if column.required and column.name not in key:
        checks.append(Check(f"{column.name}_not_null", f"{name} IS NOT NULL"))
    bounds = [
        f"{name} {sign} {bound:g}"
        for sign, bound in ((">=", column.minimum), ("<=", column.maximum))
        if bound is not None
    ]
    if bounds:
        checks.append(Check(f"{column.name}_in_range", " AND ".join(bounds)))
    return checks
