"""Dot plots: a few values as dots on one axis, which can be logarithmic, unlike the axis of bars."""

from __future__ import annotations

from collections.abc import Sequence

from pinterest_platform.report import words
from pinterest_platform.report.figures.bars import Bar
from pinterest_platform.report.figures.svg import TEXT, WIDTH, Figure, join, scale, tag, text

_ROW = 30
_MOST = 15


def dots(title: str, items: Sequence[Bar]) -> Figure:
    """A row for each value, in the given order."""
    shown = items[:_MOST]
    labels = min(max((words.width(bar.label) for bar in shown), default=0) * TEXT, 120)
    room = max((words.width(bar.shown) for bar in shown), default=0) * TEXT + 16
    at = scale([bar.value for bar in shown], labels + 20, WIDTH - room)
    bottom = len(shown) * _ROW + 4
    parts = []
    for tick in at.ticks if shown else []:
        x = at(tick)
        parts.append(tag("line", x1=x, x2=x, y1=0, y2=bottom, class_="grid"))
        parts.append(text(words.short(tick), x, bottom + 15, "muted", "middle"))
    for row, bar in enumerate(shown):
        y, x = row * _ROW + 16.0, at(bar.value)
        parts.append(text(words.fitted(bar.label, labels / TEXT + 0.5), 0, y + 4))
        parts.append(tag("line", x1=labels + 20, x2=x, y1=y, y2=y, class_="stem"))
        parts.append(tag("circle", cx=x, cy=y, r=6, class_="accent"))
        parts.append(text(bar.shown, x + 11, y + 4, "strong"))
    said = "; ".join(f"{bar.label} {bar.shown}" for bar in shown)
    note = "Each grid line is ten times the previous one." if at.logarithmic and shown else ""
    return Figure(title, said or "Nothing to show.", join(parts), bottom + 22, note=note)
