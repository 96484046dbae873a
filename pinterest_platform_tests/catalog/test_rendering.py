"""The SQL written for each engine: names of tables, types of the result, and what the generator would get wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from pinterest_platform.catalog import Catalog, Dialect, ModelError
from pinterest_platform_tests import landing_data
from pinterest_platform_tests.catalog.folders import one_model
from pinterest_platform_tests.domains import with_models

ENGINES: tuple[Dialect, ...] = ("duckdb", "spark")
MODELS = tuple(landing_data.catalog().models)


@pytest.fixture(scope="module")
def run(catalog: Catalog) -> Callable[[str], list[tuple[Any, ...]]]:
    connection = duckdb.connect()
    return lambda sql: connection.execute(catalog.render_query(sql, "duckdb")).fetchall()


@pytest.mark.parametrize("address", MODELS)
@pytest.mark.parametrize("dialect", ENGINES)
def test_text_parses_back_with_its_columns_and_tables(catalog: Catalog, address: str, dialect: Dialect) -> None:
    model = catalog.models[address]
    tree = sqlglot.parse_one(model.render(dialect), dialect=dialect)
    assert isinstance(tree, exp.Query)
    assert tree.named_selects == [column.name for column in model.columns]
    assert {f"{t.db}/{t.name}" for t in tree.find_all(exp.Table) if t.db} == set(model.upstreams)


@pytest.mark.parametrize("address", MODELS)
def test_checks_parse_back(catalog: Catalog, address: str) -> None:
    for check in catalog.checks(address):
        for dialect in ENGINES:
            assert sqlglot.parse_one(catalog.render_query(check.violations(address), dialect), dialect=dialect)


def test_names_are_quoted_two_part_names_by_default(catalog: Catalog) -> None:
    model = catalog.models["cleaned/user"]
    assert 'FROM "raw"."user" AS "user"' in model.render("duckdb")
    assert "FROM `raw`.`user` AS `user`" in model.render("spark")


@pytest.mark.parametrize(
    ("dialect", "text"), [("duckdb", "delta_scan('/a b/raw/user')"), ("spark", "delta.`s3a://lake/raw/user`")]
)
def test_table_name_puts_any_text_in_the_place_of_a_table(catalog: Catalog, dialect: Dialect, text: str) -> None:
    asked: list[str] = []

    def table_name(address: str) -> str:
        asked.append(address)
        return text

    assert f"FROM {text} AS " in catalog.models["cleaned/user"].render(dialect, table_name)
    assert asked == ["raw/user"]


def test_table_name_keeps_aliases_ctes_and_full_names_working(catalog: Catalog) -> None:
    sql = """WITH pin AS (SELECT ind FROM cleaned.pin WHERE cleaned.pin.ind > 1)
    SELECT p.ind, cleaned.geo.country FROM pin AS p JOIN cleaned.geo ON p.ind = geo.ind ORDER BY p.ind"""
    rendered = catalog.render_query(sql, "duckdb", lambda a: f"(SELECT UNNEST([1, 2, 3]) AS ind, '{a}' AS country)")
    assert duckdb.sql(rendered).fetchall() == [(2, "cleaned/geo"), (3, "cleaned/geo")]


def test_comments_do_not_reach_the_engine(catalog: Catalog) -> None:
    for address in MODELS:
        for dialect in ENGINES:
            rendered = catalog.models[address].render(dialect)
            assert "--" not in rendered
            assert "/*" not in rendered


def test_result_is_cast_to_its_declared_types(tmp_path: Path) -> None:
    """DuckDB's sum of BIGINT is a HUGEINT, its year and rank a BIGINT."""
    sql = """WITH g AS (SELECT ind, SUM(ind) AS s, YEAR(MAX(timestamp)) AS y FROM raw.geo GROUP BY ind)
    SELECT ind, s, y, RANK() OVER (ORDER BY s) AS r FROM g
    UNION ALL SELECT ind, SUM(ind), YEAR(MAX(timestamp)), 1 FROM raw.geo GROUP BY ind"""
    model = Catalog.load(with_models(one_model(tmp_path, sql))).models["cleaned/tried"]
    described = duckdb.sql(
        "DESCRIBE " + model.render("duckdb", lambda _: "(SELECT 1::BIGINT AS ind, TIMESTAMP '2020-01-01' AS timestamp)")
    )
    assert [column.type for column in model.columns] == ["bigint", "bigint", "int", "int"]
    assert [row[1] for row in described.fetchall()] == ["BIGINT", "BIGINT", "INTEGER", "INTEGER"]


