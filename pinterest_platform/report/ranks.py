"""Replaces names of persons by ranks, for readers of a result who do not need the names."""

from __future__ import annotations

from pinterest_platform.catalog import Model
from pinterest_platform.report.rows import Rows

_NUMBERS = ("bigint", "int", "double", "decimal")


def with_ranks(model: Model, rows: Rows) -> Rows:
    """The rows, with each personal text replaced by a rank. `#1` has the highest value in the first numeric column
    outside the key. If values are equal, the first row has the better rank."""
    personal = [n for n, column in enumerate(model.columns) if column.personal and column.type == "string"]
    if not personal:
        return rows
    measures = [
        n for n, column in enumerate(model.columns) if _is_measure(column.type) and column.name not in model.key
    ]
    ranks = {place: _ranks(rows, place, measures[:1]) for place in personal}
    return [tuple(ranks[n].get(value, value) if n in ranks else value for n, value in enumerate(row)) for row in rows]


def _is_measure(kind: str) -> bool:
    return kind.startswith(_NUMBERS)


def _ranks(rows: Rows, place: int, measures: list[int]) -> dict[object, str]:
    most: dict[object, list[float]] = {}
    for row in rows:
        if row[place] is not None:
            amounts = [float(row[n]) for n in measures if row[n] is not None]
            most[row[place]] = max(amounts, most.get(row[place], amounts))
    ranked = sorted(most, key=lambda value: [-amount for amount in most[value]] or [0.0])
    return {value: f"#{rank}" for rank, value in enumerate(ranked, start=1)}
