"""An object that is there is never overwritten: what it holds is skipped, and what it should not hold is an error."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform_tests.posting.landed import assert_landed, objects

PART = "topics/t.pin/partition=0"


@pytest.fixture
def rows(small):
    return [posting for batch in small.read_in_order(0, 200) for posting in batch]


@pytest.fixture
def complete(small, folder, landing):
    """A landing with all of 0 to 199 in one partition, moved aside."""
    post(small, Sequential(0, 200), folder(partitions=1))
    return shutil.move(landing, landing.with_name("complete"))


@pytest.mark.parametrize("first", ["t.pin+0+0000000100.json", "t.pin+0+0000000150.json"])
def test_an_object_that_appears_with_the_same_records_is_skipped(rows, folder, landing, complete, first):
    destination = folder(partitions=1)
    destination.open(None)
    destination.send(rows[:100])
    theirs = landing / PART / first
    shutil.copy(complete / PART / first, theirs)
    stamp = theirs.stat()
    destination.send(rows[100:])
    destination.flush()
    destination.close()
    assert_landed(landing, Counter(range(200)), partitions=1)
    assert theirs.stat() == stamp


def test_an_object_cut_differently_is_skipped_for_what_it_holds(rows, folder, landing, complete):
    destination = folder(partitions=1)
    destination.open(None)
    destination.send(rows[:100])
    theirs = landing / PART / "t.pin+0+0000000100.json"
    theirs.write_bytes(b"".join((complete / PART / theirs.name).read_bytes().splitlines(keepends=True)[:30]))
    destination.send(rows[100:])
    destination.flush()
    destination.close()
    assert_landed(landing, Counter(range(200)), partitions=1)
    assert [len(lines) for lines in objects(landing, "t.pin", 0).values()] == [50, 50, 30, 20, 50]


def test_an_object_with_other_records_is_an_error(rows, folder, landing):
    destination = folder(partitions=1)
    destination.open(None)
    destination.send(rows[:100])
    theirs = landing / PART / "t.pin+0+0000000100.json"
    theirs.write_text('{"index":1,"name":"Maya","role":"engineer"}\n')
    with pytest.raises(
        DestinationError,
        match=r"t.pin\+0\+0000000100.json already holds a different record at offset 100\. Another process",
    ):
        destination.send(rows[100:])
    destination.close()
    assert "Maya" in theirs.read_text()


def test_a_second_emulator_is_turned_away(rows, folder, landing):
    first = folder(partitions=1)
    first.open(None)
    second = folder(partitions=1)
    with pytest.raises(DestinationError, match=r"Another emulator is posting to .*/topics/t.pin"):
        second.open(None)
    second.close()
    first.send(rows)
    first.flush()
    first.close()
    third = folder(partitions=1)
    third.open(None)
    third.close()
    assert_landed(landing, Counter(range(200)), partitions=1)
