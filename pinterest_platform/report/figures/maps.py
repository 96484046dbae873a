"""World maps: a country's color is its class, and its tooltip has its name and value."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pinterest_platform.report import words
from pinterest_platform.report.figures.svg import Figure, Key, join, tag
from pinterest_platform.report.world import Shape, world

#: Class of a country with several leaders.
TIED = "tied"
_DOT = 5.5
_CLASSES = 5
#: The most colors that readers can distinguish, including color-blind readers.
_COLOURS = 6
_UNKNOWN_NAMED = 8


def leaders(title: str, tops: Mapping[str, Sequence[str]]) -> Figure:
    """The leading name of each country; `tops` maps a country to its leaders. The most frequent names have their own
    color. Countries with several leaders are hatched."""
    sole = Counter(names[0] for names in tops.values() if len(names) == 1)
    ranked = [name for name, _ in sorted(sole.items(), key=lambda item: (-item[1], item[0]))]
    style = {name: f"hue{place}" for place, name in enumerate(ranked[:_COLOURS])}
    keys = [Key(style[name], words.name(name), str(sole[name])) for name in style]
    if others := ranked[_COLOURS:]:
        keys.append(Key("other", f"one of {words.number(len(others), 'other')}", str(sum(sole[n] for n in others))))
    if tied := sum(len(names) > 1 for names in tops.values()):
        keys.append(Key(TIED, "several tie", str(tied)))
    classes = {country: TIED if len(names) > 1 else style.get(names[0], "other") for country, names in tops.items()}
    said = {country: words.listed([words.name(each) for each in names]) for country, names in tops.items()}
    return _map(title, classes, said, keys)


def amounts(title: str, values: Mapping[str, int], noun: str) -> Figure:
    """The number in each country, in up to five steps."""
    bounds = steps(list(values.values()))
    classes = {country: f"step{sum(value >= bound for bound in bounds[1:])}" for country, value in values.items()}
    size = Counter(classes.values())
    keys = []
    for place, low in enumerate(bounds):
        high = bounds[place + 1] - 1 if place + 1 < len(bounds) else max(values.values())
        label = words.number(high, noun) if low == high else f"{words.count(low)} to {words.number(high, noun)}"
        keys.append(Key(f"step{place}", label, words.number(size[f"step{place}"], "country")))
    said = {country: words.number(value, noun) for country, value in values.items()}
    return _map(title, classes, said, keys)


def steps(values: Sequence[int]) -> list[int]:
    """Lower bounds of at most five classes with about the same number of values each. All bounds except the first are
    1, 2 or 5 times a power of ten."""
    if not values:
        return []
    ordered = sorted(values)
    bounds = [ordered[0]]
    for part in range(1, _CLASSES):
        value = ordered[len(ordered) * part // _CLASSES]
        power = 10 ** math.floor(math.log10(value)) if value > 0 else 1
        bound = max(step * power for step in (1, 2, 5) if step * power <= max(value, 1))
        if bound > bounds[-1] and ordered[-1] >= bound:
            bounds.append(bound)
    return bounds


def _map(title: str, classes: Mapping[str, str], said: Mapping[str, str], keys: Sequence[Key]) -> Figure:
    coloured: dict[str, tuple[str, str]] = {}
    unknown = []
    for country, style in classes.items():
        shapes = world().find(country)
        coloured |= {shape.name: (style, f"{words.name(country)}: {said[country]}") for shape in shapes}
        if not shapes:
            unknown.append(words.name(country))
    # Dots last: they cover other shapes.
    shapes = sorted(world().shapes.values(), key=lambda shape: not shape.path)
    body = join([_drawn(shape, *coloured.get(shape.name, ("land", ""))) for shape in shapes])
    if any(key.style == TIED for key in keys):
        body = _hatch() + body
    note = f"Not on the map: {words.listed(sorted(unknown), _UNKNOWN_NAMED)}." if unknown else ""
    told = "; ".join(f"{key.label}: {key.detail}" for key in keys)
    return Figure(title, told or "Nothing to show.", body, world().height, world().width, keys, note)


def _hatch() -> Markup:
    """The fill pattern for ties."""
    lines = tag("rect", width=6, height=6, class_="hatched") + tag("path", d="M0 6L6 0M-1 1L1-1M5 7L7 5")
    return tag("defs", tag("pattern", lines, id="hatch", width=6, height=6, patternUnits="userSpaceOnUse"))


def _drawn(shape: Shape, style: str, said: str) -> Markup:
    content = tag("title", said) if said else Markup()
    if shape.path:
        return tag("path", content, d=shape.path, class_=style)
    if not said:
        return Markup()
    x, y = shape.at
    return tag("circle", content, cx=x, cy=y, r=_DOT, class_=style)
