"""Random values for every table: ids, days, and completely invalid rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

#: A row of a source, before writing.
Row = dict[str, Any]
_TOKEN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def words(text: str) -> list[str]:
    """Split a list that is written with commas."""
    return text.split(", ")


def scaled(count: int, scale: float) -> int:
    return max(1, round(count * scale))


def shares(counts: dict[str, int], total: int) -> list[str]:
    """Names in proportion to their counts, scaled to a total. Each appears at least once if the total allows it."""
    whole = sum(counts.values())
    found = {name: max(1, count * total // whole) for name, count in counts.items()}
    biggest = max(found, key=lambda name: found[name])
    found[biggest] = max(1, found[biggest] + total - sum(found.values()))
    return [name for name, count in found.items() for _ in range(count)][:total]


def each_at_most(dice: Random, count: int, total: int, most: int) -> list[int]:
    """`total` numbers below `count`. Each appears once if the total allows it, and none more often than `most`."""
    found = list(range(count))[:total]
    left = dict.fromkeys(range(count), most - 1)
    while len(found) < total:
        number = dice.randrange(count)
        if left[number]:
            left[number] -= 1
            found.append(number)
    dice.shuffle(found)
    return found


def uuid4(dice: Random) -> str:
    bits = f"{dice.getrandbits(128):032x}"
    return f"{bits[:8]}-{bits[8:12]}-4{bits[13:16]}-{'89ab'[int(bits[16], 16) % 4]}{bits[17:20]}-{bits[20:]}"


def day(dice: Random, first: date, last: date) -> date:
    return first + timedelta(days=dice.randrange((last - first).days + 1))


def other_forms(dice: Random, rows: Sequence[Row], column: str, count: int) -> None:
    """Write some of the ISO dates in the three other forms, each form at least once."""
    for number, row in enumerate(dice.sample(rows, min(count, len(rows)))):
        found = date.fromisoformat(row[column])
        row[column] = found.strftime(("%Y/%m/%d", "%Y %B %d", "%B %Y %d")[number % 3])


def bad_rows(
    dice: Random, rows: Sequence[Row], nulls: int, tokens: int, index: str = "", *, keep_first: bool = False
) -> list[Row]:
    """The rows, mixed with invalid ones: every field is `NULL`, or a random token. `index` numbers all rows."""
    columns = [column for column in rows[0] if column != index]
    bad: list[Row] = [dict.fromkeys(columns, "NULL") for _ in range(nulls)]
    bad += [{column: "".join(dice.choices(_TOKEN, k=10)) for column in columns} for _ in range(tokens)]
    dice.shuffle(bad)
    mixed = list(rows)
    places = sorted(dice.sample(range(1 if keep_first else 0, len(rows) + len(bad)), len(bad)))
    for place, row in zip(places, bad, strict=True):
        mixed.insert(place, row)
    return [{index: number, **row} for number, row in enumerate(mixed)] if index else mixed
