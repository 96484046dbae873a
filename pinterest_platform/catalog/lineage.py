"""Columns of a query: their types and the source columns of each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sqlglot import Dialect, MappingSchema, exp
from sqlglot.errors import OptimizeError, ParseError
from sqlglot.lineage import lineage as trace
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope

from pinterest_platform.catalog import query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.pseudonymised import without_calls

#: Overrides of the parser's types that are missing or too narrow: for example, it types a year as TINYINT.
_RETURNS = {
    exp.DType.INT: (
        exp.Year,
        exp.Quarter,
        exp.Month,
        exp.Week,
        exp.Day,
        exp.DayOfMonth,
        exp.DayOfWeek,
        exp.DayOfYear,
        exp.Hour,
        exp.Minute,
        exp.Second,
    ),
    exp.DType.DOUBLE: (exp.Median, exp.Quantile, exp.PercentileCont),
}
_UNRESOLVED = re.compile(r"[Cc]olumn:? '?(\w+)'?(?:.*for table: '(\w+)')?")
#: Types allowed in a table's columns: they are the same on both engines. A zoned timestamp depends on the session.
_AGREED = {
    exp.DType.BIGINT,
    exp.DType.INT,
    exp.DType.SMALLINT,
    exp.DType.TINYINT,
    exp.DType.DOUBLE,
    exp.DType.FLOAT,
    exp.DType.TEXT,
    exp.DType.VARCHAR,
    exp.DType.BOOLEAN,
    exp.DType.DATE,
    exp.DType.TIMESTAMPNTZ,
    exp.DType.DECIMAL,
    exp.DType.ARRAY,
    exp.DType.MAP,
    exp.DType.STRUCT,
}


_ALLOWED = (
    "allowed: bigint, int, double, string, boolean, date, timestamp_ntz, decimal(p, s), and arrays, maps and "
    "structs of them"
)


class Schemas:
    """Columns of the tables added so far, each after its upstreams."""

    def __init__(self) -> None:
        self._mapping = MappingSchema(dialect="databricks")
        self._columns: dict[str, tuple[str, ...]] = {}
        self._returns = dict(Dialect.get_or_raise("databricks").EXPRESSION_METADATA)
        for data_type, functions in _RETURNS.items():
            self._returns.update({function: {"returns": data_type} for function in functions})

    def add(self, address: str, columns: Mapping[str, str]) -> None:
        """Add the table `<layer>/<name>`; `columns` maps a name to a Databricks type."""
        layer, _, name = address.partition("/")
        self._mapping.add_table(exp.table_(name, db=layer), dict(columns), dialect="databricks")
        self._columns[address] = tuple(columns)

    def columns(self, address: str) -> tuple[str, ...]:
        return self._columns[address]

    def resolve(self, tree: exp.Query, file: str, first_line: int) -> exp.Query:
        """A copy of the tree, with every column bound to its table and every expression typed.

        Raises ModelError for a column that is not in any table of its SELECT.
        """
        try:
            bound = qualify(
                without_calls(tree.copy()), schema=self._mapping, dialect="databricks", quote_identifiers=False
            )
        except OptimizeError as error:
            raise self._unknown_column(tree, str(error), file, first_line) from error
        return annotate_types(bound, schema=self._mapping, dialect="databricks", expression_metadata=self._returns)

    def _unknown_column(self, tree: exp.Query, message: str, file: str, first_line: int) -> ModelError:
        found = _UNRESOLVED.search(message)
        name, table = found.groups() if found else ("", None)
        sites = [c for c in tree.find_all(exp.Column) if c.name == name and table in (None, c.table)]
        if not sites:
            return ModelError(file, first_line, f"ambiguous columns: {message}")
        line = first_line + query.line(min(sites, key=query.position)) - 1
        known = "; ".join(
            f"{address} has {', '.join(self._columns[address])}"
            for address in dict.fromkeys(query.address(table) for table in query.tables(tree))
        )
        return ModelError(file, line, f"column {name!r} is unknown or ambiguous; {known}")


def column_types(tree: exp.Query, file: str, first_line: int) -> tuple[str, ...]:
    """The Databricks type, in lower case, of each column of a resolved tree.

    Raises ModelError for a type that is unknown or differs between the engines.
    """
    result = []
    for projection in tree.selects:
        kind = projection.type.sql("databricks").lower() if projection.type is not None else "unknown"
        if not _is_agreed(projection.type):
            name = projection.alias_or_name
            raise ModelError(
                file,
                first_line + query.line(projection) - 1,
                f"column {name!r} has the type {kind}; {_ALLOWED}. Cast it: CAST(... AS <type>) AS {name}",
            )
        result.append(kind)
    return tuple(result)


def check_declared(name: str, kind: str, file: str, line: int) -> None:
    """Raise ModelError if a column's type in a header is not one that `column_types` returns."""
    try:
        parsed = exp.DataType.build(kind, dialect="databricks")
    except ParseError:
        parsed = None
    if not _is_agreed(parsed) or parsed is None or parsed.sql("databricks").lower() != kind:
        raise ModelError(file, line, f"column {name!r} has the type {kind!r}; {_ALLOWED}")


def _is_agreed(kind: exp.DataType | None) -> bool:
    parts = list(kind.find_all(exp.DataType)) if kind is not None else []
    sized = all(part.expressions for part in parts if part.this == exp.DType.DECIMAL)
    return bool(parts) and sized and all(part.this in _AGREED for part in parts)


def column_lineage(
    tree: exp.Query, schemas: Schemas, upstreams: Iterable[str], names: Iterable[str]
) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """For each of the columns `names` of a resolved tree, the (address, column) pairs that its value is computed from.

    They are in the order of `upstreams` and of their columns. A row count, for example, has no source columns. Columns
    that only filter, group or order are not included.
    """
    order = {
        (address, column): (i, j)
        for i, address in enumerate(upstreams)
        for j, column in enumerate(schemas.columns(address))
    }
    nodes = trace(None, tree, {}, dialect="databricks", scope=build_scope(tree), trim_selects=False, copy=False)
    result = {}
    for name, projection in zip(names, tree.selects, strict=True):
        leaves = {
            (query.address(leaf.expression), exp.to_column(leaf.name).name)
            for leaf in nodes[projection.alias_or_name].walk()
            if isinstance(leaf.expression, exp.Table)
        }
        result[name] = tuple(sorted(leaves & order.keys(), key=lambda source: order[source]))
    return result
