"""Translates a tree of the Databricks dialect into executable SQL for one engine.

It replaces the names of tables, casts results to their declared types, and applies the engine's `rewrites`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from pinterest_platform.catalog import pseudonymised, query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.rewrites import Dialect, rewrite
from pinterest_platform.schemas import TOMBSTONE

#: Maps a table's address (`cleaned/pin`) to its text in executable SQL.
TableName = Callable[[str], str]


class TypedColumn(Protocol):
    """A result column and its Databricks type."""

    @property
    def name(self) -> str: ...

    @property
    def type(self) -> str: ...


def render(tree: exp.Query, dialect: Dialect, file: str, table_name: TableName | None = None, *, mark: int = 0) -> str:
    """Executable SQL of the tree, which is not changed. `table_name` as in `Model.render`; `mark` identifies the secret
    for pseudonyms, 0 for none.

    Raises ModelError for constructs that the engine does not support.
    """
    tree = tree.copy()
    tables = [table for table in query.tables(tree) if table.db]
    named = {(table.db, table.name) for table in tables}
    for column in tree.find_all(exp.Column):
        if (column.db, column.table) in named:
            column.set("db", None)
    for table in tables:
        address = f"{query.NEW}/{query.address(table)}" if table.meta.get(query.NEW) else query.address(table)
        _name_table(table, table_name(address) if table_name else None)
    pseudonymised.expand(tree, dialect, mark)
    try:
        return rewrite(tree, dialect).sql(
            dialect, identify=True, comments=False, pretty=True, unsupported_level=ErrorLevel.RAISE
        )
    except UnsupportedError as error:
        raise ModelError(file, 1, f"not supported on {dialect}: {error}; rewrite the query") from error


def cast_columns(tree: exp.Expr, columns: Sequence[TypedColumn]) -> None:
    """Cast each result column to its type, in place: the engines have different types for a sum, a year or a rank.

    Texts and unchanged columns of stored tables have the same type on both, and are not cast.
    """
    if isinstance(tree, exp.SetOperation):
        cast_columns(tree.left, columns)
        cast_columns(tree.right, columns)
    elif isinstance(tree, exp.Subquery):
        cast_columns(tree.unnest(), columns)
    elif isinstance(tree, exp.Select):
        stored = all(isinstance(source, exp.Table) and source.db for source in _sources(tree))
        for projection, column in zip(list(tree.selects), columns, strict=True):
            value = projection.unalias()
            if column.type != "string" and not (stored and isinstance(value, exp.Column)):
                projection.replace(exp.alias_(exp.cast(value.copy(), column.type, dialect="databricks"), column.name))


def row_by_row(tree: exp.Query, passed: Sequence[str]) -> exp.Query:
    """The tree of a model that keeps one row per key (`merge.recognise`), changed to keep every row of its source. The
    columns `passed` of the source follow, unchanged."""
    tree.set("qualify", None)
    return tree.select(*(exp.column(name, quoted=True) for name in passed))


def choice(tree: exp.Query, columns: Sequence[str]) -> exp.Query:
    """The tree of such a model with these source columns instead of the model's: the rows that it keeps."""
    return tree.select(*(exp.column(name, quoted=True) for name in columns), append=False)


def without_tombstones(tree: exp.Query) -> None:
    """Leave out keys whose newest row is a tombstone, in place. For the tree of a model that keeps one row per key of a
    raw table (`merge.recognise`)."""
    newest = tree.args["qualify"].this
    tree.set("qualify", exp.Qualify(this=exp.and_(newest, exp.column(TOMBSTONE.name).is_(exp.null()))))


def _sources(select: exp.Select) -> list[Any]:
    from_ = select.args.get("from_")
    return [part.this for part in [from_, *(select.args.get("joins") or [])] if part is not None]


def _name_table(table: exp.Table, text: str | None) -> None:
    """Replace `layer.name` by `text`, and keep the name that qualifies its columns as the alias."""
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
    if text is not None:
        table.set("this", exp.Var(this=text))
        table.set("db", None)
