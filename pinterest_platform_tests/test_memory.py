"""How much memory DuckDB may use: what a limit leaves it, and what it has without one."""

from __future__ import annotations

import os

import pytest

from pinterest_platform.lake.files import connect
from pinterest_platform.lake.storage import FolderStorage
from pinterest_platform.memory import duckdb_limit, limit_bytes
from pinterest_platform.settings import load_settings


def of_this_machine() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


@pytest.mark.parametrize(
    ("limit", "left"), [("100MB", 75_000_000), ("512MB", 384_000_000), ("2GB", 1_872_000_000), ("1.5GB", 1_372_000_000)]
)
def test_limit_leaves_something_for_what_duckdb_does_not_count(limit: str, left: int) -> None:
    assert duckdb_limit(limit) == f"{left}B"


def test_connection_has_that_limit() -> None:
    with connect("512MB", FolderStorage()) as db:
        assert db.execute("SELECT current_setting('memory_limit')").fetchall() == [("366.2 MiB",)]


def test_quarter_of_the_machine_at_least_a_gigabyte() -> None:
    """Of a container that has less than the machine, DuckDB knows less."""
    assert 10**9 <= limit_bytes("auto") <= max(of_this_machine() * 0.26, 10**9)


def test_tasks_of_spark_share_a_machine() -> None:
    settings = load_settings(_env_file=None)
    assert (settings.memory_limit, settings.task_memory_limit) == ("auto", "1GB")
    assert settings.model_copy(update={"memory_limit": "3GB"}).task_memory_limit == "3GB"