def test_back_references(run: Callable[[str], list[tuple[Any, ...]]], catalog: Catalog) -> None:
    for literal in ("'<$2-$1>'", "r'<$2-$1>'"):
        sql = f"SELECT REGEXP_REPLACE('ab ab', '(a)(b)', {literal}) AS x"
        assert run(sql) == [("<b-a> <b-a>",)]
        assert "'<$2-$1>'" in catalog.render_query(sql, "spark")


def test_dollar_ends_a_pattern_at_the_end_of_the_text_on_spark(catalog: Catalog) -> None:
    for literal in (r"'^a$'", r"r'^a$'"):
        assert r"'^a\\z'" in catalog.render_query(f"SELECT title RLIKE {literal} AS x FROM raw.pin", "spark")
    assert r"'a\\$'" in catalog.render_query(r"SELECT title RLIKE r'a\$' AS x FROM raw.pin", "spark")


def test_days_of_the_week_are_numbered_as_on_spark(run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """DAYOFWEEK: Sunday is 1. WEEKDAY: Monday is 0."""
    sql = "SELECT DAYOFWEEK(d) AS a, WEEKDAY(d) AS b FROM (VALUES (DATE '2024-01-07'), (DATE '2024-01-08')) AS v(d)"
    assert run(sql) == [(1, 6), (2, 0)]


def test_percentiles_interpolate(run: Callable[[str], list[tuple[Any, ...]]], catalog: Catalog) -> None:
    values = "FROM (VALUES (1), (2), (4), (10)) AS v(x)"
    continuous = f"SELECT PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY x) AS p {values}"
    assert run(continuous) == run(f"SELECT PERCENTILE(x, 0.5) AS p {values}") == [(3.0,)]
    assert "PERCENTILE_CONT(0.5) WITHIN GROUP" in catalog.render_query(continuous, "spark")


@pytest.mark.parametrize(
    ("pattern", "text", "parsed"),
    [
        ("'yyyy-MM-dd HH:mm:ss'", "2020-03-08 02:30:00", dt.datetime(2020, 3, 8, 2, 30)),
        ("\"yyyy-MM-dd'T'HH:mm:ss\"", "2020-03-08T02:30:00", dt.datetime(2020, 3, 8, 2, 30)),
        ("'yyyy:MM:dd HH:mm:ss'", "2020:03:08 02:30:00", dt.datetime(2020, 3, 8, 2, 30)),
        ("'yyyy-MM-dd'", "2020-03-08", dt.datetime(2020, 3, 8)),
        ("'yyyy-MM-dd HH:mm:ss'", "2020-3-8 2:30:0", None),
        ("'yyyy-MM-dd HH:mm:ss'", "2020-02-30 02:30:00", None),
        ("'yyyy-MM-dd HH:mm:ss'", "2020-03-08 02:30:00\\n", None),
        ("'yyyy-MM-dd'", "2020-03-08 02:30:00", None),
    ],
)
def test_try_to_timestamp(
    run: Callable[[str], list[tuple[Any, ...]]], catalog: Catalog, pattern: str, text: str, parsed: dt.datetime | None
) -> None:
    sql = f"SELECT CAST(TRY_TO_TIMESTAMP('{text}', {pattern}) AS TIMESTAMP_NTZ) AS x"
    assert run(sql) == [(parsed,)]
    assert "AS TIMESTAMP_NTZ" in catalog.render_query(sql, "spark")
    assert "TRY_CAST(" in catalog.render_query(sql, "spark")


def test_order_and_limit_stand_outside_of_qualify_on_spark(
    run: Callable[[str], list[tuple[Any, ...]]], catalog: Catalog
) -> None:
    """Inside they would be taken before the rows are ranked away."""
    sql = """SELECT x, y FROM (VALUES (1, 'a'), (2, 'a'), (3, 'b')) AS v(x, y)
    QUALIFY RANK() OVER (PARTITION BY y ORDER BY x DESC) = 1 ORDER BY x LIMIT 1"""
    assert run(sql) == [(2, "a")]
    tree = sqlglot.parse_one(catalog.render_query(sql, "spark"), dialect="spark")
    assert tree.args["limit"]
    assert [select for select in tree.find_all(exp.Select) if select.args.get("order")] == [tree]
    assert not tree.find(exp.Qualify)
    as_spark_reads_it = sqlglot.transpile(catalog.render_query(sql, "spark"), "spark", "duckdb")[0]
    assert duckdb.sql(as_spark_reads_it).fetchall() == [(2, "a")]


def test_nulls_come_first_as_on_spark(run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert run("SELECT x FROM (VALUES (2), (NULL), (1)) AS v(x) ORDER BY x") == [(None,), (1,), (2,)]


def test_arrays_count_from_zero(run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    assert run("SELECT c[0] AS a, c[1] AS b, SIZE(c) AS n FROM (SELECT ARRAY(1.5D, 2.5D) AS c)") == [(1.5, 2.5, 2)]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT 1;\nDROP TABLE raw.pin", "query:1: 2 statements"),
        ("DELETE FROM raw.pin", "query:1: a DELETE statement; only queries are allowed"),
        ("SELECT 1,\n  2 +\nFROM raw.pin", "query:"),
        (
            "SELECT 1\nFROM analytics.users_joined",
            "query:2: table 'analytics.users_joined' is not available here; did you mean",
        ),
        ("SELECT * FROM pin", "query:1: table 'pin' is not available here: write <layer>.<name>"),
        ("SELECT TRY_TO_TIMESTAMP(title, 'd') FROM raw.pin", "query:1: TRY_TO_TIMESTAMP must have one of"),
    ],
)
def test_query_that_cannot_be_rendered(catalog: Catalog, sql: str, message: str) -> None:
    for dialect in ENGINES:
        with pytest.raises(ModelError) as caught:
            catalog.render_query(sql, dialect)
        assert str(caught.value).startswith(message)


def test_anybodys_query_may_use_star_and_plain_functions(catalog: Catalog) -> None:
    for dialect in ENGINES:
        assert "TRIM" in catalog.render_query("SELECT *, TRIM(title) AS t FROM cleaned.pin LIMIT 5", dialect)


def test_parts_of_one_name_are_told_apart(catalog: Catalog, run: Callable[[str], list[tuple[Any, ...]]]) -> None:
    """For Spark all parts stand before the query, and it refuses two of one name."""
    part = "(WITH s AS (SELECT {} AS a), t AS (SELECT s.a FROM s) SELECT x.a AS {} FROM s AS x JOIN t ON t.a = x.a)"
    asked = f"SELECT * FROM {part.format(1, 'b')} CROSS JOIN {part.format(2, 'c')}"
    assert run(asked) == [(1, 2)]
    for_spark = catalog.render_query(asked, "spark")
    parts = [part.alias for part in sqlglot.parse_one(for_spark, dialect="spark").find_all(exp.CTE)]
    assert len(parts) == len(set(parts)) == 4
    assert duckdb.sql(sqlglot.transpile(for_spark, "spark", "duckdb")[0]).fetchall() == [(1, 2)]
