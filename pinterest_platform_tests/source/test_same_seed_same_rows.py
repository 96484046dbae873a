"""The generator depends on seed and number of rows alone, and makes any part without the parts before it."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.pinterest.source.generator import generate

DIGEST = """
import hashlib
from pinterest_platform.pinterest.source.generator import generate
print(hashlib.sha256(repr(list(generate(12_000, 5, 10_000))).encode()).hexdigest())
"""

MEMORY = """
from itertools import islice
from resource import RUSAGE_SELF, getrusage
from pinterest_platform.pinterest.source.generator import generate
postings = generate(10_000_000, 1)
for count in (23_000, 23_000):
    next(islice(postings, count, None))
    print(getrusage(RUSAGE_SELF).ru_maxrss)
"""


def test_the_hash_seed_of_python_does_not_matter():
    expected = hashlib.sha256(repr(list(generate(12_000, 5, 10_000))).encode()).hexdigest()
    for hash_seed in ("0", "4711"):
        made = subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={"PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert made.stdout.strip() == expected


def test_another_seed_makes_other_rows():
    one, other = list(generate(500, 1)), list(generate(500, 2))
    assert not {p.pin[1:] for p in one} & {p.pin[1:] for p in other}
    assert {p.user[1:] for p in one}.isdisjoint({p.user[1:] for p in other})


def test_the_next_stretch_has_people_and_pins_of_its_own():
    postings = list(generate(23_000, 1, 10_000, 13_000))
    before, after = ([p for p in postings if (p.ind < 11_154) is first] for first in (True, False))
    assert {p.pin[4] for p in before} & {p.pin[4] for p in after} <= {"User Info Error"}
    assert {p.pin[1] for p in before}.isdisjoint({p.pin[1] for p in after})


@pytest.fixture(scope="module")
def whole():
    return list(generate(11_400, 3))


@settings(max_examples=8, deadline=None)
@given(st.tuples(st.integers(0, 11_400), st.integers(0, 11_400)).map(sorted))
def test_any_part_is_that_part_of_the_whole(whole, bounds):
    start, stop = bounds
    assert list(generate(11_400, 3, start, stop)) == whole[start:stop]


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 400))
def test_small_sources_are_complete(rows):
    postings = list(generate(rows, 1))
    assert [p.ind for p in postings] == list(range(rows))
    assert len({p.user[1:] for p in postings}) == (max(1, rows * 5_307 // 11_154) if rows else 0)


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (3, 2), (0, 11)])
def test_rows_that_the_source_has_not_are_refused(start, stop):
    with pytest.raises(ValueError, match=f"start={start}, stop={stop}: .*rows=10"):
        generate(10, 1, start, stop)


def test_memory_does_not_grow_with_the_rows():
    made = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    early, late = map(int, made.stdout.split())
    assert late < early + 4_000, "kilobytes"
