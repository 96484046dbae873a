"""Objects grouped into batches and made readable: in place, spooled, or a mix of both."""

from __future__ import annotations

import os

import pytest

from pinterest_platform.landing import batches
from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform_tests.landing.parsing import parse
from pinterest_platform_tests.landing_data import Landing, pin


def objects(*sizes: int) -> list[LandingObject]:
    return [LandingObject(0, number, f"k{number}", size, 0) for number, size in enumerate(sizes)]


def test_a_batch_is_full_by_bytes(monkeypatch):
    monkeypatch.setattr(batches, "BATCH_BYTES", 100)
    sizes = [[item.size for item in batch] for batch in split(objects(50, 50, 1, 300, 99, 1, 1))]
    assert sizes == [[50, 50], [1], [300], [99, 1], [1]]


def test_a_batch_is_full_by_objects(monkeypatch):
    monkeypatch.setattr(batches, "BATCH_OBJECTS", 2)
    assert [len(batch) for batch in split(objects(1, 1, 1, 1, 1))] == [2, 2, 1]


def test_nothing_to_split():
    assert list(split([])) == []


@pytest.mark.parametrize("direct_bytes", [1, 500, 2**40])
def test_one_large_object_many_small_ones_and_a_mix_are_the_same(tmp_path, monkeypatch, direct_bytes):
    """One object has 60 lines, or 60 have one, or some of this and some of that; one without a final line end."""
    monkeypatch.setattr(batches, "DIRECT_BYTES", direct_bytes)
    lines = [pin(n, title=f"[{n}]") if n % 7 else b"garbage" for n in range(60)]
    cuts = {"one": [0], "each": range(60), "mix": [0, 1, 2, 30, 31, 50, 59]}
    outcomes = {}
    for name, starts in cuts.items():
        landing = Landing(tmp_path / name)
        for start, stop in zip(starts, [*starts[1:], 60], strict=True):
            landing.put(start, b"\n".join(lines[start:stop]))
        outcome = parse(landing)
        for row in outcome.fitting:
            assert int(row.pop("landing_file")[-15:-5]) == max(s for s in starts if s <= row["kafka_offset"])
        outcomes[name] = outcome
    assert outcomes["one"] == outcomes["each"] == outcomes["mix"]
    assert sorted(outcomes["one"].rows) == [n for n in range(60) if n % 7]


def test_large_objects_are_read_where_they_are(landing, monkeypatch):
    monkeypatch.setattr(batches, "DIRECT_BYTES", 200)
    for start, lines in ((0, 10), (10, 1), (11, 1), (12, 10), (22, 1)):
        landing.put(start, [pin()] * lines)
    found = landing.store.list("t.pin", 0).objects
    with open_batch(landing.store, "t.pin", found) as batch:
        in_place = [real for path in batch.paths if (real := os.path.realpath(path)).startswith(str(landing.root))]
        assert in_place == [str(landing.path(0)), str(landing.path(12))]
        assert len(batch.paths) == 4
        assert batch.lines == (10, 1, 1, 10, 1)
        assert batch.first_lines == [0, 10, 11, 12, 22]


@pytest.mark.parametrize(
    "folder",
    [
        "with blank",
        "per%20cent",
        "pl+us",
        "a[b]c",
        "st*r",
        "q?",
        "it's",
        'dq"',
        "{x,y}",
        "日本 ñ 😀",
        "title=x",
        "back\\slash",
    ],
)
@pytest.mark.parametrize("direct_bytes", [1, 2**40])
def test_folder_names(tmp_path, monkeypatch, folder, direct_bytes):
    """DuckDB would take some for patterns or for columns; `abc` lies there to be mistaken for `a[b]c`."""
    monkeypatch.setattr(batches, "DIRECT_BYTES", direct_bytes)
    for name in ("abc", folder):
        Landing(tmp_path / name).put(0, [pin(title=name), pin("x")])
    outcome = parse(Landing(tmp_path / folder))
    assert [row["title"] for row in outcome.fitting] == [folder]
    assert sorted(outcome.reasons) == [1]


def test_a_process_opens_so_many_objects_at_once_and_no_more(landing, monkeypatch):
    monkeypatch.setattr(batches, "DIRECT_BYTES", 1)
    monkeypatch.setattr(batches, "DIRECT_OBJECTS", 3)
    for start in range(9):
        landing.put(start, [pin(start)])
    outcome = parse(landing)
    assert [row["index"] for row in outcome.fitting] == list(range(9))
    with open_batch(landing.store, "t.pin", landing.store.list("t.pin", 0).objects) as batch:
        assert len(batch.paths) == 4


def test_nothing_is_left_behind(landing, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "spool"))
    (tmp_path / "spool").mkdir()
    landing.put(0, [pin(), b"", pin()])
    found = landing.store.list("t.pin", 0).objects
    with open_batch(landing.store, "t.pin", found) as batch:
        assert batch.lines == (3,)
        assert list((tmp_path / "spool").iterdir()) == [], "not even a kill leaves the file"
