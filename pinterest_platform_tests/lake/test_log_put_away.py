"""The log of a table that is to be made anew: what a crash leaves of it is never taken for an older version."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.lake.errors import LakeDamagedError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.repair import put_away
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform_tests.lake.conftest import ADDRESS


@pytest.mark.parametrize("moved", range(4))
def test_killed_while_it_is_put_away(numbers, monkeypatch, moved):
    table = numbers.open()
    for key in range(3):
        numbers.append(table, key)
    log = numbers.folder() / "_delta_log"
    (log / f"{3:020}.json").write_bytes(b"")
    steps, remove = iter(range(moved)), FolderStorage.remove

    def dying(*arguments):
        if next(steps, None) is None:
            raise InterruptedError
        remove(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(FolderStorage, "remove", dying)
        with pytest.raises(InterruptedError):
            put_away(numbers.lake, ADDRESS)
    assert len(list(log.iterdir())) == 4 - moved
    with pytest.raises(LakeDamagedError):
        Lake(numbers.lake.root).require(ADDRESS)
    put_away(numbers.lake, ADDRESS)
    assert list(log.iterdir()) == []
    [*kept] = (path.name for folder in Path(numbers.folder(), "_repaired").iterdir() for path in folder.iterdir())
    assert set(kept) == {f"{version:020}.json" for version in range(4)}
