"""What converters and producers put around a record is taken off; what is not one record is rejected by its name."""

from __future__ import annotations

import json

import pytest

from pinterest_platform.schemas import Column, RecordSchema
from pinterest_platform_tests.landing.parsing import parse, parse_every_way
from pinterest_platform_tests.landing_data import Landing, pin

RECORD = json.loads(pin(7, title='é\u2028 "quoted"'))


def envelope(payload: object, schema: object = None) -> dict[str, object]:
    return {"schema": schema, "payload": payload}


@pytest.mark.parametrize(
    "wrapped",
    [
        envelope(RECORD, {"type": "struct", "fields": []}),
        envelope(RECORD),
        json.dumps(RECORD),
        envelope(json.dumps(RECORD), {"type": "string"}),
        json.dumps(envelope(RECORD)),
    ],
    ids=["schema and payload", "no schema", "JSON in a text", "text in a payload", "envelope in a text"],
)
def test_record_comes_out(landing: Landing, wrapped: object) -> None:
    landing.put(0, [pin(0), json.dumps(wrapped).encode(), pin(2)])
    outcome = parse_every_way(landing)
    assert not outcome.rejected
    assert {name: outcome.rows[1][name] for name in RECORD} == RECORD
    assert list(outcome.rows) == [0, 1, 2]


def test_offset_in_the_payload_counts(landing: Landing) -> None:
    landing.put(0, [json.dumps(envelope({**RECORD, "_offset": 40})).encode()])
    assert list(parse_every_way(landing).rows) == [40]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ([RECORD, RECORD], "a list of 2: a line is one record, as it has one offset; send each as a record of its own"),
        ([], "not a JSON object but a list"),
        (envelope([RECORD]), "a list of 1: a line is one record"),
        (envelope(None), "not a JSON object but null"),
        (json.dumps("text"), "not a JSON object but a text"),
        ({"records": [{"value": RECORD}]}, "the body of a request to a REST proxy"),
        ({"schema": 1, "payload": RECORD, "more": 1}, "index: missing or null"),
        (envelope({**RECORD, "index": "x"}), 'index: "x" is not a whole number'),
    ],
)
def test_what_is_no_record_is_rejected_by_name(landing: Landing, line: object, reason: str) -> None:
    landing.put(0, [pin(0), json.dumps(line).encode(), pin(2)])
    outcome = parse_every_way(landing)
    assert list(outcome.rows) == [0, 2]
    assert reason in outcome.reasons[1]
    assert outcome.rejected[0][2] == json.dumps(line), "the line is kept as it came"


def test_record_whose_fields_may_all_be_missing(landing: Landing) -> None:
    """Nothing of an envelope is a field of it, and still it is no record of nulls."""
    schema = RecordSchema("pin", "index", "Pins.", (Column("index", "bigint", "Position."),))
    landing.put(0, [json.dumps(envelope({"index": 5})).encode(), b"{}"])
    assert [row["index"] for row in parse(landing, schema=schema).fitting] == [5, None]


def test_record_that_has_a_payload_of_its_own(landing: Landing) -> None:
    columns = (Column("payload", "string", "What is sent."), Column("schema", "bigint", "Of which kind."))
    schema = RecordSchema("pin", "schema", "Pins.", columns)
    landing.put(0, [b'{"schema": 1, "payload": "{}"}'])
    assert [row["payload"] for row in parse_every_way(landing, schema=schema).fitting] == ["{}"]
