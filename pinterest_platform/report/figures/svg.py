"""Elements of all charts: escaped SVG elements, the figure with its title and description, scales.

A figure is 360 units wide, so that its text is readable on a phone. Its `title` and `description` contain everything
that it shows, for readers who cannot see it. Colors are classes of `figures.css.j2`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

WIDTH = 360
#: Size of text, in units.
TEXT = 12


@cache
def templates() -> Environment:
    """The templates of this package. They escape all values except `Markup`."""
    return Environment(
        loader=PackageLoader("pinterest_platform.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True)
class Key:
    """The legend of one color; `style` is its class."""

    style: str
    label: str
    detail: str = ""


@dataclass(frozen=True)
class Figure:
    """A chart of `height` by `width` units. `note` says what it leaves out; `keys` is its legend."""

    title: str
    description: str
    body: Markup
    height: float
    width: float = WIDTH
    keys: Sequence[Key] = ()
    note: str = ""


def tag(element: str, content: str = "", **attributes: object) -> Markup:
    """An element. `content` is escaped unless it is Markup; `class_` becomes `class`, `font_size` becomes `font-size`.
    Characters that XML does not allow are removed."""
    said = Markup("").join(
        Markup(' {}="{}"').format(name.strip("_").replace("_", "-"), _number(value))
        for name, value in attributes.items()
        if value != ""
    )
    inner = content if isinstance(content, Markup) else escape("".join(c for c in content if c >= " "))
    return (
        Markup("<{0}{1}>{2}</{0}>").format(Markup(element), said, inner)
        if inner
        else Markup("<{0}{1}/>").format(Markup(element), said)
    )


def text(content: str, x: float, y: float, class_: str = "", anchor: str = "") -> Markup:
    return tag("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def join(parts: Sequence[Markup]) -> Markup:
    return Markup("").join(parts)


def inline(figure: Figure, identity: str) -> Markup:
    """The chart as an element of a page, on which `identity` must be unique."""
    title = tag("title", figure.title, id=f"{identity}-title")
    description = tag("desc", figure.description, id=f"{identity}-desc")
    return tag(
        "svg",
        title + description + figure.body,
        viewBox=f"0 0 {_number(figure.width)} {_number(figure.height)}",
        role="img",
        aria_labelledby=f"{identity}-title {identity}-desc",
        class_="map" if figure.width > WIDTH else "",
    )


def standalone(figure: Figure) -> str:
    """The chart as a separate file, with its legend, on a light background."""
    top = 14.0 + TEXT
    below = 20.0 * len(figure.keys) + (20 if figure.note else 0)
    scale = 2 * WIDTH / figure.width if figure.width > WIDTH else 1.0
    width, height = figure.width * scale, top + figure.height * scale + below + 12
    style = templates().get_template("figures.css.j2").render(dark=False)
    parts = [
        tag("title", figure.title),
        tag("desc", figure.description),
        tag("style", Markup(style)),
        tag("rect", width=width + 24, height=height, class_="ground"),
        text(figure.title, 12, 20, "strong"),
        tag("g", figure.body, transform=f"translate(12 {top}) scale({_number(scale)})"),
    ]
    y = top + figure.height * scale + 8
    for key in figure.keys:
        parts.append(tag("rect", x=12, y=y, width=14, height=12, class_=key.style))
        parts.append(text(f"{key.label}  {key.detail}", 32, y + 11))
        y += 20
    if figure.note:
        parts.append(text(figure.note, 12, y + 11, "muted"))
    return str(
        tag(
            "svg",
            join(parts),
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {_number(width + 24)} {_number(height)}",
            width=width + 24,
            height=height,
        )
    )


def data_address(figure: Figure) -> str:
    """The chart as a data URL, for places that accept an image but no markup."""
    return "data:image/svg+xml;base64," + base64.b64encode(standalone(figure).encode()).decode()


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` to places from `start` to `end`. On a logarithmic scale, `low` also stands for
    all values below it."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def __call__(self, value: float) -> float:
        low, high = self.low, self.high
        if self.logarithmic:
            value, low, high = (math.log10(max(each, self.low)) for each in (value, low, high))
        share = (value - low) / (high - low) if high > low else 0.0
        return self.start + share * (self.end - self.start)

    @property
    def ticks(self) -> list[float]:
        """A few round values."""
        if self.logarithmic:
            first, last = round(math.log10(self.low)), math.floor(math.log10(self.high) + 1e-9)
            return [10.0**power for power in range(first, last + 1, max(1, (last - first + 3) // 4))]
        power = 10.0 ** math.floor(math.log10(self.high)) if self.high > 0 else 1.0
        step = next(share * power for share in (0.2, 0.5, 1, 2) if self.high / (share * power) <= 5)
        return [step * i for i in range(math.floor(self.high / step) + 1)]


def scale(values: Sequence[float], start: float, end: float) -> Scale:
    """A scale for non-negative values. It starts at 0, or is logarithmic if the largest value is at least 20 times the
    smallest one above 0."""
    high = max(values, default=0) or 1
    low = min((value for value in values if value > 0), default=1)
    if high / low >= 20:
        return Scale(10.0 ** math.floor(math.log10(low)), high, start, end, logarithmic=True)
    return Scale(0, high, start, end)


def _number(value: object) -> object:
    """Coordinates to a tenth of a unit."""
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else value
