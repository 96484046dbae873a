"""Maintenance of a whole lake, as the job and the command do it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.tasks.maintenance import optimize_tables

ADDRESS = "cleaned/user"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a lake that has one table, in two files."""
    settings = load_settings(data=tmp_path, _env_file=None)
    lake, columns = Lake(settings.lake_root), Catalog.load(PINTEREST).columns(ADDRESS)
    nulls = ", ".join(
        f"NULL::{c.type.replace('string', 'VARCHAR').replace('_ntz', '')} AS {c.name}" for c in columns[1:]
    )
    with closing(Session(lake, "1GB")) as session:
        for first in (0, 20_000):
            table = lake.ensure(ADDRESS, columns, "Users.")
            select = f"SELECT i::BIGINT AS {columns[0].name}, {nulls} FROM range({first}, {first + 20_000}) AS r(i)"
            commit(table, add=session.write(table, select, ordered=True), transactions={})
    return settings


def optimized(settings: Settings) -> dict[str, tuple[int, int]]:
    done = optimize_tables(settings, Catalog.load(PINTEREST), 168, lambda _: None)
    return {address: (made.files_before, made.files_after) for address, made in done}


def test_tables_that_are_there_are_joined(settings: Settings) -> None:
    assert optimized(settings) == {ADDRESS: (2, 1)}


def test_memory_is_that_of_the_settings(settings: Settings) -> None:
    with pytest.raises(LakeError, match="cannot write data files"):
        optimized(settings.model_copy(update={"memory_limit": "1MB"}))
