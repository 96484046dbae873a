"""Whole runs of the program, killed and doubled while posting goes on: nothing lost, nothing doubled."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.contract import Engine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.cli.conftest import runner, started

ROWS = 600
RECORDS = ("pin", "geo", "user")
#: What the runs here make, with all that is below.
TABLES = (*(f"cleaned/{record}" for record in RECORDS), "cleaned/post", "analytics/users_joined_by_year")
RUN = ("run", "--select", "+cleaned/post", "--select", "+analytics/users_joined_by_year")


def open_engine(folder: Path, lake: str) -> Engine:
    data = folder / "data"
    settings = load_settings(data=data, landing=str(data / "landing"), lake=str(folder / lake), _env_file=None)
    return build_engine(settings, Catalog.load(PINTEREST))


def contents(folder: Path, lake: str) -> dict[str, list[tuple[object, ...]]]:
    """Rows of the tables, in an order of their own."""
    engine = open_engine(folder, lake)
    try:
        rows = {a: engine.query(f"SELECT * FROM {a.replace('/', '.')}").rows for a in TABLES}
    finally:
        engine.close()
    return {address: sorted(found, key=repr) for address, found in rows.items()}


def assert_each_offset_once(folder: Path, lake: str) -> None:
    engine = open_engine(folder, lake)
    try:
        for record in RECORDS:
            [found] = engine.query(
                f"SELECT COUNT(*), COUNT(DISTINCT struct(kafka_partition, kafka_offset)) FROM raw.{record}"
            ).rows
            assert found == (ROWS, ROWS), record
    finally:
        engine.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    assert runner(tmp_path)("generate", "--rows", str(ROWS)).returncode == 0
    return tmp_path


@pytest.mark.parametrize("kills", [1, pytest.param(5, marks=pytest.mark.long)])
def test_runs_killed_and_doubled_while_posting_goes_on(folder: Path, kills: int) -> None:
    moments = random.Random(20)
    lake = {"PINTEREST_LAKE": str(folder / "lake")}
    with started(folder, "post", "--rate", "100", "--flush-size", "20") as posting:
        killed = 0
        while killed < kills:
            with started(folder, *RUN, **lake) as run:
                with suppress(subprocess.TimeoutExpired):
                    run.wait(moments.uniform(1, 4))
                killed += run.returncode is None
        with started(folder, *RUN, **lake) as one, started(folder, *RUN, **lake) as other:
            assert [one.wait(), other.wait()] == [0, 0]
        assert posting.wait() == 0
    call = runner(folder)
    done = call(*RUN, **lake)
    assert done.returncode == 0, done.stdout + done.stderr
    assert call(*RUN, PINTEREST_LAKE=str(folder / "clean")).returncode == 0
    assert_each_offset_once(folder, "lake")
    assert contents(folder, "lake") == contents(folder, "clean")


@pytest.mark.long
def test_two_runs_at_once_from_nothing(folder: Path) -> None:
    assert runner(folder)("post").returncode == 0
    lake = str(folder / "lake")
    with started(folder, *RUN, PINTEREST_LAKE=lake) as one, started(folder, *RUN, PINTEREST_LAKE=lake) as other:
        assert [one.wait(), other.wait()] == [0, 0]
    assert runner(folder)(*RUN, PINTEREST_LAKE=str(folder / "clean")).returncode == 0
    assert_each_offset_once(folder, "lake")
    assert contents(folder, "lake") == contents(folder, "clean")
