"""Recognizes the models that can be merged by key, from the shape of their SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from pinterest_platform.catalog import query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.model import Merge

#: Allowed parts of a SELECT in which a new upstream row affects only the result row of its own key.
_ALLOWED_PARTS = {"expressions", "from_", "where", "qualify", "kind", "hint"}


def recognise(tree: exp.Query, key: Sequence[str], file: str, first_line: int) -> Merge | None:
    """The merge for a model's tree, or None if the whole table must be replaced.

    A merge is one SELECT over one table, row by row, that ends in `QUALIFY ROW_NUMBER() OVER (PARTITION BY <source
    key> ORDER BY <columns> DESC) = 1`. Raises ModelError if its partition columns are not the `key`.
    """
    if not isinstance(tree, exp.Select) or any(tree.args.get(part) for part in tree.args if part not in _ALLOWED_PARTS):
        return None
    source = _only_table(tree)
    window = _newest_window(tree)
    if source is None or window is None:
        return None
    partition = [column.name for column in window.args["partition_by"]]
    newest = tuple(ordered.this.name for ordered in window.args["order"].expressions)
    outputs = {e.alias_or_name: e.unalias().name for e in tree.expressions if isinstance(e.unalias(), exp.Column)}
    source_key = [outputs.get(name, "") for name in key]
    if sorted(source_key) != sorted(partition):
        raise ModelError(
            file,
            first_line + query.line(window) - 1,
            f"the query keeps one row for each ({', '.join(partition)}) of {source.db}.{source.name}, but the key is "
            f"({', '.join(key)}); the key must be exactly those columns, selected unchanged",
        )
    return Merge(query.address(source), tuple(source_key), newest)


def _only_table(tree: exp.Select) -> exp.Table | None:
    """The table of a SELECT that reads exactly one stored table, without subqueries, windows or aggregates."""
    from_ = tree.args.get("from_")
    table = from_.this if from_ is not None else None
    if not isinstance(table, exp.Table) or len(list(tree.find_all(exp.Table))) != 1:
        return None
    if any(expression.find(exp.Window, exp.AggFunc, exp.Query) for expression in tree.expressions):
        return None
    return table


def _newest_window(tree: exp.Select) -> exp.Window | None:
    """The window of `QUALIFY ROW_NUMBER() OVER (PARTITION BY columns ORDER BY columns DESC) = 1`."""
    qualify = tree.args.get("qualify")
    condition = qualify.this if qualify is not None else None
    if not isinstance(condition, exp.EQ) or condition.expression != exp.Literal.number(1):
        return None
    window = condition.this
    if not isinstance(window, exp.Window) or not isinstance(window.this, exp.RowNumber) or window.args.get("spec"):
        return None
    partition, order = window.args.get("partition_by") or [], window.args.get("order")
    if not partition or order is None or not all(isinstance(column, exp.Column) for column in partition):
        return None
    newest_first = all(o.args.get("desc") and isinstance(o.this, exp.Column) for o in order.expressions)
    return window if newest_first else None
