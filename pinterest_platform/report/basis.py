"""Counts the entities behind each result: the rows that reach its aggregation, after joins and filters.

Each model's SQL defines these rows, so a report does not define them again. One query counts for all results. Those of
the same tables share a scan.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set

from sqlglot import exp
from sqlglot.optimizer.merge_subqueries import merge_subqueries

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.catalog.lineage import Schemas
from pinterest_platform.catalog.query import address as address_of
from pinterest_platform.catalog.query import parse

#: Parts of a SELECT that group its rows, or select groups.
_OF_GROUPS = ("group", "having", "qualify", "order", "limit", "distinct")


def basis(catalog: Catalog, leading: str) -> tuple[Sequence[str], str]:
    """Names of results, and a SELECT that returns one row with the number of entities in each of them.

    An entity is a row of the table `leading`. Tables of its layer with the same key have more columns of it. Results of
    another shape are left out: those that a function computes, read other tables, or join by other columns.
    """
    table = catalog.models.get(leading)
    if table is None or not table.key:
        return (), ""
    entities = {m.address: m for m in catalog.models.values() if (m.layer, m.key) == (table.layer, table.key)}
    conditions = {
        result.name: condition
        for result in catalog.results
        if (select := _rows(catalog, result, entities)) and (condition := _condition(select, entities))
    }
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, (sources, _) in conditions.items():
        first = _joined_from(leading, [entities[address] for address in sorted(sources)])
        groups[first, *sorted(sources - {first})].append(name)
    counts = [
        "(SELECT "
        + ", ".join(f"COUNT(CASE WHEN {conditions[name][1]} THEN 1 END) AS `{name}`" for name in names)
        + f" FROM {_aliased(entities[first])}{''.join(_joined(entities[first], entities[other]) for other in others)})"
        for (first, *others), names in groups.items()
    ]
    named = tuple(name for names in groups.values() for name in names)
    return named, f"SELECT * FROM {' CROSS JOIN '.join(counts)}" if counts else ""


def _joined_from(leading: str, read: Iterable[Model]) -> str:
    """The table to count from: one that is read, if it joins others to the rows of `leading`; else `leading`."""
    return next((model.address for model in read if next(iter(model.joined), "") == leading), leading)


def _joined(table: Model, other: Model) -> str:
    same = " AND ".join(f"`{table.name}`.`{key}` = `{other.name}`.`{key}`" for key in table.key)
    return f" LEFT JOIN {_aliased(other)} ON {same}"


def _aliased(table: Model) -> str:
    return f"`{table.layer}`.`{table.name}` AS `{table.name}`"


def _rows(catalog: Catalog, model: Model, entities: Mapping[str, Model]) -> exp.Select | None:
    """The SELECT of the rows that reach the aggregation, with its WITH clauses merged; None for another shape."""
    if model.sql is None:
        return None
    tree = parse(model.sql, f"{model.address}.sql")
    parts = {part.alias.lower(): part.this for part in tree.ctes}
    chain: list[exp.Select] = []
    part: exp.Expr | None = tree
    while isinstance(part, exp.Select) and (origin := part.args.get("from_")):
        table = origin.this
        if not isinstance(table, exp.Table):
            return None
        chain.append(part)
        upstream = catalog.models.get(address_of(table))
        if upstream is not None and upstream.layer == model.layer:
            return _rows(catalog, upstream, entities)
        if table.db:
            return _without_groups(chain, parts, entities)
        part = parts.get(table.name.lower())
    return None


def _without_groups(
    chain: Sequence[exp.Select], parts: Mapping[str, exp.Expr], entities: Mapping[str, Model]
) -> exp.Select | None:
    """The innermost grouping SELECT of a chain, without its groups; else the outermost SELECT."""
    grouping = [select for select in chain if select.args.get("group") or select.args.get("distinct")]
    reached = grouping[-1] if grouping else chain[0]
    rows = reached.select("COUNT(*) AS entities", append=False)
    for clause in ("with_", *_OF_GROUPS):
        rows.set(clause, None)
    below = chain[chain.index(reached) + 1 :]
    for name, part in parts.items():
        if part in below:
            rows = rows.with_(name, part)
    if any(table.db and address_of(table) not in entities for table in rows.find_all(exp.Table)):
        return None
    known = Schemas()
    for address, table in entities.items():
        known.add(address, {column.name: column.type for column in table.columns})
    merged = merge_subqueries(known.resolve(rows, "basis", 1))
    return merged if isinstance(merged, exp.Select) and not merged.ctes else None


def _condition(select: exp.Select, entities: Mapping[str, Model]) -> tuple[Set[str], str] | None:
    """The tables of a SELECT that joins tables by key, and the condition for its entities; None if it joins in another
    way, or has subqueries."""
    joins: list[exp.Join] = select.args.get("joins") or []
    tables: list[exp.Table] = [select.args["from_"].this, *(join.this for join in joins)]
    keys = [entities[address_of(table)].key for table in tables]
    beside = [_beside_key(join, keys[0]) for join in joins]
    if None in beside:
        return None
    names = {table.alias_or_name: table.name for table in tables}
    present = [
        exp.column(key[0], table.alias_or_name).is_(exp.null()).not_() for table, key in zip(tables, keys, strict=True)
    ]
    where = select.args.get("where")
    condition = exp.and_(
        *present, *(rule for rules in beside for rule in rules or ()), *([where.this] if where else [])
    )
    if condition.find(exp.Query):
        return None
    for column in condition.find_all(exp.Column):
        column.set("table", exp.to_identifier(names[column.table], quoted=True))
    return {address_of(table) for table in tables}, condition.sql("databricks")


def _beside_key(join: exp.Join, key: Sequence[str]) -> list[exp.Expr] | None:
    """The conditions of an inner join besides equal keys; None if it does not require equal keys."""
    on = join.args.get("on")
    if on is None or join.side or join.kind not in ("", "INNER"):
        return None
    rules = list(on.flatten()) if isinstance(on, exp.And) else [on]
    columns = (exp.Column, exp.Column)
    equal = {
        rule.left.name: rule
        for rule in rules
        if isinstance(rule, exp.EQ) and (type(rule.left), type(rule.right)) == columns
        if rule.left.name == rule.right.name
    }
    if not equal.keys() >= set(key):
        return None
    return [rule for rule in rules if rule not in [equal[name] for name in key]]
