"""Stacked bars, with one color for each part: horizontal with one stack per line, or vertical for many over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pinterest_platform.report import words
from pinterest_platform.report.figures.svg import TEXT, WIDTH, Figure, Key, Scale, join, tag, text

_ROW = 42
_HEIGHT, _FOOT, _LEFT = 170.0, 22, 44


@dataclass(frozen=True)
class Stack:
    """One stack: its parts in the order of the names, None if unknown; `shown` is the text for the whole."""

    label: str
    parts: Sequence[float | None]
    shown: str = ""

    @property
    def whole(self) -> float:
        return sum(part or 0 for part in self.parts)


def lying(title: str, stacks: Sequence[Stack], names: Sequence[str]) -> Figure:
    """One line for each stack, below its label."""
    room = max((words.width(stack.shown) for stack in stacks), default=0) * TEXT + 10
    along = Scale(0, max((stack.whole for stack in stacks), default=0) or 1, 0, WIDTH - room)
    drawn = []
    for row, stack in enumerate(stacks):
        y, x = row * _ROW, 0.0
        drawn.append(text(words.fitted(stack.label, WIDTH / TEXT), 0, y + 12))
        for place, part in enumerate(stack.parts):
            length = along(part or 0)
            if length:
                drawn.append(tag("rect", x=x, y=y + 18.0, width=length, height=14, class_=f"hue{place}"))
            x += length
        drawn.append(text(stack.shown, x + 6, y + 29, "strong"))
    return Figure(title, _said(stacks), join(drawn), max(len(stacks), 1) * _ROW, keys=_keys(names))


def standing(title: str, stacks: Sequence[Stack], names: Sequence[str], unit: str) -> Figure:
    """Thin columns from left to right over one axis in `unit`; the first and last have labels."""
    up = Scale(0, max((stack.whole for stack in stacks), default=0) or 1, _HEIGHT - _FOOT, TEXT)
    drawn: list[Markup] = []
    for tick in up.ticks:
        y = up(tick)
        drawn.append(tag("line", x1=_LEFT, x2=WIDTH, y1=y, y2=y, class_="grid" if tick else "axis"))
        drawn.append(text(f"{tick:g} {unit}", _LEFT - 6, y + 4, "muted", "end"))
    step = (WIDTH - _LEFT) / max(len(stacks), 20)
    for number, stack in enumerate(stacks):
        low = 0.0
        for place, part in enumerate(stack.parts):
            if part and part > 0:
                x, y = _LEFT + number * step, up(low + part)
                drawn.append(
                    tag("rect", x=x + step * 0.1, y=y, width=step * 0.8, height=up(low) - y, class_=f"hue{place}")
                )
                low += part
    if stacks:
        drawn.append(text(stacks[0].label, _LEFT, _HEIGHT - 5, "muted"))
    if len(stacks) > 1:
        drawn.append(text(stacks[-1].label, WIDTH, _HEIGHT - 5, "muted", "end"))
    return Figure(title, _said(stacks[-1:]), join(drawn), _HEIGHT, keys=_keys(names))


def _keys(names: Sequence[str]) -> list[Key]:
    return [Key(f"hue{place}", name) for place, name in enumerate(names)]


def _said(stacks: Sequence[Stack]) -> str:
    return "; ".join(f"{stack.label} {stack.shown}".strip() for stack in stacks) or "Nothing to show."
