"""Tables in one line of Python: as relation, Arrow table or DataFrame, at a version, and nothing is written."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.versions import committed_at
from pinterest_platform.notebook import NotebookError, Tables
from pinterest_platform_tests.landing_data import PREFIX, open_platform, pin

PIN = "cleaned/pin"
EARLY = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with pins."""
    return with_pins(tmp_path_factory.mktemp("notebook"))


def with_pins(folder: Path) -> Path:
    """The folder, with a lake whose `cleaned/pin` has three rows, and had two at the version before."""
    platform = open_platform(folder / "data")
    for start, lines in ((0, [pin(1), pin(2)]), (2, [pin(3)])):
        platform.landing.put(start, lines)
        platform.engine.ingest("pin")
        platform.engine.refresh(PIN)
    platform.engine.close()
    return folder


@pytest.fixture
def lake(folder: Path) -> Tables:
    return tables_in(folder)


def tables_in(folder: Path) -> Tables:
    return Tables(data=folder / "data", topic_prefix=PREFIX, _env_file=None)


def written(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_a_table_as_a_relation_and_in_arrow(lake: Tables, folder: Path) -> None:
    before = written(folder)
    assert lake.duckdb(PIN).filter("ind > 1").order("ind").project("ind, category").fetchall() == [
        (2, "art"),
        (3, "art"),
    ]
    assert sorted(lake.arrow("cleaned.pin").column("ind").to_pylist()) == [1, 2, 3]
    assert lake.duckdb("serving.pin").count("*").fetchone() == (3,)
    lake.close()
    assert lake.arrow(PIN).num_rows == 3
    assert written(folder) == before


def test_a_table_at_a_version_or_a_time(lake: Tables) -> None:
    newest = lake._lake.require(PIN)
    first = committed_at(newest, 1)
    assert newest.version() == 2
    assert [lake.arrow(PIN, at=at).num_rows for at in (0, 1, "1", 2, first, first.isoformat())] == [0, 2, 2, 3, 2, 2]
    for at, told in ((3, "has no version 3"), (-1, "has no version -1"), (EARLY, f"had no version at {EARLY}")):
        with pytest.raises(LakeError) as raised:
            lake.duckdb(PIN, at=at)
        assert str(raised.value) == f"cleaned/pin: {told}; its versions are 0 to 2"
    with pytest.raises(NotebookError, match=r"'serving/pin' is a view, and views have no versions"):
        lake.duckdb("serving/pin", at=1)


def test_which_tables_there_are(lake: Tables, folder: Path, tmp_path: Path) -> None:
    assert lake.names[:3] == ["raw/pin", "raw/rejected", PIN]
    assert repr(lake).startswith(f"Lake at {folder / 'data' / 'lake'}: raw/pin, ")
    with pytest.raises(NotebookError, match=r"^'cleaned/pni' is not a table; the tables and views are raw/pin, "):
        lake.duckdb("cleaned/pni")
    elsewhere = Tables(data=tmp_path, _env_file=None)
    with pytest.raises(
        LakeError, match=rf"cleaned/pin: no such table in {tmp_path / 'lake'}\. Create it with `pinterest-platform run`"
    ):
        elsewhere.arrow(PIN)
    with pytest.raises(LakeError, match=rf"{tmp_path / 'lake'} has no tables; run `pinterest-platform run`"):
        elsewhere.duckdb("serving/pin")


def test_from_a_python_shell(folder: Path) -> None:
    program = "from pinterest_platform.notebook import lake; print(lake.arrow('cleaned/pin', at=1).num_rows)"
    environment = {"PINTEREST_TOPIC_PREFIX": PREFIX, "HOME": str(folder)}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "2\n"
