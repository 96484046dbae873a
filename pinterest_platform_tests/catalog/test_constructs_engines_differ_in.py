"""What is the same text and another result on DuckDB and Spark is refused at load, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform_tests.catalog.folders import one_model
from pinterest_platform_tests.domains import with_models


@pytest.mark.parametrize(
    ("expression", "instead"),
    [
        ("TRIM(country)", "TRIM(BOTH '<characters>' FROM x)"),
        ("LTRIM(country)", "TRIM(BOTH '<characters>' FROM x)"),
        ("BTRIM(country)", "TRIM(BOTH '<characters>' FROM x)"),
        (r"country LIKE 'a\_b'", "RLIKE"),
        (r"country LIKE r'a\_b'", "RLIKE"),
        (r"country ILIKE 'a\%'", "RLIKE"),
        ("country LIKE 'a!_b' ESCAPE '!'", "RLIKE"),
        ("country = 'it''s'", r"'it\'s'"),
        ("FROM_JSON(country, 'x INT').x = 1", "at ingestion"),
        ("TRY_ADD(ind, 1) = 1", "DECIMAL"),
        ("TRY_MULTIPLY(ind, 2) = 1", "DECIMAL"),
        ("TRY_CAST(country AS INT) = 1", "CASE WHEN x RLIKE"),
        ("CAST(country AS BIGINT) = 1", "CASE WHEN x RLIKE"),
        ("CAST(latitude AS INT) = 1", "FLOOR(x) or ROUND(x)"),
        ("CAST(ind / 2 AS BIGINT) = 1", "FLOOR(x) or ROUND(x)"),
        ("CAST(country AS TIMESTAMP) IS NULL", "TIMESTAMP_NTZ"),
        ("CAST(country AS TIMESTAMP_LTZ) IS NULL", "TIMESTAMP_NTZ"),
        ("TRY_TO_TIMESTAMP(country, 'd/M/yy') IS NULL", "yyyy-MM-dd HH:mm:ss"),
        ("TRY_TO_TIMESTAMP(country) IS NULL", "yyyy-MM-dd HH:mm:ss"),
    ],
)
def test_construct_is_refused_with_what_to_write(tmp_path: Path, expression: str, instead: str) -> None:
    with pytest.raises(ModelError) as caught:
        Catalog.load(with_models(one_model(tmp_path, f"SELECT ind\nFROM raw.geo\nWHERE\n  {expression}")))
    assert str(caught.value).startswith("cleaned/tried.sql:7: ")
    assert instead in caught.value.reason


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT PERCENTILE_DISC(0.5) WITHIN GROUP (ORDER BY ind) AS ind FROM raw.geo", "PERCENTILE_DISC differs"),
        ("SELECT PERCENTILE_APPROX(ind, 0.5) AS ind FROM raw.geo", "approximate percentiles differ"),
        (
            "SELECT ind, COUNT(*) AS n FROM raw.geo GROUP BY ALL QUALIFY RANK() OVER (ORDER BY COUNT(*)) = 1",
            "name the columns in GROUP BY",
        ),
        (
            "SELECT ind FROM raw.geo QUALIFY RANK() OVER (ORDER BY ind) = 1 ORDER BY country",
            "ORDER BY with QUALIFY must name result columns only",
        ),
        # The condition of a CASE guards what follows THEN, not itself: its two halves may be computed in any order.
        (
            r"SELECT CASE WHEN country RLIKE r'^[0-9]\z' AND CAST(country AS INT) > 1 THEN 1 END n, ind FROM raw.geo",
            "guard it: CASE WHEN x RLIKE",
        ),
    ],
)
def test_query_is_refused(tmp_path: Path, sql: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        Catalog.load(with_models(one_model(tmp_path, sql)))


@pytest.mark.parametrize(
    "expression",
    [
        "TRIM(BOTH ' ' FROM country) = ''",
        "TRIM(LEADING 'x' FROM country) = ''",
        "country LIKE 'a_b%'",
        "country = 'it\\'s'",
        "country = 'a' 'b'",
        "CASE WHEN country RLIKE r'^[0-9]+\\z' THEN TRY_CAST(country AS INT) END = 1",
        "IF(country RLIKE r'^[0-9]+\\z', CAST(country AS INT), 0) = 1",
        "country RLIKE r'^[0-9]+\\z' AND TRY_CAST(country AS INT) = 1",
        "CAST(REGEXP_EXTRACT(country, r'[0-9]+', 0) AS INT) = 1",
        "CAST(FLOOR(latitude) AS INT) = 1",
        "CAST(ROUND(latitude) AS INT) = 1",
        "CAST(country AS DOUBLE) = 1",
        "CAST(country AS TIMESTAMP_NTZ) IS NULL",
        "CAST(ind AS INT) = 1",
        "CAST(ind AS STRING) = '1'",
        "TRY_TO_TIMESTAMP(country, 'yyyy-MM-dd') IS NULL",
    ],
)
def test_no_false_alarm(tmp_path: Path, expression: str) -> None:
    Catalog.load(with_models(one_model(tmp_path, f"SELECT ind FROM raw.geo WHERE {expression}")))
