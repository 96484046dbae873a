"""The default finding and chart of a result, from the shape of its rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from pinterest_platform.catalog import Model
from pinterest_platform.report import words
from pinterest_platform.report.figures.bars import Bar, bars
from pinterest_platform.report.figures.svg import Figure
from pinterest_platform.report.rows import Rows
from pinterest_platform.report.words import count, listed, short


def _shape(model: Model, rows: Rows) -> tuple[list[int], int] | None:
    """Places of a row's key columns and of its only number; None if rows do not have this shape."""
    names = [place for place, column in enumerate(model.columns) if column.name in model.key]
    others = [place for place in range(len(model.columns)) if place not in names]
    numeric = [place for place in others if all(_is_number(row[place]) for row in rows)]
    return (names, numeric[0]) if names and len(numeric) == 1 else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and value >= 0


def finding(model: Model, rows: Rows) -> str:
    """Names the rows with the highest number, or counts the rows."""
    shape = _shape(model, rows)
    if shape is None:
        return f"{words.number(len(rows), 'row')}."
    names, value = shape
    most = max(row[value] for row in rows)
    best = [_label(row, names) for row in rows if row[value] == most]
    noun = model.columns[value].name.replace("_", " ")
    told = f"{listed([words.name(each) for each in best])} {'has' if len(best) == 1 else 'have'}"
    return words.sentence(f"{told} the highest {noun}, {count(most)}, of {words.number(len(rows), 'row')}.")


def figure(model: Model, rows: Rows) -> Figure | None:
    """Ranked bars if each row has exactly one number, else None."""
    shape = _shape(model, rows)
    if shape is None:
        return None
    names, value = shape
    ranked = sorted(rows, key=lambda row: -row[value])
    most = ranked[0][value]
    items = [Bar(_label(row, names), float(row[value]), short(row[value]), row[value] == most) for row in ranked]
    return bars(words.sentence(model.columns[value].name.replace("_", " ")), items, "row")


def _label(row: Sequence[Any], names: Sequence[int]) -> str:
    return ", ".join(str(row[place]) for place in names)
