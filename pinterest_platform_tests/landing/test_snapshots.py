"""A source read whole again and again: what is new or changed lands, once, whatever dies in between."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from pinterest_platform.landing import known, snapshots
from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.known import SnapshotError
from pinterest_platform.landing.snapshots import Load
from pinterest_platform_tests.landing.snapshot_data import KNOWN, TOPIC, Row, landed, load, row


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "landing")


def test_first_snapshot_lands_whole(store: FolderStore) -> None:
    rows = [row(f"AB-{n:04}", "é\n") for n in range(30)]
    assert load(store, rows) == Load(TOPIC, 30, 30, 0, 0, (), 30, 30)
    assert landed(store) == rows


def test_same_again_changes_nothing(store: FolderStore, tmp_path: Path) -> None:
    rows = [row(f"AB-{n:04}", n) for n in range(30)]
    load(store, rows)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    for again in (rows, rows[::-1], [dict(reversed(r.items())) for r in rows]):
        assert load(store, again) == Load(TOPIC, 30, 0, 0, 0, (), 0, 30)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_only_new_and_changed_rows_land(store: FolderStore) -> None:
    load(store, [row("A", 1), row("B", 1), row("C", 1), row("D", 1)])
    found = load(store, [row("E", 1), row("D", 2), row("C", 1), row("A", 1)])
    assert found == Load(TOPIC, 4, 1, 1, 1, ('"B"',), 2, 6)
    assert landed(store)[4:] == [row("E", 1), row("D", 2)]


def test_row_that_changes_back_lands_again(store: FolderStore) -> None:
    for note in (1, 2, 1):
        load(store, [row("A", note), row("B")])
    assert landed(store) == [row("A", 1), row("B"), row("A", 2), row("A", 1)]


def test_row_that_vanished_is_told_once_and_comes_back_without_landing(store: FolderStore) -> None:
    both = [row("A"), row("B"), row("C")]
    load(store, both)
    assert [load(store, rows).vanished for rows in (both[:2], both[:2], both, both[1:])] == [1, 0, 0, 1]
    assert load(store, [row("A", 2), *both[1:]]).changed == 1
    assert landed(store) == [*both, row("A", 2)]


def test_keys_are_told_apart_by_type(store: FolderStore) -> None:
    rows = [row("5"), row(5), row("é")]
    load(store, rows)
    assert load(store, rows[1:], allow_fewer=True).vanished_examples == ('"5"',)


def test_rows_of_one_key_land_together_in_order(store: FolderStore) -> None:
    first = [row("A", 1), row("B", 1), row("A", 2), row("C", 1)]
    load(store, first)
    assert landed(store) == [row("A", 1), row("A", 2), row("B", 1), row("C", 1)]
    assert load(store, [first[2], *first[1::2], first[0]]).landed == 0


@pytest.mark.parametrize("notes", [(1, 2), (2, 1)])
def test_row_that_is_left_of_two_of_its_key_is_the_newest(store: FolderStore, notes: tuple[int, int]) -> None:
    load(store, [row("A", note) for note in notes])
    assert load(store, [row("A", notes[0])]).changed == 1
    assert landed(store)[2:] == [row("A", notes[0])]


def test_rows_without_a_key_stand_for_themselves(store: FolderStore) -> None:
    nameless = [row(None, 1), row(" NULL ", 2), row("N/A", 3), {"note": 4}, row("NULL", 2), row("NULL", 2)]
    assert load(store, nameless).landed == 6
    assert load(store, nameless[::-1]).landed == 0
    assert load(store, [*nameless, row(None, 7)]).landed == 1
    found = load(store, nameless[2:], allow_fewer=True)
    assert (found.landed, found.vanished) == (0, 3)


def test_snapshot_that_lacks_more_than_a_tenth_is_refused(store: FolderStore) -> None:
    rows = [row(n) for n in range(40)]
    assert load(store, []).landed == 0
    load(store, rows)
    for fewer in ([], [row(39, "changed"), *rows[5:39]], [row(n) for n in range(40, 80)]):
        with pytest.raises(SnapshotError, match=r"lacks (40|5) of the 40 keys of the previous one, .*--full-refresh"):
            load(store, fewer)
    assert landed(store) == rows
    assert load(store, rows[4:]).vanished == 4
    assert load(store, [], allow_fewer=True).vanished == 36


def test_one_of_few_rows_may_vanish_but_not_the_last(store: FolderStore) -> None:
    load(store, [row("A"), row("B"), row("C")])
    assert load(store, [row("A"), row("B")]).vanished == 1
    assert load(store, [row("A")]).vanished == 1
    with pytest.raises(SnapshotError, match=r"has 0 rows and lacks 1 of the 1 keys"):
        load(store, [])


def test_source_that_breaks_off_lands_nothing(store: FolderStore) -> None:
    def broken() -> Iterable[Row]:
        yield row("B")
        raise ConnectionError("gone")

    load(store, [row("A")])
    with pytest.raises(ConnectionError):
        load(store, broken())
    assert landed(store) == [row("A")]


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ({"code": float("nan")}, "Out of range float values are not JSON compliant"),
        ({"code": object()}, "not JSON serializable"),
        ({"code": "\ud800"}, "surrogates not allowed"),
        ({"code": "A", "_offset": 7}, "the field _offset is reserved for the origin of a line"),
    ],
)
def test_row_that_cannot_be_a_line(store: FolderStore, bad: Row, told: str) -> None:
    with pytest.raises(SnapshotError, match=rf"t\.parcel: row 1 of the snapshot cannot be written as a line: .*{told}"):
        load(store, [row("A"), bad])
    assert landed(store) == []


def test_without_its_file_what_landed_is_read_again(store: FolderStore) -> None:
    rows = [row("A", 1), row("A", 2), row(None, 3), row("B", "[x]")]
    load(store, rows)
    load(store, [*rows[:3], row("B", 2)])
    (store.root / KNOWN).unlink()
    assert load(store, [*rows[:3], row("B", 2)]).landed == 0
    assert load(store, rows).landed == 1


def test_damaged_file_is_refused(store: FolderStore) -> None:
    load(store, [row("A")])
    (store.root / KNOWN).write_bytes(b"PAR1")
    with pytest.raises(
        SnapshotError, match=r"snapshots/t\.parcel\.parquet .* is damaged: .*\. Remove it, then run again"
    ):
        load(store, [row("A")])


def test_offsets_are_not_used_twice(store: FolderStore) -> None:
    """The landing zone was emptied, and raw has what was there."""
    assert load(store, [row("A")], not_below=70).next_offset == 71
    assert [item.start_offset for item in store.list(TOPIC, 0).objects] == [70]
    assert load(store, [row("A"), row("B")], not_below=71).next_offset == 72


def test_another_load_at_once_is_told(store: FolderStore) -> None:
    def rows() -> Iterable[Row]:
        load(store, [row("C"), row("A", 1)])
        yield from (row("C"), row("A", 2), row("D"))

    load(store, [row("C")])
    with pytest.raises(SnapshotError, match=r"another load has just landed topics/t\.parcel/partition=0/.*0001\.json"):
        load(store, rows())
    assert landed(store) == [row("C"), row("A", 1)]
    assert load(store, [row("C"), row("A", 2), row("D")]).landed == 2


def test_large_snapshot_is_several_objects(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "OBJECT_BYTES", 1000)
    monkeypatch.setattr(known, "_AT_ONCE", 7)
    rows = [row(n // 3, n) for n in range(200)]
    assert load(store, rows).landed == 200
    objects = store.list(TOPIC, 0).objects
    assert all(1000 <= item.size < 1200 for item in objects[:-1])
    assert all(item.start_offset % 3 == 0 for item in objects)
    assert landed(store) == rows
