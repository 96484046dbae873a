"""A line is the row as JSON, whatever the text."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.pinterest.records import GEO, PIN, RECORDS
from pinterest_platform.posting.json_lines import encoded, opened_object

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.one_of(TEXT, st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False))


@settings(max_examples=100)
@given(st.lists(VALUES, min_size=len(PIN.columns), max_size=len(PIN.columns)))
def test_any_row(values):
    line = opened_object(PIN) % tuple(encoded(tuple(values))) + "}"
    assert "\n" not in line
    assert list(json.loads(line).items()) == list(zip((c.name for c in PIN.columns), values, strict=True))
    assert json.loads(line.encode().decode()) == json.loads(line)


def test_text_is_raw_utf8_and_datetimes_have_a_blank():
    line = opened_object(GEO) % tuple(encoded((3, "2018-01-02 03:04:05", -1.5, 20.0, "Côte 🎄\n"))) + "}"
    assert line == (
        '{"ind":3,"timestamp":"2018-01-02 03:04:05","latitude":-1.5,"longitude":20.0,"country":"Côte 🎄\\n"}'
    )


def test_every_kind_has_its_columns():
    for schema in RECORDS.values():
        row = tuple(range(len(schema.columns)))
        assert list(json.loads(opened_object(schema) % tuple(encoded(row)) + "}")) == [c.name for c in schema.columns]
