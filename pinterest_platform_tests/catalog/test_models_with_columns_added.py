"""Which changes of a model are only columns that are added, so that its table need not be computed whole."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform_tests.domains import with_models

NEWEST = "QUALIFY ROW_NUMBER() OVER (PARTITION BY `index` ORDER BY kafka_partition DESC, kafka_offset DESC) = 1"
YEAR = "EXTRACT(YEAR FROM kafka_timestamp)"
BEFORE = f"SELECT `index` AS ind, COALESCE(title, 'from', '') AS title, {YEAR} AS y FROM raw.pin {NEWEST}"


def load(folder: Path, sql: str, checks: str = "") -> Model:
    path = folder / "cleaned" / "thing.sql"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"-- description: A thing.\n-- owner: team:data\n-- key: ind\n{checks}\n{sql}\n")
    return Catalog.load(with_models(folder)).models["cleaned/thing"]


@pytest.mark.parametrize(
    "column", ["category", "CONCAT(category, ', ', title)", "CASE WHEN title IN ('a', 'b') THEN 1 END", "`downloaded`"]
)
@pytest.mark.parametrize("place", [" AS ind", " AS title", " AS y"])
def test_column_anywhere(tmp_path: Path, column: str, place: str) -> None:
    before = load(tmp_path, BEFORE)
    after = load(tmp_path, BEFORE.replace(place, f"{place}, -- New, FROM nowhere.\n {column} AS more", 1))
    assert after.extends(before.fingerprint, ["more"])
    assert not after.extends(before.fingerprint + 1, ["more"])
    assert not after.extends(before.fingerprint, ["title"])


def test_first_column_and_several(tmp_path: Path) -> None:
    before = load(tmp_path, BEFORE)
    after = load(tmp_path, BEFORE.replace("SELECT ", "SELECT category AS a, ").replace(" AS y", " AS y, category AS b"))
    assert after.extends(before.fingerprint, ["a", "b"])
    assert not after.extends(before.fingerprint, ["a"])


def test_something_else_is_new_too(tmp_path: Path) -> None:
    before = load(tmp_path, BEFORE)
    added = BEFORE.replace(" AS y", " AS y, category AS more")
    for sql in (added.replace("''", "'x'"), added.replace(NEWEST, f"WHERE title <> '' {NEWEST}")):
        assert not load(tmp_path, sql).extends(before.fingerprint, ["more"])


def test_column_that_a_check_speaks_of_must_be_there(tmp_path: Path) -> None:
    before = load(tmp_path, BEFORE)
    added = BEFORE.replace(" AS y", " AS y, category AS more")
    checks = "-- checks:\n--   more_is_known: MORE IS NOT NULL\n"
    assert not load(tmp_path, added, checks).extends(before.fingerprint, ["more"])
    assert load(tmp_path, added, checks.replace("MORE IS", "title IS")).extends(before.fingerprint, ["more"])


def test_column_of_the_key(tmp_path: Path) -> None:
    before = load(tmp_path, BEFORE)
    after = load(tmp_path, BEFORE.replace(" AS y", " AS y, category AS more"))
    assert not replace(after, key=("ind", "more"), checks=()).extends(before.fingerprint, ["more"])
