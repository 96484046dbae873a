"""A source read whole again and again: what is new or changed lands, once, whatever dies in between."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.failpoints import Failpoint
from pinterest_platform.landing import known, snapshots
from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.known import SnapshotError
from pinterest_platform.landing.snapshots import Load, land_snapshot
from pinterest_platform_tests.engines.children import Death
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing.declared import PARCEL

TOPIC = "t.parcel"
KNOWN = f"snapshots/{TOPIC}.parquet"
Row = dict[str, Any]


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "landing")


def row(code: object, note: object = "n") -> Row:
    return {"code": code, "note": note}


def load(store: FolderStore, rows: Iterable[Row], **options: Any) -> Load:
    return land_snapshot(store, TOPIC, PARCEL, rows, clock=lambda: 5.0, **options)


def landed(store: FolderStore) -> list[Row]:
    """Rows in order of offset; every offset from 0 is there once, and every line has the time of its load."""
    found: list[Row] = []
    objects = store.list(TOPIC, 0).objects
    for item, content in zip(objects, store.read(objects), strict=True):
        assert item.start_offset == len(found)
        for line in content.removesuffix(b"\n").split(b"\n"):
            values = json.loads(line)
            assert values.pop("_kafka_ts") == 5000
            found.append(values)
    return found


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


# Killed ---------------------------------------------------------------------------------------------------------------

BEFORE = [row("A", 1), row("B", 1), row("B", 2), row(None, 1)]
AFTER = [row("A", 2), row("B", 2), row(None, 1), row("NULL", 2), row("C", 1)]
#: In the order in which a load that lands four objects comes to them.
DEATHS = [
    *(Death(moment, ".json", nth) for nth in (1, 2, 4) for moment in (Failpoint.FILE_PREPARED, Failpoint.FILE_PLACED)),
    Death(Failpoint.FILE_PREPARED, ".parquet"),
    Death(Failpoint.FILE_PLACED, ".parquet"),
]


def _load_until(root: Path, rows: list[Row], death: Death) -> None:
    snapshots.OBJECT_BYTES = 1
    death.arm()
    load(FolderStore(root), rows)


@pytest.mark.parametrize("before", [[], BEFORE], ids=["first", "second"])
@pytest.mark.parametrize("death", DEATHS, ids=str)
def test_killed_at_a_moment(store: FolderStore, tmp_path: Path, before: list[Row], death: Death) -> None:
    """The next load lands the rest; what is there is what two undisturbed loads land."""
    clean = FolderStore(tmp_path / "clean")
    for each in (store, clean):
        load(each, before)
    process = start(_load_until, store.root, AFTER, death)
    process.join()
    assert process.exitcode == -signal.SIGKILL
    assert load(store, AFTER).rows == len(AFTER)
    load(clean, AFTER)
    assert landed(store) == landed(clean)
    assert load(store, AFTER).landed == 0


class Dying(FolderStore):
    """A landing folder whose n-th change is the last thing its process does, or that it does not come to do."""

    left = 0
    done_then = False

    def _counted(self, change: Callable[[], Any]) -> Any:
        Dying.left -= 1
        if Dying.left == 0 and not Dying.done_then:
            raise Killed
        result = change()
        if Dying.left == 0:
            raise Killed
        return result

    def create(self, key: str, content: bytes) -> bool:
        return bool(self._counted(lambda: super(Dying, self).create(key, content)))

    def save(self, key: str, file: Path) -> None:
        self._counted(lambda: super(Dying, self).save(key, file))


class Killed(BaseException):
    pass


ROWS = st.builds(row, st.sampled_from(["A", "B", "C", "D", "NULL", None]), st.integers(0, 2))
RUNS = st.tuples(st.lists(ROWS, max_size=8), st.integers(0, 8), st.booleans())


@given(st.lists(RUNS, min_size=1, max_size=3))
@settings(deadline=None)
def test_any_snapshots_and_deaths(runs: list[tuple[list[Row], int, bool]]) -> None:
    """Each load is killed at its n-th change, if it comes so far, and the same snapshot is loaded again."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "OBJECT_BYTES", 1)
        store, clean = Dying(Path(folder) / "a"), FolderStore(Path(folder) / "b")
        for rows, Dying.left, Dying.done_then in runs:
            with suppress(Killed):
                load(store, rows, allow_fewer=True)
            Dying.left = 0
            load(store, rows, allow_fewer=True)
            load(clean, rows, allow_fewer=True)
            assert landed(store) == landed(clean)
            assert newest(landed(store), rows) == newest(rows, rows)
            assert load(store, rows, allow_fewer=True).landed == 0


def newest(found: list[Row], snapshot: list[Row]) -> dict[Any, set[str]]:
    """For each key of a snapshot, as many of the last rows found as the snapshot has of it."""
    keys = [values["code"] for values in snapshot if values["code"] not in (None, "NULL")]
    return {
        key: {json.dumps(values) for values in [v for v in found if v["code"] == key][-keys.count(key) :]}
        for key in keys
    }
