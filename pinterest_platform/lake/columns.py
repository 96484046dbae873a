"""The columns of Delta tables: their types, differences from the declared columns, and adding missing ones.

A metadata commit adds a nullable column in place; every reader returns null for it in older files. Other differences
are refused here, unless the table is computed and replaced by its next refresh.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.schema import ArrayType, DataType, Field, PrimitiveType, Schema

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.errors import LakeConflictError, LakeError, failure, rebuilding

_PRIMITIVES = {
    "bigint": "long",
    "int": "integer",
    "smallint": "short",
    "tinyint": "byte",
    "double": "double",
    "float": "float",
    "string": "string",
    "boolean": "boolean",
    "date": "date",
    "timestamp_ntz": "timestamp_ntz",
}
#: Types that have other names in DuckDB.
_DUCKDB = {"string": "VARCHAR", "timestamp_ntz": "TIMESTAMP", "timestamp": "TIMESTAMP WITH TIME ZONE", "binary": "BLOB"}
_NAMES = {delta: name for name, delta in _PRIMITIVES.items()}

#: A writer that adds the same columns can come first only once; one that appends rows can do so several times.
_ATTEMPTS = 5

_log = logging.getLogger(__name__)


class TableColumn(Protocol):
    """A column, as far as a table needs it."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def required(self) -> bool: ...


@dataclass(frozen=True)
class Differences:
    """How the columns of a table differ from the declared ones.

    `added` are declared nullable columns that the table lacks; `refused` describes every other difference.
    """

    added: tuple[TableColumn, ...]
    refused: tuple[str, ...]


def delta_schema(columns: Sequence[TableColumn]) -> Schema:
    """Delta schema of columns typed in the Databricks dialect.

    All columns are nullable. Checks report unwanted nulls, whereas a constraint would block a whole commit.

    Raises:
        LakeError: a type cannot be stored.
    """
    return Schema(
        [
            Field(c.name, _delta_type(c.type), metadata={"comment": c.description} if c.description else None)
            for c in columns
        ]
    )


def has_columns(table: DeltaTable, columns: Sequence[TableColumn]) -> bool:
    """Whether a table has exactly these columns and types, in any order."""
    return _types(table.schema()) == _types(delta_schema(columns))


def differences(table: DeltaTable, columns: Sequence[TableColumn]) -> Differences:
    """How the columns of a table differ from the declared ones, in any order."""
    have, want = _types(table.schema()), _types(delta_schema(columns))
    refused = [f"column {name} is no longer declared" for name in have if name not in want]
    refused += [
        f"column {name} is {databricks_type(have[name])} but declared as {databricks_type(kind)}"
        for name, kind in want.items()
        if have.get(name, kind) != kind
    ]
    lacking = [column for column in columns if column.name not in have]
    refused += [f"column {c.name} is new and required, but older rows lack it" for c in lacking if c.required]
    return Differences(tuple(c for c in lacking if not c.required), tuple(refused))


def is_kept(address: str) -> bool:
    """Whether a table holds the only copy of its rows, and cannot be computed again from other tables."""
    return address.startswith(("raw/", "stream/"))


def check_columns(address: str, table: DeltaTable, columns: Sequence[TableColumn]) -> None:
    """Refuse a table whose columns differ from the declared ones in a way that `add_columns` cannot fix.

    Raises:
        LakeError: the columns differ. The message names each column and what to do.
    """
    if refused := differences(table, columns).refused:
        raise LakeError(
            f"{address}: the columns in the lake differ from the declared ones: {'; '.join(refused)}. Nothing was "
            "written. Declare the columns that the table has (nullable ones may be added), or use the version of "
            "pinterest-platform that wrote it. Otherwise restore the table to an earlier time with "
            f"`pinterest-platform restore {address} --as-of TIME`, or {rebuilding(address)}."
        )


def add_columns(
    address: str, table: DeltaTable, columns: Sequence[TableColumn], transactions: Mapping[str, int] | None = None
) -> tuple[str, ...]:
    """Add the columns that the table lacks after its others, in one commit with `transactions`, and return their names.

    No data file is changed.

    Raises:
        LakeConflictError: another writer came first, perhaps with one of `transactions`. Nothing was committed.
        LakeError: the commit failed for another reason.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        have = _types(table.schema())
        fields = [field for field in delta_schema(columns).fields if field.name not in have]
        if not fields:
            return ()
        names = tuple(field.name for field in fields)
        properties = CommitProperties(
            custom_metadata={"columnsAdded": ", ".join(names)},
            app_transactions=[Transaction(app, number) for app, number in (transactions or {}).items()],
        )
        try:
            table.alter.add_columns(fields, commit_properties=properties)
            _log.warning("%s: added column %s in place; it is null in older rows", address, ", ".join(names))
            reached(Failpoint.COLUMNS_ADDED, address)
            return names
        except CommitFailedError as error:
            if transactions or attempt == _ATTEMPTS:
                raise LakeConflictError(f"{address}: another writer committed first: {error}") from error
            table.update_incremental()
        except (DeltaError, OSError) as error:
            raise failure(f"{address}: cannot add columns {', '.join(names)}", error) from error
    raise AssertionError("the last attempt returns or raises")


def databricks_type(kind: DataType) -> str:
    """Name of a stored type in the Databricks dialect."""
    if isinstance(kind, ArrayType):
        return f"array<{databricks_type(kind.element_type)}>"
    return _NAMES.get(kind.type, str(kind.type))


def sql_type(name: str) -> str:
    """DuckDB's name of a Databricks type."""
    if name.startswith("array<"):
        return f"{sql_type(name[6:-1])}[]"
    return _DUCKDB.get(name, name.upper())


def sql_types(table: DeltaTable, declared: Sequence[TableColumn] = ()) -> dict[str, str]:
    """DuckDB types of a table's columns by name, followed by those of the `declared` columns that it lacks."""
    types = {name: databricks_type(kind) for name, kind in _types(table.schema()).items()}
    lacking = {column.name: column.type for column in declared if column.name not in types}
    return {name: sql_type(kind) for name, kind in (types | lacking).items()}


def _delta_type(name: str) -> PrimitiveType | ArrayType:
    if name.startswith("array<") and name.endswith(">"):
        return ArrayType(_delta_type(name[6:-1]), contains_null=True)
    if name.startswith("decimal("):
        return PrimitiveType(name)
    if name not in _PRIMITIVES:
        allowed = ", ".join([*_PRIMITIVES, "decimal(p,s)", "array<...>"])
        raise LakeError(f"column type {name!r} cannot be stored. Allowed types: {allowed}.")
    return PrimitiveType(_PRIMITIVES[name])


def _types(schema: Schema) -> dict[str, DataType]:
    return {item.name: item.type for item in schema.fields}
