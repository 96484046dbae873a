"""Loads of a source that are killed: the next one lands the rest, and nothing twice."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.failpoints import Failpoint
from pinterest_platform.landing import snapshots
from pinterest_platform.landing.folder import FolderStore
from pinterest_platform_tests.engines.children import Death
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.landing.snapshot_data import Row, landed, load, row


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "landing")


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
