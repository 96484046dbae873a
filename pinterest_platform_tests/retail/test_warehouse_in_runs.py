"""The warehouse as a part of runs: published after the tables, again with what changed, and never its password."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from pinterest_platform.retail.generator import generate
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.retail import sales
from pinterest_platform_tests.retail.warehouses import asked, compared, user_of

_PASSWORD = "n3ver-t0ld"

#: Calls the program with a warehouse; its exit status and all it said.
Call = Callable[..., tuple[int, str]]


@pytest.fixture
def call(tmp_path: Path) -> Call:
    def call(warehouse: str, *arguments: str) -> tuple[int, str]:
        where = {"PINTEREST_DATA": "data", "PINTEREST_TOPIC_PREFIX": "t", "RETAIL_WAREHOUSE_URL": warehouse}
        done = runner(tmp_path)("--domain", "retail", *arguments, **where)
        return done.returncode, done.stdout + done.stderr

    return call


def publisher(postgres: str) -> str:
    """URL with a password, of a user who may make tables."""
    url = user_of(postgres, _PASSWORD)
    asked(postgres, f"GRANT CREATE ON SCHEMA public TO {url.rpartition('/')[2]}")
    return url


def test_password_is_told_nowhere(call: Call, tmp_path: Path, postgres: str) -> None:
    """Neither by what the program says nor in what Dagster keeps, whether publishing fails or not."""
    sales.sold(tmp_path / "data" / "retail").close()
    url = publisher(postgres)
    status, failed = call(f"{url}_not", "run", "--select", "warehouse/star_schema")
    assert status == 1
    assert "does not exist. Nothing was written." in failed
    status, made = call(url, "run", "--select", "warehouse/star_schema")
    assert (status, "9 views written" in made) == (0, True), made
    assert _PASSWORD not in failed + made
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any("dagster" in path.parts for path in files)
    assert [path for path in files if _PASSWORD.encode() in path.read_bytes()] == []


@pytest.mark.long
def test_run_publishes_what_changed(call: Call, tmp_path: Path, postgres: str) -> None:
    data = tmp_path / "data" / "retail"
    generate(data / "sources", scale=0.005)
    url = publisher(postgres)
    status, said = call(url, "run")
    assert (status, "0 updated, 9 views written" in said) == (0, True), said
    assert "unchanged" in call(url, "refresh", "warehouse/star_schema")[1]
    with closing(sqlite3.connect(data / "sources" / "retail.sqlite")) as database:
        changed = database.execute(
            "UPDATE orders_table SET product_quantity = product_quantity % 15 + 1 WHERE rowid % 100 = 0"
        ).rowcount
        database.commit()
    status, said = call(url, "run", "--select", "+warehouse")
    assert (status, f"0 inserted, {changed} updated\n" in said) == (0, True), said
    assert compared(load_settings(data=data, domain="retail", topic_prefix="t", _env_file=None), postgres) == []


def test_warehouse_is_tried_by_check_and_absent_where_none_is_set(call: Call, postgres: str) -> None:
    status, said = call("", "refresh", "warehouse/star_schema")
    assert (status, "A publication appears here once its destination is set" in said) == (2, True), said
    url = user_of(postgres, _PASSWORD)
    status, said = call(url, "check")
    assert (status, "lacks CREATE on schema public" in said) == (1, True), said
    asked(postgres, f"GRANT CREATE ON SCHEMA public TO {url.rpartition('/')[2]}")
    _, said = call(url, "check")
    assert re.search(r"^ok +warehouse .*0 of 7 tables exist", said, re.MULTILINE), said
    assert _PASSWORD not in said
