"""The nine answers as views of the warehouse: the SQL of the lake's own models, in PostgreSQL's words."""

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
    """The query of a view: what the model says, of the tables in the warehouse, each column cast to its type."""
    tree = query.parse(model.required_sql(), f"{model.address}.sql")
    render.cast_columns(tree, model.columns)
    for table in query.tables(tree):
        if table.db:
            table.set("db", exp.to_identifier(SCHEMA))
    # ORDER BY stands outside of what QUALIFY becomes, as for Spark.
    ordered = rewrite(tree, "spark").transform(_for_postgres)
    return ordered.sql("postgres", identify=True, comments=False, unsupported_level=ErrorLevel.RAISE)


def digest(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()[:32]


def create_views(connection: sa.Connection, catalog: Catalog, known: Mapping[str, str]) -> dict[str, str]:
    """Create or replace the views whose SQL is another one than `known` says; their digests by name.

    Raises:
        WarehouseError: the name of one is taken by something that was not published.
    """
    taken = _relations(connection)
    changed = {}
    for model in catalog.results:
        sql = view_sql(model)
        if known.get(model.name) == digest(sql) and taken.get(model.name) == "v":
            continue
        if model.name in taken and (taken[model.name] != "v" or model.name not in known):
            raise WarehouseError(
                f"{SCHEMA}.{model.name} is there and was not published from the lake. Nothing was written. Rename it, "
                "or name another database in RETAIL_WAREHOUSE_URL."
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
        # Its columns are other ones than before.
        connection.execute(sa.text(f"DROP VIEW {quoted}"))
        connection.execute(sa.text(f"CREATE VIEW {quoted} AS {_escaped(sql)}"))


def _escaped(sql: str) -> str:
    """As SQLAlchemy takes it, which sees a parameter in a colon."""
    return sql.replace(":", "\\:")


def _relations(connection: sa.Connection) -> dict[str, str]:
    """What has a name in the schema, and its kind as PostgreSQL's catalog says it: `v` for a view."""
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
