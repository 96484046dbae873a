"""Tree rewrites for constructs that sqlglot's generator leaves different between the engines.

Each takes a node of the Databricks dialect and returns its replacement for one engine. `portability` refuses the
constructs that no rewrite can make equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

from sqlglot import exp

#: Engines that the Databricks dialect is rendered for.
Dialect = Literal["duckdb", "spark"]

#: Datetime patterns that both engines can read alike -> (DuckDB's pattern, the regular expression of a valid text).
TIMESTAMP_FORMATS: Mapping[str, tuple[str, str]] = {
    "yyyy-MM-dd HH:mm:ss": ("%Y-%m-%d %H:%M:%S", "([0-9]{4})-([0-9]{2})-([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"),
    "yyyy-MM-dd'T'HH:mm:ss": ("%Y-%m-%dT%H:%M:%S", "([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}:[0-9]{2}:[0-9]{2})"),
    "yyyy:MM:dd HH:mm:ss": ("%Y:%m:%d %H:%M:%S", "([0-9]{4}):([0-9]{2}):([0-9]{2}) ([0-9]{2}:[0-9]{2}:[0-9]{2})"),
    "yyyy-MM-dd": ("%Y-%m-%d", "([0-9]{4})-([0-9]{2})-([0-9]{2})()"),
}

_REGEXPS = (exp.RegexpLike, exp.RegexpReplace, exp.RegexpExtract, exp.RegexpExtractAll, exp.RegexpCount)
_TEXTS = (exp.Literal, exp.RawString)


def rewrite(tree: exp.Query, dialect: Dialect) -> exp.Expr:
    """The tree with the engine's rewrites applied in place, innermost nodes first."""
    rewrite_node = _REWRITES[dialect]
    root: exp.Expr = tree
    for node in reversed(list(tree.walk())):
        replacement = rewrite_node(node)
        if replacement is not node:
            node.replace(replacement)
            root = replacement if node is root else root
    if dialect == "spark":
        _name_parts_once(root)
    return root


def _name_parts_once(tree: exp.Expr) -> None:
    """Give each WITH part a unique name, in place: the generator moves all of them before the whole query."""
    seen: set[str] = set()
    for part in reversed(list(tree.find_all(exp.CTE))):  # The innermost first: it hides others of its name.
        name, own = part.alias, part.alias
        while own.lower() in seen:
            own += "_"
        seen.add(own.lower())
        query = part.find_ancestor(exp.Query)
        if own == name or query is None:
            continue
        for table in query.find_all(exp.Table):
            if not table.db and table.name.lower() == name.lower():
                table.set("alias", table.args.get("alias") or exp.TableAlias(this=exp.to_identifier(table.name)))
                table.set("this", exp.to_identifier(own))
        part.args["alias"].set("this", exp.to_identifier(own))


def is_try_to_timestamp(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.upper() == "TRY_TO_TIMESTAMP"


def outside_order(select: exp.Select) -> bool:
    """Whether the ORDER BY of a SELECT names only its result columns, and so can move outside it."""
    order = select.args.get("order")
    columns = list(order.find_all(exp.Column)) if order is not None else []
    return all(not column.table and column.name in select.named_selects for column in columns)


def _for_duckdb(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.RegexpReplace) and isinstance(node.args.get("replacement"), _TEXTS):
        text = node.args["replacement"]
        text.replace(exp.Literal.string(re.sub(r"\$(\d)", r"\\\1", text.name)))
    elif isinstance(node, exp.DayOfWeek):  # Sunday is 0; on Spark it is 1.
        return exp.paren(exp.Add(this=node.copy(), expression=exp.Literal.number(1)))
    elif isinstance(node, exp.Anonymous) and node.name.upper() == "WEEKDAY":  # Sunday is 0; on Spark Monday is.
        return exp.paren(exp.Sub(this=exp.func("ISODOW", *node.copy().expressions), expression=exp.Literal.number(1)))
    elif isinstance(node, exp.Quantile):  # QUANTILE returns an existing value, Spark's PERCENTILE interpolates.
        return exp.Anonymous(this="QUANTILE_CONT", expressions=[node.this.copy(), node.args["quantile"].copy()])
    elif is_try_to_timestamp(node):
        text, duckdb_format, shape = _timestamp_parts(node)
        parsed = exp.Anonymous(this="TRY_STRPTIME", expressions=[text, exp.Literal.string(duckdb_format)])
        return _where_it_fits(text, shape, parsed)
    return node


def _timestamp_parts(node: exp.Expr) -> tuple[exp.Expr, str, str]:
    """(text, DuckDB's format, shape) of a TRY_TO_TIMESTAMP."""
    text, pattern = node.expressions
    return text.copy(), *TIMESTAMP_FORMATS[pattern.name]


def _where_it_fits(text: exp.Expr, shape: str, parsed: exp.Expr) -> exp.Expr:
    """`parsed` if the text has the shape: each engine accepts more texts, and they differ."""
    return exp.Case().when(exp.RegexpLike(this=text.copy(), expression=exp.Literal.string(f"^{shape}\\z")), parsed)


def _for_spark(node: exp.Expr) -> exp.Expr:
    if isinstance(node, _REGEXPS):
        _end_at_the_end(node.args["expression"])
    elif isinstance(node, exp.PercentileCont):  # The generator would write PERCENTILE_APPROX.
        return exp.Anonymous(this="PERCENTILE_CONT", expressions=[node.this.copy()])
    elif is_try_to_timestamp(node):  # Spark's own uses the session's time zone, which may skip an hour each spring.
        text, _, shape = _timestamp_parts(node)
        iso = exp.func(
            "REGEXP_REPLACE",
            text,
            exp.Literal.string(f"^{shape}\\z"),
            exp.Literal.string("$1-$2-$3 $4"),
            dialect="spark",
        )
        return _where_it_fits(
            text, shape, exp.TryCast(this=iso, to=exp.DataType.build("timestamp_ntz", dialect="spark"), safe=True)
        )
    elif isinstance(node, exp.Select) and node.args.get("qualify"):
        return _ordered_outside(node)
    return node


def _end_at_the_end(pattern: exp.Expr) -> None:
    """Java's `$` also matches before a final line break, DuckDB's only at the end of the text. Use `\\z` for both."""
    if isinstance(pattern, _TEXTS) and re.search(r"(?<!\\)\$$", pattern.name) and "(?" not in pattern.name:
        pattern.replace(exp.Literal.string(pattern.name[:-1] + r"\z"))


def _ordered_outside(select: exp.Select) -> exp.Expr:
    """Move ORDER BY and LIMIT outside: the generator moves QUALIFY into an outer WHERE and would leave them inside."""
    tail = {part: select.args[part] for part in ("order", "limit", "offset") if select.args.get(part)}
    if not tail:
        return select
    inner = select.copy()
    for part in tail:
        inner.set(part, None)
    outer = exp.select(*(exp.column(name) for name in inner.named_selects)).from_(inner.subquery("_qualified"))
    for part, clause in tail.items():
        outer.set(part, clause.copy())
    return outer


_REWRITES: Mapping[Dialect, Callable[[exp.Expr], exp.Expr]] = {"duckdb": _for_duckdb, "spark": _for_spark}
