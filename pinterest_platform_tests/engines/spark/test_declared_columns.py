"""What a column declares means the same on Spark as on DuckDB and in Python: patterns, and checks of raw tables."""

from __future__ import annotations

import re
from contextlib import closing

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from pinterest_platform.catalog import Catalog
from pinterest_platform.catalog.raw import declared_table
from pinterest_platform.patterns import anchored
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.schemas import Column
from pinterest_platform_tests.landing.declared import PARCEL, fits
from pinterest_platform_tests.landing.test_what_columns_declare import NASTY, TEXTS
from pinterest_platform_tests.test_patterns import patterns_and_texts

TABLE = declared_table("raw/parcel", "", PARCEL.columns, ("level",))
CATALOG = Catalog(PINTEREST, {TABLE.address: TABLE}, {})
OF_TEXT = [column for column in PARCEL.columns if column.type == "string"]
CHECKS = {
    column.name: [check for check in TABLE.checks if check.name.startswith(f"{column.name}_")] for column in OF_TEXT
}

ONCE = settings(max_examples=3, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))


@given(drawn=st.lists(patterns_and_texts(), min_size=60, max_size=80))
@ONCE
def test_spark_matches_what_python_matches(spark: SparkSession, drawn: list[tuple[str, list[str]]]) -> None:
    pairs = [(pattern, text) for pattern, texts in drawn for text in texts]
    rows = [(number, anchored(pattern), text) for number, (pattern, text) in enumerate(pairs)]
    spark.createDataFrame(rows, "number int, pattern string, text string").createOrReplaceTempView("pairs")
    matched = {row[0] for row in spark.sql("SELECT number FROM pairs WHERE text RLIKE pattern").collect()}
    assert matched == {n for n, (pattern, text) in enumerate(pairs) if re.fullmatch(pattern, text, re.ASCII)}


@given(values=st.lists(st.tuples(st.sampled_from(OF_TEXT), st.one_of(TEXTS, NASTY)), min_size=100, max_size=200))
@ONCE
def test_checks_find_what_does_not_fit(spark: SparkSession, values: list[tuple[Column, str]]) -> None:
    """Whatever stands in the table, which the parser would not have let in."""
    rows = [(number, column.name, text) for number, (column, text) in enumerate(values)]
    expected = {(number, column.name) for number, (column, text) in enumerate(values) if not fits(column, text)}
    fields = ", ".join(f"CASE WHEN name = '{c.name}' THEN text END AS `{c.name}`" for c in OF_TEXT)
    given_rows = f"(SELECT number AS level, name, {fields} FROM given)"
    found_by_spark, found_by_duckdb = set(), set()
    with closing(duckdb.connect()) as db:
        db.execute("CREATE TABLE given (number BIGINT, name VARCHAR, text VARCHAR); CREATE SCHEMA raw")
        db.executemany("INSERT INTO given VALUES (?, ?, ?)", rows)
        db.execute("CREATE VIEW raw.parcel AS " + given_rows.replace("`", '"'))
        spark.createDataFrame(rows, "number int, name string, text string").createOrReplaceTempView("given")
        spark.sql(f"SELECT * FROM {given_rows}").createOrReplaceTempView("parcel")
        for name, checks in CHECKS.items():
            violated = " OR ".join(f"NOT (\n{check.sql}\n)" for check in checks)
            sql = f"SELECT level FROM raw.parcel WHERE name = '{name}' AND ({violated})"
            found_by_duckdb |= {(row[0], name) for row in db.execute(CATALOG.render_query(sql, "duckdb")).fetchall()}
            rendered = CATALOG.render_query(sql, "spark", lambda _: "parcel")
            found_by_spark |= {(row[0], name) for row in spark.sql(rendered).collect()}
    assert found_by_duckdb == expected
    assert found_by_spark == expected


def test_every_rule_is_checked() -> None:
    found = {check.name for checks in CHECKS.values() for check in checks}
    assert found == {
        *("code_not_null", "code_matches", "weight_matches", "country_not_null", "country_allowed", "kind_allowed"),
        *("born_matches", "seen_matches", "note_not_null"),
    }


@pytest.mark.parametrize("name", ["level_allowed", "pieces_in_range"])
def test_numbers_are_checked(name: str) -> None:
    assert name in {check.name for check in TABLE.checks}
