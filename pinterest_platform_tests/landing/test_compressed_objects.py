"""Compressed objects are read as others are; one that is damaged or swells is rejected and keeps nothing back."""

from __future__ import annotations

import bz2
import gzip
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from pinterest_platform.landing import batches, unpacking
from pinterest_platform.landing.batches import split
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform_tests.landing.parsing import parse, parse_every_way
from pinterest_platform_tests.landing_data import Landing, pin

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    "bz2": bz2.compress,
}
MOST = 8 * 2**20


def put(landing: Landing, start: int, packed: bytes, kind: str) -> Path:
    path = landing.put(start, packed)
    return path.rename(f"{path}.{kind}")


def lines(first: int, last: int) -> bytes:
    return b"".join(pin(n) + b"\n" for n in range(first, last))


@pytest.mark.parametrize("kind", PACK)
def test_read_as_if_they_were_not(landing: Landing, kind: str) -> None:
    landing.put(0, [pin(0)])
    put(landing, 1, PACK[kind](lines(1, 500)), kind)
    put(landing, 500, PACK[kind](b""), kind)
    put(landing, 501, PACK[kind](lines(501, 502)) + PACK[kind](b"no json\n" + pin(503)), kind)
    landing.put(504, [pin(504)])
    outcome = parse_every_way(landing)
    assert list(outcome.rows) == [*range(500), 501, 503, 504]
    assert outcome.reasons == {502: "not JSON: expected one JSON object"}


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("piecewise", [True, False])
def test_damaged_one_is_rejected_by_its_name(landing: Landing, kind: str, piecewise: bool, monkeypatch) -> None:
    monkeypatch.setattr(batches, "PIECEWISE_BYTES", 1 if piecewise else 2**30)
    packed = PACK[kind](os.urandom(5000) + lines(0, 100))
    landing.put(0, [pin(0)])
    put(landing, 1, packed[:-20], kind)
    put(landing, 101, b"no archive", kind)
    put(landing, 102, packed[:100] + bytes(300) + packed[400:], kind)
    landing.put(103, [pin(103)])
    outcome = parse(landing)
    assert list(outcome.rows) == [0, 103]
    assert set(outcome.reasons) == {1, 101, 102}
    assert all(reason.startswith("cannot be unpacked: ") and kind in reason for reason in outcome.reasons.values())


@pytest.mark.parametrize("kind", PACK)
def test_bomb_is_rejected_before_it_swells(landing: Landing, kind: str, monkeypatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_BYTES", MOST)
    whole = 2**30
    packed = PACK[kind](bytes(2**20))
    put(landing, 0, packed * (whole // 2**20), kind)
    put(landing, 1, PACK[kind](lines(1, 2)), kind)
    outcome = parse(landing)
    assert list(outcome.rows) == [1]
    assert "becomes larger than 8 MB" in outcome.reasons[0]


@pytest.mark.parametrize("kind", PACK)
def test_worst_bomb_is_unpacked_a_little_at_a_time(kind: str) -> None:
    """One stream of zeros: what comes of one step must fit into memory, too."""
    packed = PACK[kind](bytes(2**27))
    pieces = unpacking._unpacked(f"a.json.{kind}", [packed])
    assert max(map(len, pieces)) < 2**26


def test_line_that_looks_like_our_own_is_kept(landing: Landing) -> None:
    landing.put(0, unpacking.REFUSED + b"by somebody else\n")
    [(_, _, line, reason)] = parse(landing).rejected
    assert "by somebody else" in line
    assert reason == "not JSON: expected one JSON object"


def test_batches_of_compressed_objects_are_smaller() -> None:
    objects = [LandingObject(0, n, f"t.pin+0+{n}.json{suffix}", 30, 0) for n in range(4) for suffix in ("", ".gz")]
    assert len(list(split(objects, 1000))) == 2
    assert len(list(split(objects[::2], 1000))) == 1
