"""Bar charts: horizontal bars, ranked, with names and numbers; and vertical columns, for few values in their order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinterest_platform.report import words
from pinterest_platform.report.figures.svg import TEXT, WIDTH, Figure, Scale, join, tag, text

#: Most bars in a chart, and fewer if names are above them. Most units for names before bars.
_MOST = 15
_MOST_ABOVE = 10
_NAMES = 150


@dataclass(frozen=True)
class Bar:
    """One value with its text `shown`. `strong` marks values in the finding. `group` is a short name before `label`."""

    label: str
    value: float
    shown: str
    strong: bool = False
    group: str = ""


def bars(title: str, items: Sequence[Bar], noun: str) -> Figure:
    """Horizontal bars in the given order, at most the first few; `noun` names one of them. Long names are above their
    bars, short ones before them."""
    names = max((words.width(f"{bar.group}  {bar.label}") for bar in items[:_MOST]), default=0) * TEXT
    above = names > _NAMES
    shown = items[: _MOST_ABOVE if above else _MOST]
    start = 0.0 if above else names + 8
    room = max((words.width(bar.shown) for bar in shown), default=0) * TEXT + 8
    at = _from_zero([bar.value for bar in items], start, WIDTH - room)
    row_height, top = (36, 18) if above else (22, 0)
    groups = max((words.width(bar.group) for bar in shown), default=0) * TEXT
    left = groups + 8 if groups else 0.0
    parts = []
    for row, bar in enumerate(shown):
        y, strong = row * row_height, "strong" if bar.strong else ""
        if bar.group:
            parts.append(text(bar.group, 0, y + 15, "muted"))
        parts.append(text(words.fitted(bar.label, (WIDTH if above else _NAMES + 8) / TEXT), left, y + 15, strong))
        length = max(at(bar.value) - start, 1)
        style = "accent" if bar.strong else "quiet"
        parts.append(tag("rect", x=start, y=y + top + 4, width=length, height=14 if not above else 10, class_=style))
        parts.append(text(bar.shown, start + length + 5, y + top + (15 if not above else 13), strong))
    said = "; ".join(f"{bar.group} {bar.label} {bar.shown}".strip() for bar in shown)
    rest = len(items) - len(shown)
    note = f"The table lists another {words.number(rest, noun)}" if rest else ""
    return Figure(title, said or "Nothing to show.", join(parts), max(len(shown), 1) * row_height, note=note)


def columns(title: str, items: Sequence[Bar]) -> Figure:
    """Vertical columns from left to right; if there are too many, the last ones."""
    shown = items[-_MOST:]
    height, foot, head = 150.0, 20, 18
    at = _from_zero([bar.value for bar in shown], height - foot, head)
    step = WIDTH / max(len(shown), 3)
    parts = [tag("line", x1=0, x2=WIDTH, y1=height - foot, y2=height - foot, class_="axis")]
    for place, bar in enumerate(shown):
        middle, top = (place + 0.5) * step, at(bar.value)
        style = "accent" if bar.strong else "quiet"
        parts.append(
            tag("rect", x=middle - step * 0.36, y=top, width=step * 0.72, height=height - foot - top, class_=style)
        )
        ems = step / TEXT
        parts.append(text(words.fitted(bar.shown, ems), middle, top - 5, "strong" if bar.strong else "", "middle"))
        parts.append(text(words.fitted(bar.label, ems), middle, height - 5, "", "middle"))
    said = "; ".join(f"{bar.label} {bar.shown}" for bar in shown)
    return Figure(title, said or "Nothing to show.", join(parts), height)


def _from_zero(values: Sequence[float], start: float, end: float) -> Scale:
    """A scale that starts at 0, because the length of a bar shows its value."""
    return Scale(0, max(values, default=0) or 1, start, end)
