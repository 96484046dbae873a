"""Views: named queries that replace their names in other queries. They are not stored.

`Catalog.extended` receives the views.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from pinterest_platform.catalog import query
from pinterest_platform.catalog.model import Model


def expand(tree: exp.Query, views: Mapping[str, Model]) -> exp.Query:
    """The tree with each view replaced by its query, down to tables."""
    found = [table for table in query.tables(tree) if query.address(table) in views]
    named = {(table.db, table.name) for table in found}
    for column in tree.find_all(exp.Column):
        if (column.db, column.table) in named:
            column.set("db", None)
    for table in found:
        view = views[query.address(table)]
        inner = expand(query.parse(view.required_sql(), f"{view.address}.sql"), views)
        table.replace(inner.subquery(table.alias or table.name, copy=False))
    return tree
