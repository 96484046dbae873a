"""Formats numbers, names and lists for sentences and charts. `findings` writes the sentences."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import datetime


def count(value: float) -> str:
    """A number in full: `11,154`, `22,500`, `3.5`."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def short(value: float) -> str:
    """A short number, like a follower count: `437`, `2,000`, `22.5k`, `15M`; above 10,000 rounded to three digits."""
    for size, unit in ((1_000_000, "M"), (1_000, "k")):
        if value >= max(size, 10_000):
            digits = f"{value / size:.3g}" if value / size < 1_000 else f"{value / size:,.0f}"
            return f"{digits}{unit}"
    return count(value)


def number(value: int, noun: str) -> str:
    """A number with a noun: `1 post`, `2 posts`, `no posts`."""
    said = {"country": "countries", "category": "categories"}.get(noun, f"{noun}s")
    return f"1 {noun}" if value == 1 else f"{count(value) if value else 'no'} {said}"


def listed(names: Sequence[str], most: int = 4) -> str:
    """Names as a list in a sentence, at most `most`: `a, b and c`, `a, b and 7 others`."""
    shown = list(names) if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} others"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def name(text: object, most: int = 40) -> str:
    """A name from the data, for a sentence: on one line, shortened to `most` characters."""
    said = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
    return said if len(said) <= most else said[: most - 1].rstrip() + "…"


def sentence(text: str) -> str:
    """The text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def years(values: Sequence[int]) -> str:
    """Years in a sentence, consecutive ones as a span: `in 2018`, `from 2018 to 2022`, `in 2018 and 2020`."""
    if len(values) > 2 and values[-1] - values[0] == len(values) - 1:
        return f"from {values[0]} to {values[-1]}"
    return f"in {listed([str(value) for value in values])}"


def moment(value: datetime) -> str:
    """A time in UTC to the minute."""
    return f"{value:%Y-%m-%d %H:%M}"


def duration(seconds: float | None) -> str:
    """Seconds in a suitable unit: `0.4 s`, `12 min`, `3 h`; empty if unknown."""
    if seconds is None:
        return ""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"


def width(text: str) -> float:
    """Approximate width of a text, in ems."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" or ord(c) > 0xFFFF for c in text)
    capital = sum(c.isupper() for c in text)
    return 0.66 * (len(text) - wide) + 1.2 * wide + 0.2 * capital


def fitted(text: str, ems: float) -> str:
    """The text on one line, shortened to a width."""
    text = name(text, len(text) + 1)
    if width(text) <= ems:
        return text
    while text and width(text) > ems - 1:
        text = text[:-1]
    return text.rstrip() + "…"
