"""Finds the changes in a result between two readings: new rows, missing rows, changed values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pinterest_platform.catalog import Model
from pinterest_platform.report import words
from pinterest_platform.report.rows import Rows

_MOST = 10


@dataclass(frozen=True)
class Changes:
    """`summary` counts the changes; `lines` describes the first ten."""

    summary: str
    lines: Sequence[str]


def changes(model: Model, before: Rows, after: Rows) -> Changes:
    """Compare the rows of a result by its key; rows with equal keys in their order."""
    then, now = _by_key(model, before), _by_key(model, after)
    came = [f"new: {_said(model, row)}" for key, row in now.items() if key not in then]
    went = [f"gone: {_said(model, row)}" for key, row in then.items() if key not in now]
    other = [_difference(model, then[key], row) for key, row in now.items() if key in then and then[key] != row]
    if not (came or went or other):
        return Changes("Nothing changed.", [])
    counted = ((len(other), "changed"), (len(came), "new"), (len(went), "gone"))
    told = [f"{words.number(n, 'row')} {what}" for n, what in counted if n]
    lines = [*other, *came, *went]
    rest = [f"and {words.count(len(lines) - _MOST)} more"] if len(lines) > _MOST else []
    return Changes(f"{words.listed(told)}.", [*lines[:_MOST], *rest])


def _by_key(model: Model, rows: Rows) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    places = [place for place, column in enumerate(model.columns) if column.name in model.key]
    return {tuple(row[place] for place in places): row for row in rows}


def _difference(model: Model, before: tuple[Any, ...], after: tuple[Any, ...]) -> str:
    columns = [column.name for column in model.columns]
    key = ", ".join(_value(value) for name, value in zip(columns, after, strict=True) if name in model.key)
    parts = [
        f"{name.replace('_', ' ')} {_value(old)} → {_value(new)}"
        for name, old, new in zip(columns, before, after, strict=True)
        if old != new
    ]
    return f"{key}: {', '.join(parts)}" if key else ", ".join(parts)


def _said(model: Model, row: tuple[Any, ...]) -> str:
    pairs = zip(model.columns, row, strict=True)
    return ", ".join(
        f"{_value(v)}" if c.name in model.key else f"{c.name.replace('_', ' ')} {_value(v)}" for c, v in pairs
    )


def _value(value: object) -> str:
    """A value for people: a number in full unless it may be a year, a name shortened."""
    if isinstance(value, float) or (isinstance(value, int) and value >= 10_000):
        return words.count(value)
    return words.name(value)
