"""Lines that hold one record in something else, as SQL: what is taken out, and what is said of what is not.

Converters and producers wrap records: in a schema and a payload (JsonConverter with `schemas.enable`), in a JSON text
(a record that was encoded twice), or in the text of a payload (both). One record comes out, of the line's own offset.
A list of records has offsets for all but the first of them no place to come from, so it is rejected, and so is the body
of a request to a REST proxy.
"""

from __future__ import annotations

from pinterest_platform.schemas import RecordSchema

_SCHEMA, _PAYLOAD = "schema", "payload"


def opened(line: str, schema: RecordSchema) -> str:
    """SQL for the record that a line, valid JSON, holds; the line itself where it is no envelope."""
    text = _out_of_text(line)
    if {_SCHEMA, _PAYLOAD} & {column.name for column in schema.columns}:
        return text
    return f"list_transform([{text}], lambda held: {_out_of_envelope('held')})[1]"


def no_object(line: str) -> str:
    """SQL for why JSON is not one record, in words that are not of one database; null for an object."""
    return f"""CASE json_type({line})
        WHEN 'OBJECT' THEN CASE WHEN json_keys({line}) = ['records'] AND json_type({line}, '$.records') = 'ARRAY' THEN
            'the body of a request to a REST proxy, {{"records": [...]}}, and not a record: post it to the proxy'
        END
        WHEN 'ARRAY' THEN CASE WHEN json_type({line}, '$[0]') = 'OBJECT' THEN
            'not a JSON object but a list of ' || json_array_length({line}) || ': a line is one record, as it has one'
            || ' offset; send each as a record of its own'
        ELSE 'not a JSON object but a list' END
        WHEN 'VARCHAR' THEN 'not a JSON object but a text'
        WHEN 'NULL' THEN 'not a JSON object but null'
        WHEN 'BOOLEAN' THEN 'not a JSON object but ' || {line}
        ELSE 'not a JSON object but a number'
    END"""


def _out_of_text(value: str) -> str:
    """The JSON object in a JSON text; the value itself where it is something else."""
    inner = f"({value}->>'$')"
    # One after the other: the type of what is no JSON is an error.
    is_object = f"CASE WHEN json_valid({inner}) THEN json_type({inner}) = 'OBJECT' ELSE false END"
    return f"CASE WHEN json_type({value}) = 'VARCHAR' AND {is_object} THEN {inner} ELSE {value} END"


def _out_of_envelope(value: str) -> str:
    payload = f"json_extract({value}, '$.{_PAYLOAD}')::VARCHAR"
    is_envelope = f"json_type({value}) = 'OBJECT' AND list_sort(json_keys({value})) = ['{_PAYLOAD}', '{_SCHEMA}']"
    return f"CASE WHEN {is_envelope} THEN {_out_of_text(payload)} ELSE {value} END"
