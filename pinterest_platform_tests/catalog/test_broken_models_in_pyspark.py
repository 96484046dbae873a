"""A file with a function that cannot be a model is named, with the line and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform_tests.catalog.folders import write
from pinterest_platform_tests.catalog.pyspark_models import BESIDE, FILE, POSTS_BY_HOUR, SQL, few, load
from pinterest_platform_tests.domains import with_models

SIGNATURE = "def compute(cleaned_geo: DataFrame, analytics_users_joined_by_year: DataFrame) -> DataFrame:"


@pytest.mark.parametrize(
    ("part", "written", "message"),
    [
        pytest.param("    return _c", "    return return _c", ":24: syntax error: invalid syntax", id="syntax"),
        pytest.param("raise Runtime", "return Runtime", ":18: syntax error: 'return' outside", id="return"),
        pytest.param("analytics_users_joined_by_year:", "cleaned_geo:", ":23: syntax error: duplicate", id="duplicate"),
        pytest.param("def compute", "def computed", ":23: 'computed': the only public function must be", id="name"),
        pytest.param("def _counted", "def counted", ":27: 'counted': the only public function must be", id="two"),
        pytest.param("def _counted", "def compute", ":27: 'compute': the only public function must be", id="twice"),
        pytest.param("def compute", "async def compute", ":23: 'compute': the only public function", id="async"),
        pytest.param("def compute", "def _compute", ":1: no function; the file must have def compute(", id="none"),
        pytest.param(SIGNATURE, "def compute():", ":23: parameters must be plain, without", id="no parameter"),
        pytest.param(SIGNATURE, "def compute(*cleaned_geo):", ":23: parameters must be plain, without", id="star"),
        pytest.param(
            SIGNATURE, "def compute(cleaned_geo=None):", ":23: parameters must be plain, without", id="default"
        ),
        pytest.param(
            SIGNATURE,
            "def compute(\n    cleaned_geo,\n    cleaned_goe,\n):",
            ":25: parameter 'cleaned_goe' matches no table here: name parameters <layer>_<name>; "
            "did you mean cleaned_geo, cleaned_user",
            id="unknown",
        ),
        pytest.param(SIGNATURE, "def compute(spark):", ":23: parameter 'spark' matches no table here", id="no table"),
        pytest.param(
            SIGNATURE,
            "def compute(analytics_posts_by_hour):",
            ":23: circular dependency: analytics/posts_by_hour ->",
            id="itself",
        ),
        pytest.param("key: post_hour", "key: hour", ":4: key 'hour' is not a column; the columns are", id="key"),
        pytest.param(
            "post_hour: int --", "post_hour: year --", ":6: column 'post_hour' has the type 'year'", id="type"
        ),
        pytest.param("int --", "integer --", ":6: column 'post_hour' has the type 'integer'; allowed:", id="alias"),
        pytest.param(
            "bigint --", "timestamp --", ":7: column 'posts' has the type 'timestamp'; allowed: bigint", id="zoned"
        ),
        pytest.param("  posts: b", "  Post_Hour: b", ":7: two columns are named 'Post_Hour'", id="two columns"),
        pytest.param("  posts: b", "  post_hour: b", ":7: 'post_hour' is given twice", id="column twice"),
        pytest.param("  hour_exists: post_hour", "  c: hour", ":10: check 'c': column 'hour' is unknown", id="check"),
        pytest.param(
            "cleaned.geo",
            "raw.pin",
            ":11: check 'no_more_than_posts': table 'raw.pin' is not available here",
            id="check's table",
        ),
        pytest.param("owner: team:growth\n", "", ":1: the header has no 'owner'; it must have", id="owner"),
        pytest.param("columns:\n", "column:\n", ":5: unknown header field 'column'; allowed:", id="field"),
        pytest.param("-- Hour of", "-- Hour: of", ":6: the header is not YAML", id="yaml"),
        pytest.param('"""\ndesc', 'x = """\ndesc', ":1: no docstring; the file must begin with one", id="no docstring"),
    ],
)
def test_file_that_cannot_be_loaded(tmp_path: Path, part: str, written: str, message: str) -> None:
    assert part in POSTS_BY_HOUR
    with pytest.raises(ModelError) as caught:
        load(tmp_path, POSTS_BY_HOUR.replace(part, written, 1))
    assert str(caught.value).startswith(f"{FILE}{message}")


def test_columns_are_declared_where_no_select_does(tmp_path: Path) -> None:
    start, end = POSTS_BY_HOUR.index("columns:"), POSTS_BY_HOUR.index("checks:")
    for columns, message in (
        ("", ":1: the header has no 'columns'"),
        ("columns: {}\n", ":5: the table has no columns"),
    ):
        with pytest.raises(ModelError) as caught:
            load(tmp_path / str(len(columns)), POSTS_BY_HOUR[:start] + columns + POSTS_BY_HOUR[end:])
        assert str(caught.value).startswith(f"{FILE}{message}")
    with pytest.raises(ModelError, match=r"places\.sql:4: unknown header field 'columns'"):
        load(tmp_path, SQL.replace("SELECT", "-- columns: {}\nSELECT", 1), "analytics/places.sql")


def test_docstring_may_begin_on_any_line(tmp_path: Path) -> None:
    code = "# Copyright.\n\n" + POSTS_BY_HOUR.replace('"""\ndesc', '"""desc', 1).replace("key: post_hour", "key: hour")
    with pytest.raises(ModelError, match=r"posts_by_hour\.py:5: key 'hour' is not a column"):
        load(tmp_path, code)


def test_beside_sql_the_function_reads_what_that_reads(tmp_path: Path) -> None:
    folder = write(few(tmp_path), "analytics/places.sql", SQL)
    write(folder, "analytics/places.py", BESIDE.replace("cleaned_geo)", "cleaned_geo, cleaned_pin)"))
    with pytest.raises(ModelError) as caught:
        Catalog.load(with_models(folder))
    assert str(caught.value).startswith(
        "analytics/places.py:2: parameter 'cleaned_pin' matches no table in analytics/places.sql: "
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            "cleaned/geo.py",
            "cleaned/geo.py:1: a function computes whole tables, which is allowed only in analytics; "
            "write cleaned/geo.sql",
        ),
        ("raw/geo.py", "raw/geo.py:1: a model must be in one of the folders cleaned, analytics"),
        ("helpers.py", "helpers.py:1: a model must be in one of the folders cleaned, analytics"),
        ("analytics/__init__.py", "analytics/__init__.py:1: '__init__' is not lower_snake_case"),
    ],
)
def test_file_in_another_place(tmp_path: Path, file: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        load(tmp_path, BESIDE, file)
    assert str(caught.value).startswith(message)


def test_file_that_is_not_utf8(tmp_path: Path) -> None:
    folder = few(tmp_path)
    (folder / FILE).write_bytes(b'"""\xff"""\n')
    with pytest.raises(ModelError, match=r"^analytics/posts_by_hour\.py:1: the file is not UTF-8"):
        Catalog.load(with_models(folder))
