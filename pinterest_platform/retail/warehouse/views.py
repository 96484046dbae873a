"""The nine answers as views of the warehouse: the SQL of the lake's models, in PostgreSQL's dialect."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa
from sqlglot import ErrorLevel, exp

from pinterest_platform.catalog import Catalog, Model, query, render
from pinterest_platform.catalog.rewrites import rewrite
from pinterest_platform.retail.warehouse.connection import WarehouseError
from pinterest_platform.retail.warehouse.star import SCHEMA

_PARTS = (exp.Year, exp.Month, exp.Day, exp.Hour, exp.Minute, exp.Second)


def view_sql(model: Model) -> str:
    """The query of a view: the model's query on the tables of the warehouse, with each column cast to its type."""
    tree = query.parse(model.required_sql(), f"{model.address}.sql")
    render.cast_columns(tree, model.columns)
    for table in query.tables(tree):
        if table.db:
            table.set("db", exp.to_identifier(SCHEMA))
    # As for Spark, ORDER BY stays outside of the subquery that replaces QUALIFY.
    ordered = rewrite(tree, "spark").transform(_for_postgres)
    return ordered.sql("postgres", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def digest(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:32]


def create_views(connection: sa.Connection, catalog: Catalog, known: Mapping[str, str]) -> dict[str, str]:
    """Create or replace the views whose SQL differs from `known`, and return their digests by name.

    Raises:
        WarehouseError: an object that was not published has the name of a view.
    """
    taken = _relations(connection)
    changed = {}
    for model in catalog.results:
        sql = view_sql(model)
        if known.get(model.name) == digest(sql) and taken.get(model.name) == "v":
            continue
        if model.name in taken and (taken[model.name] != "v" or model.name not in known):
            raise WarehouseError(
                f"{SCHEMA}.{model.name} already exists and was not published from the lake. Nothing was written. "
                "Rename it, or set RETAIL_WAREHOUSE_URL to another database."
            )
        _replace(connection, model.name, sql)
        changed[model.name] = digest(sql)
    return changed


def _replace(connection: sa.Connection, name: str, sql: str) -> None:
    quoted = f'"{SCHEMA}"."{name}"'
    try:
        with connection.begin_nested():
            connection.execute(sa.text(f"CREATE OR REPLACE VIEW {quoted} AS {_escaped(sql)}"))
    except sa.exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != "42P16":
            raise
        # Its columns have changed.
        connection.execute(sa.text(f"DROP VIEW {quoted}"))
        connection.execute(sa.text(f"CREATE VIEW {quoted} AS {_escaped(sql)}"))


def _escaped(sql: str) -> str:
    """Escapes colons, which SQLAlchemy takes for parameters."""
    return sql.replace(":", "\\:")


def _relations(connection: sa.Connection) -> dict[str, str]:
    """The names in the schema and their kinds in PostgreSQL's catalog: `v` is a view."""
    rows = connection.execute(
        sa.text(
            "SELECT relname, relkind::text FROM pg_class WHERE relnamespace = CAST(:schema AS regnamespace) "
            "AND relkind IN ('r', 'p', 'v', 'm', 'f')"
        ),
        {"schema": SCHEMA},
    )
    return {row.relname: row.relkind for row in rows}


def _for_postgres(node: exp.Expr) -> exp.Expr:
    """PostgreSQL has no YEAR, HOUR and so on."""
    if isinstance(node, _PARTS):
        value = node.this.this if isinstance(node.this, exp.TsOrDsToDate) else node.this
        part = exp.Extract(this=exp.var(node.key.upper()), expression=value.copy())
        return exp.cast(exp.func("FLOOR", part), "bigint")
    return node
