"""A lake may lie under any folder name that delta-rs can write, whatever DuckDB would take for a pattern."""

from __future__ import annotations

import pytest

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import optimize
from pinterest_platform_tests.lake.conftest import Numbers

WRITABLE = ["with blank", "pl+us", "a[b]c", "st*r", "q?", "it's", 'dq"', "{x,y}", "日本 ñ 😀", "k=v", "#", "a&b;c", "~"]


@pytest.mark.parametrize("folder", WRITABLE)
def test_written_and_read(tmp_path, folder):
    """`abc` lies there to be mistaken for `a[b]c`."""
    for name, key in (("abc", 1), (folder, 2)):
        numbers = Numbers(Session(Lake(str(tmp_path / name / "lake")), "1GB"))
        table = numbers.open()
        numbers.append(table, key)
        numbers.append(table, key + 10)
    assert numbers.keys() == [2, 12]
    changes = changes_since(numbers.session.db, table, 1)
    assert [path.rpartition("/")[2] for path in changes.added] == [
        file.name for file in numbers.files() if file.name in changes.added[0]
    ]
    assert changes.added[0].startswith(f"{numbers.lake.root}/")
    with numbers.session.db.cursor() as db:
        assert changes_since(db, table, 0).only_additions
    assert optimize(table, ["k"], retention_hours=0).deleted == 2
    assert numbers.keys() == [2, 12]
    assert list(numbers.lake.addresses()) == ["cleaned/numbers"]


@pytest.mark.parametrize("folder", ["100%", "per%20cent", "back\\slash", "new\nline"])
def test_refused(tmp_path, folder):
    with pytest.raises(
        LakeError, match=r"PINTEREST_LAKE=.* cannot hold Delta tables.*All other characters are allowed"
    ):
        Numbers(Session(Lake(str(tmp_path / folder)), "1GB")).open()
    assert list(tmp_path.iterdir()) == []
