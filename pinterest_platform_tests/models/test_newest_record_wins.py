"""One row a key: the record with the latest (partition, offset), however often and in whatever order it was sent."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pinterest_platform_tests.models.tables import Tables

KEYS = {"pin": "index", "geo": "ind", "user": "ind"}


@pytest.mark.parametrize("name", KEYS)
def test_record_sent_again_is_one_row(tables: Tables, name: str) -> None:
    tables.add(f"raw/{name}", [{KEYS[name]: ind} for ind in (7, 8, 7, 7, 8, 9)])
    assert [row["ind"] for row in tables.cleaned(name)] == [7, 8, 9]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ((0, 9), (0, 10)),
        ((0, 10**12), (1, 0)),
        ((1, 5), (2, 4)),
    ],
)
def test_partition_decides_then_offset(tables: Tables, older: tuple[int, int], newer: tuple[int, int]) -> None:
    def record(place: tuple[int, int], title: str) -> dict[str, object]:
        return {"title": title, "kafka_partition": place[0], "kafka_offset": place[1]}

    for landed in ([record(older, "old"), record(newer, "new")], [record(newer, "new"), record(older, "old")]):
        tables.clear()
        tables.add("raw/pin", landed)
        assert [pin["title"] for pin in tables.cleaned("pin")] == ["new"]


def test_newest_record_wins_whole_with_its_nulls(tables: Tables) -> None:
    tables.add("raw/pin", [{"title": "old", "follower_count": "5k"}, {"title": None, "follower_count": "?"}])
    [pin] = tables.cleaned("pin")
    assert (pin["title"], pin["follower_count"]) == (None, None)


places = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 2), st.integers(0, 20)), unique_by=lambda place: place[1:], max_size=25
)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(places)
def test_result_is_the_maximum_of_each_key(tables: Tables, landed: list[tuple[int, int, int]]) -> None:
    tables.clear()
    tables.add(
        "raw/geo",
        [
            {"ind": ind, "kafka_partition": partition, "kafka_offset": offset, "country": f"{partition}/{offset}"}
            for ind, partition, offset in landed
        ],
    )
    expected = {ind: max(place[1:] for place in landed if place[0] == ind) for ind, _, _ in landed}
    assert {g["ind"]: g["country"] for g in tables.cleaned("geo")} == {i: f"{p}/{o}" for i, (p, o) in expected.items()}
