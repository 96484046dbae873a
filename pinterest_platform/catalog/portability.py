"""Constructs that models must not use, because the engines differ and no rewrite can make them agree.

Only constructs that can be detected without false positives. Each finding says what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import exp

from pinterest_platform.catalog import pseudonymised, query
from pinterest_platform.catalog.errors import ModelError
from pinterest_platform.catalog.rewrites import TIMESTAMP_FORMATS, is_try_to_timestamp, outside_order

_DIFFERING_FUNCTIONS: dict[type[exp.Expr], str] = {
    exp.FromJson: "FROM_JSON differs between the engines; parse JSON at ingestion, into columns of the record",
    exp.SafeAdd: "TRY_ADD differs between the engines; CAST one side to a DECIMAL that is wide enough",
    exp.SafeSubtract: "TRY_SUBTRACT differs between the engines; CAST one side to a DECIMAL that is wide enough",
    exp.SafeMultiply: "TRY_MULTIPLY differs between the engines; CAST one side to a DECIMAL that is wide enough",
    exp.PercentileDisc: "PERCENTILE_DISC differs for even counts; write MEDIAN(x) or PERCENTILE_CONT",
    exp.ApproxQuantile: "approximate percentiles differ between engines and runs; write MEDIAN(x) or PERCENTILE_CONT",
    exp.Escape: "LIKE with ESCAPE differs between the engines; write RLIKE with a raw string r'...'",
}
_ZONED = (exp.DType.TIMESTAMP, exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ)
_ROUNDED = (exp.Round, exp.Floor, exp.Ceil, exp.Trunc, exp.IntDiv)
_FRACTIONS = (exp.DType.DOUBLE, exp.DType.FLOAT, exp.DType.DECIMAL)
_REGEXPS = (exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace)


def check(tree: exp.Query, typed: exp.Query, file: str, first_line: int) -> None:
    """Raise ModelError for the first construct that differs between the engines; `typed` is the resolved tree."""
    _raise_first([*_pseudonyms(tree), *_unrenderable(tree), *_differing(tree), *_conversions(typed)], file, first_line)


def check_renderable(tree: exp.Query, file: str) -> None:
    """Raise ModelError for the first construct that cannot be translated for both engines at all."""
    _raise_first([*_pseudonyms(tree), *_unrenderable(tree)], file, 1)


def _raise_first(findings: Iterable[tuple[exp.Expr, str]], file: str, first_line: int) -> None:
    found = sorted(findings, key=lambda finding: query.line(finding[0]))
    for node, reason in found[:1]:
        raise ModelError(file, first_line + query.line(node) - 1, reason)


def _unrenderable(tree: exp.Query) -> Iterator[tuple[exp.Expr, str]]:
    for node in tree.walk():
        if isinstance(node, exp.Select) and node.args.get("qualify"):
            yield from _qualify(node)
        elif is_try_to_timestamp(node) and not _known_format(node):
            known = ", ".join(f'"{pattern}"' for pattern in TIMESTAMP_FORMATS)
            yield node, f"TRY_TO_TIMESTAMP must have one of the formats {known}: others differ between the engines"


def _pseudonyms(tree: exp.Query) -> Iterator[tuple[exp.Expr, str]]:
    for call in pseudonymised.calls(tree):
        if len(call.expressions) != 1:
            yield call, "PSEUDONYM takes exactly one text: PSEUDONYM(first_name)"


def _differing(tree: exp.Query) -> Iterator[tuple[exp.Expr, str]]:
    for node in tree.walk():
        if type(node) in _DIFFERING_FUNCTIONS:
            yield node, _DIFFERING_FUNCTIONS[type(node)]
        elif _is_plain_trim(node):
            yield (
                node,
                (
                    "TRIM without characters keeps no-break spaces on Spark and removes them on DuckDB; write "
                    "TRIM(BOTH '<characters>' FROM x), or REGEXP_EXTRACT as in cleaned/pin.sql"
                ),
            )
        elif isinstance(node, exp.Like | exp.ILike) and "\\" in node.expression.name:
            yield node, "LIKE with a backslash differs between the engines; write RLIKE with a raw string r'...'"


def _qualify(select: exp.Select) -> Iterator[tuple[exp.Expr, str]]:
    group = select.args.get("group")
    if group is not None and group.args.get("all"):
        yield select.args["qualify"], "DuckDB does not support QUALIFY with GROUP BY ALL; name the columns in GROUP BY"
    if not outside_order(select):
        yield (
            select.args["order"],
            "ORDER BY with QUALIFY must name result columns only, because Spark sorts after QUALIFY; "
            "name the expression in SELECT, or rank in a WITH",
        )


def _conversions(typed: exp.Query) -> Iterator[tuple[exp.Expr, str]]:
    for cast in typed.find_all(exp.Cast):
        value = cast.this
        if cast.to.this in _ZONED:
            yield cast, "a TIMESTAMP depends on the session's time zone; write TIMESTAMP_NTZ"
        if not cast.is_type(*exp.DataType.INTEGER_TYPES) or value.type is None:
            continue
        if value.is_type(*_FRACTIONS) and not isinstance(value.unnest(), _ROUNDED):
            yield (
                cast,
                "DuckDB rounds a fraction that is cast to an integer, Spark truncates it; write FLOOR(x) or ROUND(x)",
            )
        if value.is_type(*exp.DataType.TEXT_TYPES) and not _guarded(cast):
            yield (
                cast,
                (
                    "a text such as '1.5' cast to an integer is 2 on DuckDB and NULL or an error on Spark; "
                    r"guard it: CASE WHEN x RLIKE r'^[0-9]+\z' THEN TRY_CAST(x AS BIGINT) END"
                ),
            )


def _guarded(cast: exp.Cast) -> bool:
    """Whether a regular expression guards this cast: inside it, in its CASE branch, or in its WHERE."""
    if cast.this.find(*_REGEXPS):
        return True
    node: exp.Expr | None = cast
    while node is not None:
        parent = node.parent
        if isinstance(parent, exp.If) and node is not parent.this and parent.this.find(exp.RegexpLike):
            return True
        if isinstance(parent, exp.Select) and any(
            clause is not None and clause.find(exp.RegexpLike)
            for clause in (parent.args.get("where"), parent.args.get("qualify"))
        ):
            return True
        node = parent
    return False


def _is_plain_trim(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.upper() == "BTRIM" and len(node.expressions) == 1
    return isinstance(node, exp.Trim) and node.args.get("expression") is None


def _known_format(node: exp.Expr) -> bool:
    arguments = node.expressions
    return (
        len(arguments) == 2
        and isinstance(arguments[1], exp.Literal | exp.RawString)
        and arguments[1].name in TIMESTAMP_FORMATS
    )
