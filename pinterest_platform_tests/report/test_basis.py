"""Which results are counted in entities. That the numbers are right, `test_overview` compares with each model's SQL."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlglot import exp

from pinterest_platform.catalog import Catalog
from pinterest_platform.catalog.query import address, parse
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.report.basis import basis
from pinterest_platform_tests.domains import with_models

HEADER = "-- description: A result.\n-- owner: team:data-platform\n-- key: name\n"
MODEL = (
    HEADER
    + """SELECT
  CAST(p.ind AS string) AS name, -- Name.
  COUNT(*) AS number -- Rows.
{rows}
GROUP BY p.ind
"""
)
COUNTED = {
    "joined by key": "FROM cleaned.pin AS p INNER JOIN cleaned.geo AS g ON p.ind = g.ind WHERE g.country IS NOT NULL",
    "of one table": "FROM cleaned.geo AS p",
    "in parts": "FROM cleaned.pin AS p JOIN (SELECT ind FROM cleaned.user WHERE age > 3) AS u ON u.ind = p.ind",
    "of the joined table": "FROM cleaned.post AS p WHERE p.country IS NOT NULL",
    "of the joined table and another": "FROM cleaned.post AS p JOIN cleaned.user AS u ON u.ind = p.ind",
}
LEFT_OUT = {
    "asked of other rows": "FROM cleaned.pin AS p WHERE EXISTS (SELECT 1 FROM cleaned.geo AS g WHERE g.ind = p.ind)",
    "joined by another column": "FROM cleaned.pin AS p INNER JOIN cleaned.geo AS g ON p.category = g.country",
    "joined loosely": "FROM cleaned.pin AS p INNER JOIN cleaned.geo AS g ON p.ind = g.ind OR p.category = g.country",
    "joined outside": "FROM cleaned.pin AS p LEFT JOIN cleaned.geo AS g ON p.ind = g.ind",
    "each with each": "FROM cleaned.pin AS p CROSS JOIN cleaned.geo AS g",
    "of raw": "FROM (SELECT `index` AS ind FROM raw.pin) AS p",
}


def counted(tmp_path: Path, rows: str) -> tuple[str, ...]:
    names, _ = basis(catalog_with(tmp_path, MODEL.format(rows=rows)), "cleaned/pin")
    return tuple(names)


def catalog_with(tmp_path: Path, model: str) -> Catalog:
    """The cleaned tables, and one result."""
    models = tmp_path / "models"
    shutil.copytree(Path(PINTEREST.models) / "cleaned", models / "cleaned")
    (models / "analytics").mkdir()
    (models / "analytics" / "result.sql").write_text(model)
    return Catalog.load(with_models(models))


@pytest.mark.parametrize("rows", COUNTED.values(), ids=COUNTED)
def test_result_of_entities(tmp_path: Path, rows: str) -> None:
    assert counted(tmp_path, rows) == ("result",)


@pytest.mark.parametrize("rows", LEFT_OUT.values(), ids=LEFT_OUT)
def test_result_of_other_rows(tmp_path: Path, rows: str) -> None:
    assert counted(tmp_path, rows) == ()


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("WITH Posts AS ({pins}) SELECT name, category FROM posts WHERE category = 'art'", "category = 'art'"),
        ("WITH posts AS ({pins}) SELECT name, MAX(category) AS category FROM posts GROUP BY name", "ind IS NULL"),
        ("SELECT 'all' AS name, 'any' AS category", None),
    ],
    ids=["that are filtered last", "that are grouped last", "of no table"],
)
def test_result_of_rows(tmp_path: Path, sql: str, rule: str | None) -> None:
    """Whatever stands in its WITH part, its last rule counts; one that reads nothing is none of entities."""
    pins = "SELECT CAST(ind AS string) AS name, category FROM cleaned.pin"
    names, asked = basis(catalog_with(tmp_path, HEADER + sql.format(pins=pins) + "\n"), "cleaned/pin")
    assert tuple(names) == (("result",) if rule else ())
    assert rule is None or rule in asked.replace("`pin`.", "")


def test_no_table_to_count_in() -> None:
    assert basis(Catalog.load(PINTEREST), "raw/pin") == ((), "")


def test_joined_table_is_read_and_not_joined_again() -> None:
    """Results of posts share a scan of them; the one of authors has its own."""
    names, asked = basis(Catalog.load(PINTEREST), "cleaned/pin")
    assert sorted(names) == sorted(result.name for result in Catalog.load(PINTEREST).results)
    read = [f"{table.db}/{table.name}" for table in parse(asked, "basis").find_all(exp.Table) if table.db]
    assert sorted(read) == ["cleaned/pin", "cleaned/post", "cleaned/user"]


def test_result_is_counted_from_what_it_reads(tmp_path: Path) -> None:
    """A table that joins may have fewer rows than the first of those that it joins."""
    catalog_with(tmp_path, MODEL.format(rows=COUNTED["joined by key"]))
    placed = (
        "SELECT pin.ind AS ind -- Number.\nFROM cleaned.pin AS pin INNER JOIN cleaned.geo AS geo ON geo.ind = pin.ind\n"
    )
    header = HEADER.replace("key: name", "key: ind")
    (tmp_path / "models" / "cleaned" / "placed.sql").write_text(header + placed)
    of_placed = MODEL.format(rows="FROM cleaned.placed AS p")
    (tmp_path / "models" / "analytics" / "of_placed.sql").write_text(of_placed)
    names, asked = basis(Catalog.load(with_models(tmp_path / "models")), "cleaned/pin")
    assert sorted(names) == ["of_placed", "result"]
    first = {
        select.selects[0].alias: address(select.args["from_"].this)
        for select in parse(asked, "basis").find_all(exp.Select)
        if isinstance(select.args["from_"].this, exp.Table)
    }
    assert first == {"of_placed": "cleaned/placed", "result": "cleaned/pin"}
