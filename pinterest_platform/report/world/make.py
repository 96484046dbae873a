"""Creates `shapes.json` from Natural Earth's borders in npm's package world-atlas. Run it manually, once:

    npm pack world-atlas@2.0.2 && tar xf world-atlas-2.0.2.tgz
    python -m pinterest_platform.report.world.make package/countries-50m.json

The report does not use this module. It decodes the topology, and simplifies each border once so that neighbors still
meet. It cuts shapes at the map's edge, and projects them with Equal Earth, which preserves areas.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from pinterest_platform.report.world.names import PLACES

Point = tuple[float, float]
Ring = list[Point]

#: Width in units. The edge of the map is in the Bering Strait, where it cuts the least land.
_WIDTH = 1000
_LEFT_EDGE = -169.5
#: Tolerance of simplified borders in degrees; units below which an island is left out, or a country becomes a dot.
_TOLERANCE = 0.25
_SMALLEST_ISLAND = 4.0
_SMALLEST_COUNTRY = 15.0
_A = (1.340264, -0.081106, 0.000893, 0.003796)


def main(source: Path) -> None:
    topology = json.loads(source.read_text(encoding="utf-8"))
    arcs = [_simplified(arc) for arc in _decoded(topology)]
    shapes: dict[str, dict[str, Any]] = {}
    for geometry in topology["objects"]["countries"]["geometries"]:
        rings = [_projected(part) for ring in _rings(geometry, arcs) for part in _cut(_unwrapped(ring))]
        shapes[geometry["properties"]["name"]] = _shape(rings)
    for name, (latitude, longitude) in PLACES.items():
        shapes[name] = {"at": _rounded(_project((longitude, latitude)))}
    height = round(2 * _equal_earth(0, 90)[1] * _SCALE)
    text = json.dumps({"size": [_WIDTH, height], "shapes": dict(sorted(shapes.items()))}, ensure_ascii=False)
    Path(__file__).with_name("shapes.json").write_text(text.replace("}, ", "},\n") + "\n", encoding="utf-8")


def _decoded(topology: Mapping[str, Any]) -> Iterable[Ring]:
    (across, up), (x0, y0) = topology["transform"]["scale"], topology["transform"]["translate"]
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * across + x0, y * up + y0))
        yield points


def _simplified(line: Ring) -> Ring:
    """The line with the fewest points that stay within the tolerance (Douglas and Peucker)."""
    if len(line) < 3:
        return line
    (ax, ay), (bx, by) = line[0], line[-1]
    length = math.hypot(bx - ax, by - ay)

    def off(point: Point) -> float:
        x, y = point
        if not length:
            return math.hypot(x - ax, y - ay)
        return abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length

    far = max(range(1, len(line) - 1), key=lambda i: off(line[i]))
    # Always split a closed border, so that small islands do not vanish: they can become dots.
    if length and off(line[far]) <= _TOLERANCE:
        return [line[0], line[-1]]
    return _simplified(line[: far + 1])[:-1] + _simplified(line[far:])


def _rings(geometry: Mapping[str, Any], arcs: Sequence[Ring]) -> Iterable[Ring]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    for indices in (ring for polygon in polygons for ring in polygon):
        points: Ring = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += arc[1:] if points else arc
        yield points


def _unwrapped(ring: Ring) -> Ring:
    """The ring without jumps at 180 degrees. A ring around a pole is closed over the pole."""
    points, turn = [ring[0]], 0.0
    for (before, _), (x, y) in pairwise(ring):
        turn += -360 if x - before > 180 else 360 if x - before < -180 else 0
        points.append((x + turn, y))
    if turn:
        points += [(points[-1][0], -90.0), (points[0][0], -90.0)]
    return points


def _cut(ring: Ring) -> Iterable[Ring]:
    """The parts of a ring on the map, each shifted by full turns to its visible place."""
    for turn in (-360, 0, 360):
        part = [(x + turn, y) for x, y in ring]
        part = _beside(part, _LEFT_EDGE, 1)
        part = _beside(part, _LEFT_EDGE + 360, -1)
        if part:
            yield _dense(part)


def _beside(ring: Ring, edge: float, side: int) -> Ring:
    """The part of a ring right (1) or left (-1) of an edge (Sutherland and Hodgman)."""
    kept: Ring = []
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        a, b = (ax - edge) * side, (bx - edge) * side
        if a >= 0:
            kept.append((ax, ay))
        if (a < 0) != (b < 0):
            kept.append((edge, ay + (by - ay) * a / (a - b)))
    return kept


def _dense(ring: Ring) -> Ring:
    """The ring with additional points on its straight lines, because the projection bends them."""
    points: Ring = []
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        steps = max(1, math.ceil(math.hypot(bx - ax, by - ay) / 8))
        points += [(ax + (bx - ax) * i / steps, ay + (by - ay) * i / steps) for i in range(steps)]
    return points


def _equal_earth(longitude: float, latitude: float) -> Point:
    t = math.asin(math.sqrt(3) / 2 * math.sin(math.radians(latitude)))
    a1, a2, a3, a4 = _A
    slope = 9 * a4 * t**8 + 7 * a3 * t**6 + 3 * a2 * t**2 + a1
    x = 2 * math.sqrt(3) * math.radians(longitude) * math.cos(t) / (3 * slope)
    return x, a4 * t**9 + a3 * t**7 + a2 * t**3 + a1 * t


_SCALE = _WIDTH / (2 * _equal_earth(180, 0)[0])


def _project(point: Point) -> Point:
    longitude, latitude = point
    x, y = _equal_earth((longitude - _LEFT_EDGE) % 360 - 180 if longitude != _LEFT_EDGE + 360 else 180, latitude)
    return _WIDTH / 2 + x * _SCALE, (_equal_earth(0, 90)[1] - y) * _SCALE


def _projected(ring: Ring) -> Ring:
    return [_project(point) for point in ring]


def _rounded(point: Point) -> list[int]:
    return [round(point[0]), round(point[1])]


def _shape(rings: Sequence[Ring]) -> dict[str, Any]:
    """A path, or the place of a dot for a country that is too small to see."""
    largest = max(rings, key=_area)
    middle = [sum(axis) / len(largest) for axis in zip(*largest, strict=True)]
    if _area(largest) < _SMALLEST_COUNTRY:
        return {"at": [round(middle[0]), round(middle[1])]}
    return {"d": "".join(_path(ring) for ring in rings if ring is largest or _area(ring) >= _SMALLEST_ISLAND)}


def _area(ring: Ring) -> float:
    pairs = zip(ring, ring[1:] + ring[:1], strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def _path(ring: Ring) -> str:
    """The SVG path of a ring, in whole units relative to the previous point."""
    points = [_rounded(point) for point in ring]
    text, (x, y) = f"M{points[0][0]} {points[0][1]}l", points[0]
    for px, py in points[1:]:
        if (px, py) != (x, y):
            text += f"{px - x} {py - y} "
            x, y = px, py
    return text.replace(" -", "-").rstrip() + "z"


if __name__ == "__main__":
    main(Path(sys.argv[1]))
