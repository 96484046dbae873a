"""The world map: the shape or dot of each country in the data. `figures` draws it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from pinterest_platform.report.world.names import ALIASES


@dataclass(frozen=True)
class Shape:
    """One country in units of the map: a path (SVG's `d`), or the place of a dot if it is too small to see."""

    name: str
    path: str = ""
    at: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class World:
    """All countries, by Natural Earth's names, on a map of `width` by `height` units."""

    width: int
    height: int
    shapes: Mapping[str, Shape]

    def find(self, country: str) -> list[Shape]:
        """Shapes of a country by its name in the data; empty if the map does not have the name."""
        return [self.shapes[name] for name in ALIASES.get(country, (country,)) if name in self.shapes]


@cache
def world() -> World:
    """The map in this package."""
    text = resources.files(__package__).joinpath("shapes.json").read_text(encoding="utf-8")
    data = json.loads(text)
    width, height = data["size"]
    shapes = {n: Shape(n, s.get("d", ""), tuple(s.get("at", (0, 0)))) for n, s in data["shapes"].items()}
    return World(width, height, shapes)
