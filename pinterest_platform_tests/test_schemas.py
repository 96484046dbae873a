"""What a column and a record may declare, and what is said of a declaration that contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from pinterest_platform.schemas import Column, RecordSchema, SchemaError, Together

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"name": "a b"}, "column 'a b': name='a b' is not allowed; write letters, digits and _"),
    ({"type": "text"}, "type='text' is unknown; allowed are bigint, int, double, string, boolean, date, timestamp_ntz"),
    ({"minimum": 1}, "minimum=1 is not for a string; it is for bigint, int, double"),
    ({"type": "date", "maximum": 1}, "maximum=1 is not for a date; it is for bigint, int, double"),
    ({"type": "bigint", "pattern": "a"}, "pattern='a' is not for a bigint; it is for string"),
    ({"type": "double", "allowed": (1,)}, "allowed=(1,) is not for a double; it is for string, bigint, int"),
    ({"type": "bigint", "nulls": ("-",)}, "nulls=('-',) is not for a bigint; it is for string, date, timestamp_ntz"),
    ({"type": "boolean", "trim": True}, "trim=True is not for a boolean"),
    ({"pattern": "a", "allowed": ("a",)}, "column 'c': pattern and allowed are given; declare one of them"),
    ({"type": "int", "minimum": 1, "allowed": (1,)}, "minimum/maximum and allowed are given; declare one of them"),
    ({"pattern": "a.b"}, "column 'c': pattern 'a.b', position 1: the engines leave out different line ends"),
    ({"pattern": ""}, "column 'c': the pattern is empty"),
    ({"allowed": "GB"}, "allowed='GB' must be a tuple of different values"),
    ({"allowed": ["GB"]}, "allowed=['GB'] must be a tuple of different values"),
    ({"nulls": ("a", "a")}, "nulls=('a', 'a') must be a tuple of different values"),
    ({"allowed": (1,)}, "allowed=(1,) has 1, which is no text"),
    ({"type": "int", "allowed": (True,)}, "allowed=(True,) has True, which is no whole number"),
    ({"type": "int", "allowed": ("1",)}, "allowed=('1',) has '1', which is no whole number"),
    ({"allowed": ("a", " b"), "trim": True}, "allowed=('a', ' b') has ' b', whose white space trim takes off"),
    ({"nulls": ("\0",)}, "has '\\x00', whose characters cannot all be stored"),
    (
        {"forms": ("DD.MM.YY",)},
        "has 'DD.MM.YY'; allowed are YYYY-MM-DD, YYYY/MM/DD, YYYY Month DD, Month YYYY DD, YYYY",
    ),
    ({"type": "date", "forms": ("YYYY-MM-DD HH:MM:SS",)}, "has 'YYYY-MM-DD HH:MM:SS'; allowed are YYYY-MM-DD, YYYY/MM"),
    ({"wanted": "a code"}, "wanted='a code' says in words what a pattern is; declare a pattern, or leave it out"),
    ({"type": "double", "minimum": float("nan")}, "minimum=nan is no bound; leave it out where there is none"),
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
        (("a", "A"), "record 'r': two columns are named 'a'; large and small letters are one"),
        (("a", "_offset"), "record 'r': column '_offset' has a name that says where a row came from"),
        (("a", "Landing_File"), "record 'r': column 'Landing_File' has a name that says where a row came from"),
        (("b",), "record 'r': key='a' is no column; there are b"),
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
        ({"wanted": ""}, "rule 'day': wanted is empty; say in words what the pattern is"),
        (
            {"columns": ("a", "c")},
            "record 'r': rule 'day' is over 'c', which is not a required string; allowed are a, b",
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
