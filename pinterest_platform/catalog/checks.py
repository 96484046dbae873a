"""Checks of a table: the checks that its key implies, and the validation of checks in a header."""

from __future__ import annotations

from collections.abc import Sequence, Set

from sqlglot import Dialect, ErrorLevel, exp
from sqlglot.errors import ParseError, TokenError

from pinterest_platform.catalog import portability, query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.header import HeaderCheck
from pinterest_platform.catalog.lineage import Schemas
from pinterest_platform.catalog.model import Check
from pinterest_platform.sql import relation


def key_checks(address: str, key: Sequence[str]) -> tuple[Check, ...]:
    """Checks that the key is never null and is unique."""
    columns = ", ".join(f"`{name}`" for name in key)
    table, first = relation(address), f"`{key[0]}`"
    return (
        Check("key_not_null", " AND ".join(f"`{name}` IS NOT NULL" for name in key)),
        Check(
            "key_unique",
            f"SELECT {columns}, COUNT(*) AS row_count FROM {table} "
            f"WHERE {first} BETWEEN (SELECT MIN({first}) FROM {query.NEW}.{table}) "
            f"AND (SELECT MAX({first}) FROM {query.NEW}.{table}) GROUP BY {columns} HAVING COUNT(*) > 1",
        ),
    )


def read(check: HeaderCheck, address: str, schemas: Schemas, readable: Set[str], file: str) -> Check:
    """A check from a header, validated to name only existing columns and tables.

    `readable` are the tables that are complete when the check runs: the table itself and its upstreams. Raises
    ModelError at the first line of the check.
    """
    result = Check(check.name, check.sql, check.blocking)
    try:
        if not result.is_query:
            _require_predicate(check, file)
        tree = query.read_new(query.parse(result.violations(address), file, check.line))
        query.check_tables(tree, readable, file, check.line)
        typed = schemas.resolve(tree, file, check.line)
        if not result.is_query:
            _require_boolean(typed, check, file)
        portability.check(tree, typed, file, check.line)
    except ModelError as error:
        raise ModelError(file, check.line, f"check {check.name!r}: {error.reason}") from error
    return result


def _require_predicate(check: HeaderCheck, file: str) -> None:
    """Require a single boolean expression about one row: the text is inserted into a WHERE clause."""
    dialect = Dialect.get_or_raise("databricks")
    try:
        parser = dialect.parser(error_level=ErrorLevel.IMMEDIATE)
        parsed = parser.parse_into(exp.Condition, dialect.tokenize(check.sql), check.sql)
    except TokenError as error:
        raise ModelError(file, check.line, "cannot parse it: a quote or comment is not closed") from error
    except ParseError as error:
        raise ModelError(file, check.line, query.syntax_error(error)[1]) from error
    [predicate] = parsed if len(parsed) == 1 else [None]
    if predicate is None or isinstance(predicate, exp.Alias):
        raise ModelError(file, check.line, "not a predicate; write one boolean expression, or a query")
    if any(part.find_ancestor(exp.Query) is None for part in predicate.find_all(exp.AggFunc, exp.Window)):
        raise ModelError(
            file, check.line, "a predicate sees only one row; write a query (SELECT ...) for the violating rows"
        )


def _require_boolean(typed: exp.Query, check: HeaderCheck, file: str) -> None:
    where = typed.args["where"].this
    predicate = where.this.unnest() if isinstance(where, exp.Not) else where
    kind = predicate.type
    if kind is not None and kind.this not in (exp.DType.BOOLEAN, exp.DType.UNKNOWN, exp.DType.NULL):
        raise ModelError(
            file, check.line, f"it is a {kind.sql('databricks').lower()}, not a boolean; compare it with a value"
        )
