"""Compares a source database with the expected one: tables, columns, keys, character set, rows and values.

This module changes nothing. `database.py` reads postings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from pinterest_platform.pinterest.source.source_tables import (
    TABLES,
    check_file,
    connectable,
    explained,
    row_reader,
    untyped,
)
from pinterest_platform.posting.postings import RefusedRow

#: Kinds of columns whose values are interchangeable.
_KINDS: tuple[tuple[str, type[sa.types.TypeEngine]], ...] = (  # type: ignore[type-arg]
    ("an integer", sa.Integer),
    ("an integer", mysql.BIT),
    ("a floating point number", sa.Numeric),
    ("a date and time", sa.DateTime),
    ("text", sa.String),
    ("text", sa.JSON),
)
#: Rows read at once during the check of each row.
_BATCH = 2_000
#: Rows that cannot be posted and are reported individually.
_REPORTED = 3


@dataclass(frozen=True)
class TableState:
    """One source table: its number of rows (None if it does not exist), and its differences from the expected table."""

    name: str
    rows: int | None
    differences: tuple[str, ...]


def inspect_source(url: str) -> list[TableState]:
    """The current state of the three source tables.

    Raises:
        SourceError: the database cannot be reached or read.
    """
    engine = connectable(url)
    check_file(engine.url)
    try:
        with explained(engine.url), engine.connect() as connection:
            states = [_inspect(connection, record) for record in TABLES]
    finally:
        engine.dispose()
    most = max((state.rows or 0 for state in states), default=0)
    return [
        TableState(s.name, s.rows, (*s.differences, f"{most - s.rows:,} rows fewer than another of the three"))
        if s.rows is not None and s.rows < most
        else s
        for s in states
    ]


def _inspect(connection: sa.Connection, record: str) -> TableState:
    table = TABLES[record]
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name):
        return TableState(table.name, None, ("the table does not exist",))
    differences = list(_columns(inspector, table))
    key = next(iter(table.primary_key.columns))
    found = {column["name"] for column in inspector.get_columns(table.name)}
    if key.name in found:
        differences += _key(inspector, table, key.name)
        rows, last = connection.execute(sa.select(sa.func.count(), sa.func.max(key)).select_from(table)).one()
        if rows and last != rows - 1:
            differences.append(
                f"{key.name} ends at {last:,}, but there are {rows:,} rows. Number the rows from 0, without gaps"
            )
    else:
        rows = connection.scalar(sa.select(sa.func.count()).select_from(sa.table(table.name)))
    if found >= {*table.columns.keys()}:
        differences += _refused_rows(connection, inspector, record)
    return TableState(table.name, rows, (*differences, *_character_set(connection, inspector, table)))


def _refused_rows(connection: sa.Connection, inspector: sa.Inspector, record: str) -> Iterator[str]:
    """The rows that a posting would refuse. Reads every row."""
    read = row_reader(inspector, record).read
    query = sa.select(*untyped(TABLES[record]))
    rows = connection.execute(query, execution_options={"yield_per": _BATCH})
    count, told = 0, list[str]()
    for row in rows:
        if isinstance(refused := read(tuple(row)), RefusedRow):
            count += 1
            told += [refused.error] if len(told) < _REPORTED else []
    if count:
        first = "\n".join(told)
        yield f"{count:,} rows cannot be posted{', the first' if count > len(told) else ''}:\n{first}"


def _columns(inspector: sa.Inspector, table: sa.Table) -> Iterator[str]:
    found = {column["name"]: column["type"] for column in inspector.get_columns(table.name)}
    for column in table.columns:
        if column.name not in found:
            yield f"column {column.name} is missing"
        else:
            expected, have = _kind(column.type.dialect_impl(inspector.dialect)), _kind(found[column.name])
            if expected != have:
                yield f"column {column.name} is {have} ({found[column.name]}), not {expected}"
    if extra := [name for name in found if name not in table.columns]:
        yield f"columns that are ignored: {', '.join(extra)}"


def _kind(kind: sa.types.TypeEngine) -> str:  # type: ignore[type-arg]
    return next((name for name, base in _KINDS if isinstance(kind, base)), f"a {kind}")


def _key(inspector: sa.Inspector, table: sa.Table, key: str) -> Iterator[str]:
    indexes = [index["column_names"] for index in inspector.get_indexes(table.name)]
    indexes.append([*inspector.get_pk_constraint(table.name)["constrained_columns"]])
    if not any(columns and columns[0] == key for columns in indexes):
        yield f"{key} has no index, so each posting reads the whole table. Run CREATE UNIQUE INDEX on it"


def _character_set(connection: sa.Connection, inspector: sa.Inspector, table: sa.Table) -> Iterator[str]:
    if connection.dialect.name != "mysql":
        return
    options = inspector.get_table_options(table.name)
    name = str(options.get("mysql_default charset") or options.get("mysql_collate") or "")
    if not name.startswith("utf8mb4"):
        yield f"its character set is {name or 'unknown'}, but emoji need utf8mb4. Run ALTER TABLE ... CONVERT TO it"
