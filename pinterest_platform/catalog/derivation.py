"""The derivation of a column: its SQL and its source columns, back to the source. `lineage` has the direct lineage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.lineage import Node
from sqlglot.lineage import lineage as trace
from sqlglot.optimizer.scope import Scope, build_scope, traverse_scope

from pinterest_platform.catalog.catalog import Catalog
from pinterest_platform.catalog.lineage import Schemas
from pinterest_platform.catalog.model import Model, ModelColumn
from pinterest_platform.catalog.query import parse
from pinterest_platform.schemas import RecordSchema

#: Parts of a SELECT that select, join or group rows.
_ROWS = ("joins", "where", "group", "having", "qualify")


@dataclass(frozen=True)
class Derivation:
    """One column of the table `address`. `description` is its rule in words. `expressions` are the SQL that computes
    it, last step first; empty if the column is passed on unchanged. `sources` are the columns that it is computed from.
    `personal` says whether it holds personal data."""

    address: str
    column: str
    type: str
    description: str
    expressions: tuple[str, ...]
    sources: tuple[Derivation, ...]
    personal: bool = False


@dataclass(frozen=True)
class Origin:
    """How the rows of a table are computed from `upstreams`: `description` in words, `rules` in SQL, in the order in
    which they apply."""

    address: str
    description: str
    rules: tuple[str, ...]
    upstreams: tuple[str, ...]


class Derivations:
    """Derives columns of a catalog's tables."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._nodes: dict[str, Mapping[str, Node]] = {}

    def columns(self, address: str) -> list[Derivation]:
        """Every column of a table or view, in its order.

        Raises:
            KeyError: the table does not exist.
        """
        return [self._derive(address, column) for column in self._catalog.relation(address).columns]

    def origin(self, address: str) -> Origin:
        """How the rows of a table or view are computed."""
        table = self._catalog.relation(address)
        if not isinstance(table, Model) or table.sql is None:
            return Origin(address, table.description, (), ())
        scopes = traverse_scope(parse(table.sql, f"{address}.sql"))
        return Origin(address, table.description, tuple(_rules(scopes)), table.upstreams)

    def _derive(self, address: str, column: ModelColumn) -> Derivation:
        table = self._catalog.relation(address)
        if not isinstance(table, Model) or table.sql is None:
            return _leaf(address, column, self._catalog.record(address))
        sources = []
        for upstream, name in table.lineage[column.name]:
            [found] = [c for c in self._catalog.relation(upstream).columns if c.name == name]
            sources.append(self._derive(upstream, found))
        node = self._traced(table)[column.name]
        return Derivation(
            address,
            column.name,
            column.type,
            column.description,
            tuple(_expressions(node)),
            tuple(sources),
            column.personal,
        )

    def _traced(self, model: Model) -> Mapping[str, Node]:
        """sqlglot's own lineage of each column."""
        if model.address not in self._nodes:
            known, file = Schemas(), f"{model.address}.sql"
            for upstream in model.upstreams:
                known.add(upstream, {column.name: column.type for column in self._catalog.relation(upstream).columns})
            tree = known.resolve(parse(model.required_sql(), file), file, 1)
            traced = trace(
                None, tree, {}, dialect="databricks", scope=build_scope(tree), trim_selects=False, copy=False
            )
            names = (projection.alias_or_name for projection in tree.selects)
            self._nodes[model.address] = {
                column.name: traced[name] for column, name in zip(model.columns, names, strict=True)
            }
        return self._nodes[model.address]


def _leaf(address: str, column: ModelColumn, schema: RecordSchema | None) -> Derivation:
    """A column that no model computes. For the raw table of `schema`, its source is the column in the source table."""
    sources: tuple[Derivation, ...] = ()
    if schema and schema.source_table and any(known.name == column.name for known in schema.columns):
        told = f"Column of the source. In the topic and in landing objects, it is the key `{column.name}` of a record."
        sources = (
            Derivation(f"source/{schema.source_table}", column.name, column.type, told, (), (), column.personal),
        )
    return Derivation(address, column.name, column.type, column.description, (), sources, column.personal)


def _expressions(node: Node) -> Iterator[str]:
    """The SQL of a column and of its columns in WITH clauses, without steps that only pass a column on."""
    for step in node.walk():
        expression = step.expression
        if isinstance(expression, exp.Alias) and not isinstance(expression.this, exp.Column):
            yield expression.this.sql("databricks", pretty=True, comments=False)


def _rules(scopes: Iterable[Scope]) -> Iterator[str]:
    for scope in scopes:
        for part in _ROWS:
            found = scope.expression.args.get(part) or []
            for rule in found if isinstance(found, list) else [found]:
                yield rule.sql("databricks", comments=False).strip()
