"""Lines that wrap one record, as SQL: unwrapping them, and the reasons for those that are not one record.

Converters and producers wrap records in three ways: in a schema and a payload (JsonConverter with `schemas.enable`), in
a JSON text (encoded twice), or both. Unwrapping yields one record at the line's own offset.

In a list of records, only the first could have an offset, so a list is rejected. So is the body of a request to a REST
proxy.
"""

from __future__ import annotations

from pinterest_platform.schemas import RecordSchema

_SCHEMA, _PAYLOAD = "schema", "payload"


def opened(line: str, schema: RecordSchema) -> str:
    """SQL for the record in a line of valid JSON; the line itself if it is not an envelope."""
    text = _out_of_text(line)
    if {_SCHEMA, _PAYLOAD} & {column.name for column in schema.columns}:
        return text
    return f"list_transform([{text}], lambda held: {_out_of_envelope('held')})[1]"


def no_object(line: str) -> str:
    """SQL for why JSON is not one record, independent of any database's wording; null for an object."""
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
    """The JSON object in a JSON text; the value itself if it is anything else."""
    inner = f"({value}->>'$')"
    # Checked in this order: asking for the type of invalid JSON is an error.
    is_object = f"CASE WHEN json_valid({inner}) THEN json_type({inner}) = 'OBJECT' ELSE false END"
    return f"CASE WHEN json_type({value}) = 'VARCHAR' AND {is_object} THEN {inner} ELSE {value} END"


def _out_of_envelope(value: str) -> str:
    payload = f"json_extract({value}, '$.{_PAYLOAD}')::VARCHAR"
    is_envelope = f"json_type({value}) = 'OBJECT' AND list_sort(json_keys({value})) = ['{_PAYLOAD}', '{_SCHEMA}']"
    return f"CASE WHEN {is_envelope} THEN {_out_of_text(payload)} ELSE {value} END"
