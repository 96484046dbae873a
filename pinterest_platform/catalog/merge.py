"""Recognizes the models that can be merged by key, from the shape of their SQL.

They keep one row per key of a table, or join tables by their keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from sqlglot import exp

from pinterest_platform.catalog import query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.model import Merge

#: Allowed parts of a SELECT in which a new upstream row affects only the result row of its own key.
_ALLOWED_PARTS = {"expressions", "from_", "where", "qualify", "kind", "hint"}
_ALLOWED_PARTS_OF_A_JOIN = {"expressions", "from_", "joins", "kind", "hint"}


def recognise(tree: exp.Query, key: Sequence[str], file: str, first_line: int) -> Merge | None:
    """The merge for a model's tree, or None if the whole table must be replaced.

    A merge is one SELECT over one table, row by row, that ends in `QUALIFY ROW_NUMBER() OVER (PARTITION BY <source
    key> ORDER BY <columns> DESC) = 1`. Raises ModelError if its partition columns are not the `key`.
    """
    if not isinstance(tree, exp.Select) or _has_other_parts(tree, _ALLOWED_PARTS):
        return None
    source = _only_table(tree)
    window = _newest_window(tree)
    if source is None or window is None:
        return None
    partition = [column.name for column in window.args["partition_by"]]
    newest = tuple(ordered.this.name for ordered in window.args["order"].expressions)
    outputs = _plain_columns(tree)
    source_key = [outputs[name].name if name in outputs else "" for name in key]
    if sorted(source_key) != sorted(partition):
        raise ModelError(
            file,
            first_line + query.line(window) - 1,
            f"the query keeps one row for each ({', '.join(partition)}) of {source.db}.{source.name}, but the key is "
            f"({', '.join(key)}); the key must be exactly those columns, selected unchanged",
        )
    return Merge(query.address(source), tuple(source_key), newest)


def recognise_join(
    tree: exp.Query, key: Sequence[str], keys: Mapping[str, Sequence[str]]
) -> Mapping[str, tuple[str, ...]]:
    """The columns of each upstream that hold the key of a model that joins tables by their keys; empty for another one.

    Such a model is one SELECT, row by row, over inner and left joins whose only conditions are equal keys. `keys` has
    the key of each stored table with one row per key. A row that an upstream gains affects only the row of its own key,
    and never removes it.
    """
    if not isinstance(tree, exp.Select) or _has_other_parts(tree, _ALLOWED_PARTS_OF_A_JOIN):
        return {}
    joins: Sequence[exp.Join] = tree.args.get("joins") or []
    tables = [part.this for part in [tree.args.get("from_"), *joins] if part is not None]
    if not joins or not all(isinstance(table, exp.Table) and table.db for table in tables) or _is_nested(tree):
        return {}
    outputs = _plain_columns(tree)
    first, *others = tables
    own = [outputs[name].name for name in key if name in outputs and outputs[name].table == first.alias_or_name]
    found = {query.address(first): tuple(own)}
    for join, table in zip(joins, others, strict=True):
        equal = _equal_columns(join, first.alias_or_name, table.alias_or_name)
        found[query.address(table)] = tuple(equal[name] for name in own) if equal.keys() == {*own} else ()
    is_by_key = len(found) == len(tables) and all(
        len(columns) == len(key) and sorted(columns) == sorted(keys.get(address, ()))
        for address, columns in found.items()
    )
    return found if is_by_key else {}


def _equal_columns(join: exp.Join, left: str, right: str) -> Mapping[str, str]:
    """Columns of the table `left` -> columns of `right`, if an inner or left join requires only that they are equal."""
    on, kind = join.args.get("on"), (join.method, join.side, join.kind)
    if on is None or kind not in (("", "", ""), ("", "", "INNER"), ("", "LEFT", ""), ("", "LEFT", "OUTER")):
        return {}
    equal = {}
    for rule in on.flatten() if isinstance(on, exp.And) else [on]:
        sides = (rule.left, rule.right) if isinstance(rule, exp.EQ) else ()
        columns = {side.table: side.name for side in sides if isinstance(side, exp.Column)}
        if columns.keys() != {left, right} or columns[left] in equal:
            return {}
        equal[columns[left]] = columns[right]
    return equal


def _plain_columns(tree: exp.Select) -> Mapping[str, exp.Column]:
    """The columns of a SELECT that are selected unchanged."""
    found = {e.alias_or_name: e.unalias() for e in tree.expressions}
    return {name: column for name, column in found.items() if isinstance(column, exp.Column)}


def _has_other_parts(tree: exp.Select, allowed: Set[str]) -> bool:
    return any(tree.args.get(part) for part in tree.args if part not in allowed)


def _is_nested(tree: exp.Select) -> bool:
    return any(expression.find(exp.Window, exp.AggFunc, exp.Query) for expression in tree.expressions)


def _only_table(tree: exp.Select) -> exp.Table | None:
    """The table of a SELECT that reads exactly one stored table, without subqueries, windows or aggregates."""
    from_ = tree.args.get("from_")
    table = from_.this if from_ is not None else None
    if not isinstance(table, exp.Table) or len(list(tree.find_all(exp.Table))) != 1:
        return None
    return None if _is_nested(tree) else table


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
