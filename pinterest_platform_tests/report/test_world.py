"""The map: every country of the source has a place on it, and no shape goes across it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from pinterest_platform.pinterest.source.countries import COUNTRIES
from pinterest_platform.report.figures.maps import amounts, leaders, steps
from pinterest_platform.report.world import Shape, world


def points(shape: Shape) -> Iterator[list[tuple[int, int]]]:
    """The rings of a shape, in units of the map."""
    for ring in re.findall(r"M(-?\d+) (-?\d+)l([^z]*)z", shape.path):
        x, y = int(ring[0]), int(ring[1])
        found = [(x, y)]
        numbers = [int(number) for number in re.findall(r"-?\d+", ring[2])]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            found.append((x, y))
        yield found


def test_every_country_of_the_source_is_on_the_map() -> None:
    assert [country for country in COUNTRIES if not world().find(country)] == []
    assert {shape.name for shape in world().find("Korea")} == {"North Korea", "South Korea"}
    assert world().find("Atlantis") == []


def test_shapes_lie_on_the_map_and_cross_it_nowhere() -> None:
    for shape in world().shapes.values():
        assert bool(shape.path) != (shape.at != (0, 0)), shape.name
        for ring in points(shape):
            for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
                assert 0 <= ax <= world().width, shape.name
                assert 0 <= ay <= world().height, shape.name
                # Antarctica's border goes along the pole.
                assert abs(bx - ax) < 100 or shape.name == "Antarctica", shape.name
                assert abs(by - ay) < 100, shape.name


@pytest.mark.parametrize(
    ("country", "left", "right"),
    [("Russian Federation", 500, 900), ("Fiji", 950, 1000), ("Chile", 200, 450), ("New Zealand", 850, 1000)],
)
def test_countries_at_the_edge_are_in_one_piece(country: str, left: int, right: int) -> None:
    [shape] = world().find(country)
    across = [x for ring in points(shape) for x, _ in ring] or [shape.at[0]]
    assert left <= min(across)
    assert max(across) <= right


def test_leaders_have_colours_others_share_one_and_ties_are_hatched() -> None:
    tops = {"Chad": ["art"], "Fiji": ["art"], "Peru": ["art", "quotes"], "Atlantis": ["travel"]}
    tops |= {country: [f"category {place}"] for place, country in enumerate(COUNTRIES[:9])}
    figure = leaders("Leaders", tops)
    keys = [(key.label, key.detail) for key in figure.keys]
    assert keys[0] == ("art", "2")
    assert keys[-2:] == [("one of 5 others", "5"), ("several tie", "1")]
    assert "<title>Peru: art and quotes</title>" in figure.body
    assert figure.note == "Not on the map: Atlantis."


def test_amounts_are_in_few_steps_that_hold_all() -> None:
    assert steps([]) == []
    assert steps([7]) == [7]
    assert steps([3] * 50) == [3]
    assert steps(list(range(1, 101))) == [1, 20, 50]
    assert steps([10**power for power in range(6)]) == [1, 10, 100, 1000, 10000]
    posts = dict(zip(COUNTRIES, range(1, 244), strict=True))
    figure = amounts("Posts", posts, "post")
    assert [key.label for key in figure.keys][-1].endswith("to 243 posts")
    assert sum(int(key.detail.split()[0]) for key in figure.keys) == 243
