"""What a column and a record may declare, and what is said of a declaration that contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_platform.schemas import Column, RecordSchema, SchemaError, Together

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "a b"}, "column 'a b': name='a b' is not allowed; use letters, digits and _"),
    ({"type": "text"}, "type='text' is unknown; allowed: bigint, int, double, string, boolean, date, timestamp_ntz"),
    ({"minimum": 1}, "minimum=1 is not for a string; it is for bigint, int, double"),
    ({"type": "date", "maximum": 1}, "maximum=1 is not for a date; it is for bigint, int, double"),
    ({"type": "bigint", "pattern": "a"}, "pattern='a' is not for a bigint; it is for string"),
    ({"type": "double", "allowed": (1,)}, "allowed=(1,) is not for a double; it is for string, bigint, int"),
    ({"type": "bigint", "nulls": ("-",)}, "nulls=('-',) is not for a bigint; it is for string, date, timestamp_ntz"),
    ({"type": "boolean", "trim": True}, "trim=True is not for a boolean"),
    ({"pattern": "a", "allowed": ("a",)}, "column 'c': pattern and allowed are both declared; declare only one"),
    ({"type": "int", "minimum": 1, "allowed": (1,)}, "minimum/maximum and allowed are both declared; declare only one"),
    ({"pattern": "a.b"}, "column 'c': pattern 'a.b', position 1: the engines differ in which line ends it matches"),
    ({"pattern": ""}, "column 'c': the pattern is empty"),
    ({"allowed": "GB"}, "allowed='GB' must be a tuple of different values"),
    ({"allowed": ["GB"]}, "allowed=['GB'] must be a tuple of different values"),
    ({"nulls": ("a", "a")}, "nulls=('a', 'a') must be a tuple of different values"),
    ({"allowed": (1,)}, "allowed=(1,) has 1, which is not a text"),
    ({"type": "int", "allowed": (True,)}, "allowed=(True,) has True, which is not an integer"),
    ({"type": "int", "allowed": ("1",)}, "allowed=('1',) has '1', which is not an integer"),
    ({"allowed": ("a", " b"), "trim": True}, "allowed=('a', ' b') has ' b', but trim removes white space"),
    ({"nulls": ("\0",)}, "has '\\x00', which contains characters that cannot be stored"),
    (
        {"forms": ("DD.MM.YY",)},
        "has 'DD.MM.YY'; allowed: YYYY-MM-DD, YYYY/MM/DD, YYYY Month DD, Month YYYY DD, YYYY",
    ),
    ({"type": "date", "forms": ("YYYY-MM-DD HH:MM:SS",)}, "has 'YYYY-MM-DD HH:MM:SS'; allowed: YYYY-MM-DD, YYYY/MM"),
    ({"wanted": "a code"}, "wanted='a code' describes a pattern in words; declare a pattern, or leave it out"),
    ({"type": "double", "minimum": float("nan")}, "minimum=nan is not a bound; leave it out for no bound"),
    ({"type": "bigint", "minimum": 2, "maximum": 1}, "column 'c': minimum=2 is above maximum=1"),
]


@pytest.mark.parametrize(("options", "told"), WRONG)
def test_declared_wrongly(options: dict[str, Any], told: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Column(**({"name": "c", "type": "string", "description": ""} | options))
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("a", "A"), "record 'r': two columns are named 'a'; names are not case-sensitive"),
        (("a", "_offset"), "record 'r': column '_offset' has a reserved name; rename it"),
        (("a", "Landing_File"), "record 'r': column 'Landing_File' has a reserved name; rename it"),
        (("b",), "record 'r': key='a' is not a column; the columns are b"),
    ],
)
def test_record_declared_wrongly(names: tuple[str, ...], told: str) -> None:
    with pytest.raises(SchemaError) as caught:
        RecordSchema("r", "a", "", tuple(Column(name, "string", "") for name in names))
    assert told == str(caught.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": "A b"}, "rule 'A b': the name is not lower_snake_case"),
        ({"columns": ("a",)}, "rule 'day': columns=('a',) must be two or more different columns"),
        ({"columns": ("a", "a")}, "rule 'day': columns=('a', 'a') must be two or more different columns"),
        ({"pattern": "a.b"}, "rule 'day': pattern 'a.b', position 1"),
        ({"wanted": ""}, "rule 'day': wanted is empty; describe the pattern in words"),
        (
            {"columns": ("a", "c")},
            "record 'r': rule 'day' covers 'c', which is not a required string; allowed: a, b",
        ),
    ],
)
def test_rule_over_columns_declared_wrongly(changes: dict[str, Any], told: str) -> None:
    columns = tuple(Column(name, "string", "", required=name != "c") for name in "abc")
    given = {"name": "day", "columns": ("a", "b"), "pattern": "1-1", "wanted": "a day"} | changes
    with pytest.raises(SchemaError) as caught:
        RecordSchema("r", "a", "", columns, together=(Together(**given),))
    assert told in str(caught.value)


def test_rules_over_columns_have_names_of_their_own() -> None:
    rule = Together("day", ("a", "b"), "1-1", "a day")
    columns = tuple(Column(name, "string", "", required=True) for name in "ab")
    with pytest.raises(SchemaError, match="record 'r': two rules are named 'day'; rename one"):
        RecordSchema("r", "a", "", columns, together=(rule, rule))
