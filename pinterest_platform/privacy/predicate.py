"""The condition that selects records: an expression over the columns of a record, in the Databricks dialect.

It cannot name a query, a table or a file. `search` applies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlglot import exp

from pinterest_platform.catalog import portability, query, render
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.privacy.errors import ErasureError
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.sql import identifier

#: The name of the expression in errors that give its line.
_FILE = "--where"
#: Further columns that a condition may name: where the record landed.
_PLACE = ("kafka_topic", "kafka_partition", "kafka_offset")
_FUNCTIONS = (
    exp.And,
    exp.Or,
    exp.Not,
    exp.Cast,
    exp.TryCast,
    exp.Coalesce,
    exp.Lower,
    exp.Upper,
    exp.Trim,
    exp.Length,
    exp.Substring,
    exp.Concat,
    exp.RegexpLike,
    exp.StartsWith,
    exp.EndsWith,
    exp.Contains,
    exp.Abs,
    exp.Year,
    exp.Month,
    exp.Day,
    exp.TsOrDsToDate,
)
_NEVER = (exp.Query, exp.Subquery, exp.Window, exp.AggFunc, exp.UDTF, exp.Star, exp.Lambda, exp.Placeholder)
_SELECT = {"kind", "expressions", "from_", "where"}


@dataclass(frozen=True)
class Predicate:
    """A condition that selects records of a kind. See `parse_predicate`."""

    text: str
    schema: RecordSchema
    conditions: tuple[exp.Expr, ...]

    def rows(self, relation: str) -> str:
        """DuckDB SQL for the matching rows of a relation with the columns of the record."""
        return self._select("*", relation, f" WHERE {self.text}")

    def judged(self, relation: str) -> str:
        """DuckDB SQL for all rows of a relation. The columns `condition_0` and so on show which conditions each row
        meets. A matching row meets all of them."""
        told = (f", {c.sql('databricks')} AS condition_{n}" for n, c in enumerate(self.conditions))
        return self._select(f"*{''.join(told)}", relation)

    def columns(self, number: int) -> list[str]:
        """Names of the record's columns in a condition, as declared."""
        names = {column.name.casefold() for column in self.conditions[number].find_all(exp.Column)}
        return [column.name for column in self.schema.columns if column.name.casefold() in names]

    @cached_property
    def equalities(self) -> Mapping[str, str]:
        """The values that columns must have, as text, if every condition has the form `column = value` on a column of
        the record. Otherwise empty."""
        found = {}
        for number, condition in enumerate(self.conditions):
            sides = (condition.this, condition.expression) if isinstance(condition, exp.EQ) else ()
            values = [side for side in sides if isinstance(side, exp.Literal)]
            names = self.columns(number)
            if len(values) != 1 or not names or not any(isinstance(side, exp.Column) for side in sides):
                return {}
            found[names[0]] = str(values[0].this)
        return found

    def _select(self, columns: str, relation: str, where: str = "") -> str:
        tree = query.parse(f"SELECT {columns} FROM raw.{identifier(self.schema.name)}{where}", _FILE)
        return render.render(tree, "duckdb", _FILE, lambda _: relation)


def parse_predicate(text: str, schema: RecordSchema) -> Predicate:
    """Parse an expression.

    Raises:
        ErasureError: it is not an expression over only the columns of the record.
    """
    try:
        tree = query.parse(f"SELECT * FROM raw.{identifier(schema.name)} WHERE {text}", _FILE)
        portability.check_renderable(tree, _FILE)
    except ModelError as error:
        raise ErasureError(
            f"{error}. Use a condition, such as \"first_name = 'Ann' AND last_name = 'Lee'\"."
        ) from error
    where = tree.args.get("where")
    said = {name for name, value in tree.args.items() if value}
    if not isinstance(tree, exp.Select) or where is None or said - _SELECT:
        raise ErasureError(f"{_FILE}: {text!r} is more than a condition. Use only an expression over columns.")
    condition = where.this.unnest()
    known = [*(column.name for column in schema.columns), *_PLACE]
    for node in condition.walk():
        if isinstance(node, _NEVER) or (isinstance(node, exp.Func) and not isinstance(node, _FUNCTIONS)):
            raise ErasureError(
                f"{_FILE}: {node.sql('databricks')!r} is not allowed. A condition may contain columns, values, "
                "comparisons, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL, and functions of texts and dates. It cannot "
                "name a query, table or file."
            )
        if isinstance(node, exp.Column):
            _check_column(node, schema, known)
    if not any(condition.find_all(exp.Column)):
        raise ErasureError(f"{_FILE}: {text!r} names no column, so it would match every record or none")
    parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
    return Predicate(text, schema, tuple(part.unnest() for part in parts))


def _check_column(node: exp.Column, schema: RecordSchema, known: list[str]) -> None:
    if node.table or node.name.casefold() not in [name.casefold() for name in known]:
        raise ErasureError(
            f"{_FILE}: {node.sql('databricks')} is not a column of raw/{schema.name}. Use one of {', '.join(known)}."
        )
