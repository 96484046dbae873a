"""Converts rows of a database driver into rows of a posting, whose values JSON can represent in the declared types.

A driver chooses Python types by the column's type: decimals, datetimes, bytes for BIT, text for MySQL's 0000-00-00. If
the declared type cannot hold a value, only its row is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence, Set
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pinterest_platform.patterns import forms_pattern
from pinterest_platform.posting.postings import RefusedRow, Row, Value
from pinterest_platform.schemas import HIDDEN, Column, RecordSchema

#: Characters of a value that messages show.
_SHOWN = 80
#: Up to this number, a double holds each whole number exactly.
_EXACT = 2**53

#: Converts a value to the declared type. Raises ValueError if this is impossible.
_Convert = Callable[[Any], Value]


class RowReader:
    """Reads rows of the table of one record kind. `unsigned` names its columns of MySQL's types BIT and BIGINT
    UNSIGNED. BIT values arrive as bytes. Both types have numbers above those of signed 64 bits."""

    def __init__(self, schema: RecordSchema, unsigned: Set[str] = frozenset()) -> None:
        self._schema, self._unsigned = schema, unsigned
        self._key_at = [column.name for column in schema.columns].index(schema.key)
        #: Which values are converted and how, by the types of a row's values. Most rows of a table have the same types.
        self._plans: dict[tuple[type, ...], list[tuple[int, _Convert]]] = {}

    def read(self, row: tuple[Any, ...]) -> Row | RefusedRow:
        """The row with each value in its declared type. Refused if a value cannot be converted."""
        types = tuple(map(type, row))
        plan = self._plans.get(types)
        if plan is None:
            plan = self._plans[types] = self._plan(types)
        if not plan:
            return row
        values = list(row)
        try:
            for at, convert in plan:
                values[at] = convert(values[at])
        except ValueError:
            return self._refused(row, dict(plan))
        return tuple(values)

    def _plan(self, types: Sequence[type]) -> list[tuple[int, _Convert]]:
        columns = zip(self._schema.columns, types, strict=True)
        return [(at, convert) for at, (column, kind) in enumerate(columns) if (convert := self._convert(column, kind))]

    def _convert(self, column: Column, kind: type) -> _Convert | None:
        """The conversion of a Python type to the type of the column. None if none is needed."""
        if kind is type(None):
            return _refuse if column.required else None
        if column.name in self._unsigned and column.type in ("bigint", "double") and kind in (bytes, int):
            return _bits if kind is bytes else _whole
        return _CONVERSIONS[column.type].get(kind, _refuse)

    def _refused(self, row: Sequence[Any], plan: Mapping[int, _Convert]) -> RefusedRow:
        values: list[Value] = []
        wrong = []
        for at, (column, value) in enumerate(zip(self._schema.columns, row, strict=True)):
            try:
                values.append(plan[at](value) if at in plan else value)
            except ValueError:
                shown = None if value is None else _shown(value)
                values.append(shown)
                told = HIDDEN if column.personal else shown
                told = f"{told}, not {_WANTED[column.type]}" if shown else "NULL, and it is required"
                wrong.append(f"column {column.name} is {told}")
        schema, key = self._schema, row[self._key_at]
        return RefusedRow(
            tuple(values),
            f"table {schema.source_table}, {schema.key} {key}: {'; '.join(wrong)}. "
            "Correct the row in the source, then post it again with --start and --stop",
        )


def _shown(value: Any) -> str:
    """A value as text, for messages."""
    text = repr(value) if isinstance(value, str | bytes) else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _refuse(_: Any) -> Value:
    raise ValueError


def _whole(value: int) -> int:
    if not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _whole_of(value: Decimal | float) -> int:
    if value != (whole := int(value)) or (isinstance(value, float) and abs(value) > _EXACT):
        raise ValueError
    return _whole(whole)


def _bits(value: bytes) -> int:
    return _whole(int.from_bytes(value, "big"))


def _double(value: float | Decimal) -> float:
    if not math.isfinite(number := float(value)):
        raise ValueError
    return number


def _moment(value: datetime) -> str:
    if value.tzinfo:
        raise ValueError
    return value.isoformat(" ")


def _midnight(value: date) -> str:
    return f"{value.isoformat()} 00:00:00"


def _moment_of(value: str) -> str:
    if not _MOMENT.fullmatch(value):
        raise ValueError
    return value


_MOMENT = re.compile(forms_pattern(Column("moment", "timestamp_ntz", "").read_forms), re.ASCII)
#: The conversion of a value to the declared type, by the declared type and the value's type. None if none is needed.
_CONVERSIONS: Mapping[str, Mapping[type, _Convert | None]] = {
    "bigint": {int: None, Decimal: _whole_of, float: _whole_of},
    "double": {int: None, float: _double, Decimal: _double},
    "string": {str: None, int: str, float: str, Decimal: str, datetime: _moment, date: date.isoformat},
    "timestamp_ntz": {datetime: _moment, date: _midnight, str: _moment_of},
}
_WANTED = {
    "bigint": "a whole number of 64 bits",
    "double": "a number",
    "string": "a text",
    "timestamp_ntz": "a date and time such as 2018-01-31 23:59:59",
}
