"""Pseudonyms in the SQL of a model: replaces columns by pseudonyms, and translates PSEUDONYM for each engine.

If a model selects a personal text from a raw table, the text becomes a pseudonym. A join or check may compare such a
text with a column of pseudonyms; its SQL must then say PSEUDONYM(text). Without a secret, PSEUDONYM(x) is x.
`pinterest_platform.pseudonyms` defines pseudonyms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from sqlglot import exp

from pinterest_platform.catalog.rewrites import Dialect
from pinterest_platform.pseudonyms import relation

FUNCTION = "PSEUDONYM"
#: How a column's values are replaced: by pseudonyms, or by rounded values.
Kind = Literal["pseudonym", "coarse"]

_COARSE = "COARSE"
_COARSE_SQL: Mapping[Dialect, Mapping[str, str]] = {
    # -0.0 becomes 0.0, because the engines differ in which of the two they round to.
    "duckdb": {
        "double": "round({0}) + 0::DOUBLE",
        "array<double>": "list_transform({0}, lambda x: round(x) + 0::DOUBLE)",
        "date": "CAST(date_trunc('year', {0}) AS DATE)",
        "timestamp_ntz": "CAST(date_trunc('year', {0}) AS TIMESTAMP)",
    },
    "spark": {
        "double": "round({0}) + 0D",
        "array<double>": "transform({0}, x -> round(x) + 0D)",
        "date": "CAST(date_trunc('YEAR', {0}) AS DATE)",
        "timestamp_ntz": "CAST(date_trunc('YEAR', {0}) AS TIMESTAMP_NTZ)",
    },
}
#: Types whose values can be rounded.
COARSE_TYPES = frozenset(_COARSE_SQL["duckdb"])


def calls(tree: exp.Expr) -> list[exp.Anonymous]:
    """The calls of PSEUDONYM in a tree, the innermost first."""
    found = [node for node in tree.find_all(exp.Anonymous) if node.name.upper() == FUNCTION]
    return found[::-1]


def without_calls(tree: exp.Query, *, hidden: bool = False) -> exp.Query:
    """The tree with each call replaced by its argument, or with `hidden` by a text without source columns."""
    for call in calls(tree):
        value = exp.cast(exp.null(), "string") if hidden else exp.paren(call.expressions[0])
        call.replace(value)
    return tree


def selected(
    tree: exp.Query, columns: Sequence[tuple[str, str]], kinds: Mapping[str, Kind], passed: Iterable[str]
) -> exp.Query:
    """A SELECT of the (name, type) columns of a query, replaced by their kinds, and the columns `passed` unchanged."""
    values: list[exp.Expr] = []
    for name, kind in columns:
        column = exp.column(name, quoted=True)
        match kinds.get(name):
            case "pseudonym":
                values.append(exp.alias_(_call(FUNCTION, column), name, quoted=True))
            case "coarse":
                values.append(exp.alias_(_call(_COARSE, column, exp.Literal.string(kind)), name, quoted=True))
            case _:
                values.append(column)
    values += [exp.column(name, quoted=True) for name in passed]
    return exp.select(*values).from_(tree.subquery("selected", copy=False))


def expand(tree: exp.Expr, dialect: Dialect, mark: int) -> None:
    """Replace each call by the engine's SQL, in place. `mark` identifies the secret, 0 for none."""
    for call in calls(tree):
        call.replace(_pseudonym(call.expressions[0], dialect, mark) if mark else exp.paren(call.expressions[0]))
    for node in [node for node in tree.find_all(exp.Anonymous) if node.name == _COARSE]:
        column, kind = node.expressions
        node.replace(exp.Var(this=_COARSE_SQL[dialect][kind.name].format(column.sql(dialect, identify=True))))


def _pseudonym(value: exp.Expr, dialect: Dialect, mark: int) -> exp.Expr:
    """HMAC by its definition, built from functions that each engine has."""
    inner, outer = (exp.Var(this=f"(SELECT {pad} FROM {relation(mark)})") for pad in ("inner_pad", "outer_pad"))
    if dialect == "duckdb":
        hashed = _call("sha256", exp.DPipe(this=inner, expression=_call("encode", value)))
        return _call("sha256", exp.DPipe(this=outer, expression=_call("unhex", hashed)))
    bits, encoding = exp.Literal.number(256), exp.Literal.string("UTF-8")
    hashed = _call("sha2", _call("concat", inner, _call("encode", value, encoding)), bits)
    return _call("sha2", _call("concat", outer, _call("unhex", hashed)), bits.copy())


def _call(name: str, *arguments: exp.Expr) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))
