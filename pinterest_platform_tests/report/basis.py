"""How many rows a result rests on, read from the SQL that makes it: what a report says of its posts must agree.

Counted are the rows that reach the aggregation, after joins and filters.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.catalog.query import parse

#: What of a SELECT makes groups of its rows, or chooses among the groups.
_OF_GROUPS = ("group", "having", "qualify", "order", "limit", "distinct")


def basis(catalog: Catalog, model: Model) -> str | None:
    """SQL in the Databricks dialect for the number of rows; None where there is no SQL, or it is not one chain of
    SELECTs."""
    if model.sql is None:
        return None
    tree = parse(model.sql, f"{model.address}.sql")
    parts = {part.alias: part.this for part in tree.ctes}
    select: exp.Expression = tree
    while isinstance(select, exp.Select):
        origin = select.args.get("from_")
        table = origin.this if origin else None
        if not isinstance(table, exp.Table) or (select is not tree and select.ctes):
            return None
        if not select.args.get("group") and _joins_own_parts(select, parts):
            if not table.db and table.name in parts:
                select = parts[table.name]
                continue
            upstream = catalog.models.get(f"{table.db}/{table.name}")
            if upstream is not None and upstream.layer == model.layer:
                return basis(catalog, upstream)
        return _count(select, tree)
    return None


def _joins_own_parts(select: exp.Select, parts: Mapping[str, exp.Expression]) -> bool:
    """Whether whatever a SELECT joins are parts of its own query: it chooses rows of what was counted already."""
    joined = [join.this for join in select.args.get("joins") or []]
    return all(isinstance(table, exp.Table) and not table.db and table.name in parts for table in joined)


def _count(select: exp.Select, tree: exp.Query) -> str:
    """The query for the number of rows that a SELECT reads, with the common tables of the whole."""
    counted = select.copy().select("COUNT(*) AS rows", append=False)
    for part in _OF_GROUPS:
        counted.set(part, None)
    counted.set("with_", tree.args["with_"].copy() if tree.ctes else None)
    return counted.sql("databricks")
