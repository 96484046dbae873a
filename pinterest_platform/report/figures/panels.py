"""Small multiples: one line chart for each group, all on the same scale, so that they can be compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pinterest_platform.report import words
from pinterest_platform.report.figures.svg import TEXT, WIDTH, Figure, Scale, join, scale, tag, text

_GAP = 16
_MOST = 15
#: Units above the line for a panel's name and numbers, and below all panels for the years.
_HEAD = 34
_FOOT = 16


@dataclass(frozen=True)
class Series:
    """One group: its values by year, in order; `marked` are the years in the finding."""

    name: str
    values: Sequence[tuple[int, float]]
    marked: frozenset[int] = frozenset()


def panels(title: str, series: Sequence[Series], *, across: int, height: float, noun: str) -> Figure:
    """A panel for each group, `across` panels in a row, each with the numbers of its first and last year."""
    shown = series[:_MOST]
    years = sorted({year for one in shown for year, _ in one.values})
    values = [value for one in shown for _, value in one.values]
    wide = (WIDTH - _GAP * (across - 1)) / across
    along = Scale(years[0], years[-1], 5, wide - 5) if years else Scale(0, 0, 5, 5)
    up = _up(values, height)
    parts = []
    for place, one in enumerate(shown):
        row, column = divmod(place, across)
        # The years are below the last panel of each column.
        panel = _panel(one, along, up, wide, height, with_years=place + across >= len(shown))
        parts.append(tag("g", panel, transform=f"translate({column * (wide + _GAP):.1f} {row * height:.1f})"))
    said = "; ".join(
        f"{one.name}: " + ", ".join(f"{year} {words.short(value)}" for year, value in one.values) for one in shown
    )
    rest = len(series) - len(shown)
    notes = [f"The table lists another {words.number(rest, noun)}."] if rest else []
    if up.logarithmic:
        notes.append("The axes are logarithmic: equal distances are equal factors, in every panel.")
    elif up.low:
        notes.append(f"The axes start at {words.short(up.low)}, not at 0.")
    rows = -(-len(shown) // across)
    return Figure(title, said or "Nothing to show.", join(parts), rows * height + _FOOT, note=" ".join(notes))


def _up(values: Sequence[float], height: float) -> Scale:
    """The scale from the bottom of a panel to its numbers. Unlike a bar, a line can start above 0."""
    up = scale(values, height - 12, _HEAD)
    low = min(values, default=0) if len(set(values)) > 1 else 0
    step = 10 ** math.floor(math.log10(low)) if low > 0 else 1
    return up if up.logarithmic else Scale(math.floor(low / step) * step, up.high, up.start, up.end)


def _panel(one: Series, along: Scale, up: Scale, wide: float, height: float, *, with_years: bool) -> Markup:
    floor = height - 6
    parts = [
        text(words.fitted(one.name, (wide + _GAP - 4) / TEXT), 0, TEXT, "strong"),
        tag("line", x1=0, x2=wide, y1=floor, y2=floor, class_="axis"),
    ]
    points = [(along(year), up(value)) for year, value in one.values]
    if len(points) > 1:
        parts.append(tag("polyline", points=" ".join(f"{x:.1f},{y:.1f}" for x, y in points), class_="line"))
    for (year, _), (x, y) in zip(one.values, points, strict=True):
        strong = year in one.marked
        parts.append(tag("circle", cx=x, cy=y, r=4 if strong else 2.2, class_="accent" if strong else "point"))
    ends = [(one.values[0], points[0], "start")] if points else []
    if len(points) > 1:
        ends.append((one.values[-1], points[-1], "end"))
    for (year, value), (x, y), side in ends:
        edge = x - 5 if side == "start" else x + 5
        parts.append(text(words.short(value), edge, y - 7, "halo", side))
        if with_years:
            parts.append(text(str(year), edge, floor + TEXT + 3, "muted", side))
    return join(parts)
