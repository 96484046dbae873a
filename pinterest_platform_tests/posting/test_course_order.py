"""The course's script is reproduced row for row."""

from __future__ import annotations

from itertools import islice

import pytest

from pinterest_platform.pinterest.order import Course
from pinterest_platform.posting.orders import OrderError, Sequential, bulk


def test_seed_100_draws_the_rows_all_peers_have_seen():
    assert list(islice(Course().positions(), 10)) == [7528, 2863, 5730, 8304, 8731, 1313, 4315, 10794, 5494, 5069]


def test_rows_repeat_and_stay_within_bounds():
    drawn = list(islice(Course().positions(), 20_000))
    assert min(drawn) >= 0
    assert max(drawn) == 11_000, "the bound itself is drawn too"
    assert len(set(drawn)) < 10_500


def test_another_seed_and_bound_draw_other_rows():
    assert list(islice(Course(seed=1).positions(), 3)) != list(islice(Course().positions(), 3))
    assert max(islice(Course(upper=20).positions(), 500)) == 20


@pytest.mark.parametrize("skip", [0, 1, 499, 500, 777])
def test_going_on_later_gives_the_same_rows(course, skip):
    batches = Course().batches(course, skip)
    found = [posting.ind for _ in range(2) for posting in next(batches)]
    assert found == list(islice(Course().positions(), skip, skip + len(found)))


def test_rows_are_those_of_the_source(course):
    posting = next(Course().batches(course, 0))[0]
    assert posting == course.read_rows([7528])[0]


def test_a_source_too_small_is_named_with_what_to_do(small):
    with pytest.raises(OrderError, match=r"rows 0 to 11000, but source .* has 1000 rows.*at least 11001 rows"):
        Course().length(small)
    assert Course(upper=999).length(small) is None


@pytest.mark.parametrize("order", [Sequential(10, 700), bulk(10, 700)])
def test_in_sequence(small, order):
    assert order.length(small) == 690
    assert [p.ind for batch in order.batches(small, 5) for p in batch] == list(range(15, 700))


def test_in_sequence_to_the_end(small):
    assert [p.ind for batch in Sequential().batches(small, 990) for p in batch] == list(range(990, 1_000))


@pytest.mark.parametrize(("start", "stop"), [(0, 1_001), (-1, 5), (7, 3), (1_200, None)])
def test_a_sequence_the_source_has_not(small, start, stop):
    with pytest.raises(OrderError, match=rf"Rows {start} to .* are requested, but source .* has 1000 rows"):
        Sequential(start, stop).length(small)
