"""A model may be a function in PySpark, alone or beside its SQL; the catalog reads it without running it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelColumn, ModelError
from pinterest_platform.catalog.function import fingerprint
from pinterest_platform_tests.catalog.folders import SHIPPED, write

#: Running this file would fail at its first statement.
POSTS_BY_HOUR = '''
"""
description: Posts in each hour of the day.
owner: team:growth
key: post_hour
columns:
  post_hour: int -- Hour of posting, from 0.
  posts: bigint -- Posts -- of every country.
  places: array<decimal(9, 4)>
checks:
  hour_exists: post_hour BETWEEN 0 AND 23
  no_more_than_posts: |
    SELECT posts FROM analytics.posts_by_hour
    WHERE posts > (SELECT COUNT(*) FROM cleaned.geo)
warnings:
  popular: posts > 1
"""

raise RuntimeError("a model was run to be read")

from pyspark.sql import DataFrame


def compute(cleaned_geo: DataFrame, analytics_users_joined_by_year: DataFrame) -> DataFrame:
    return _counted(cleaned_geo)


def _counted(posts):
    """Of each hour."""
    return posts.groupBy("post_hour").count()  # Of every country.
'''.lstrip()
ADDRESS = "analytics/posts_by_hour"
FILE = f"{ADDRESS}.py"
SQL = """-- description: Places.
-- owner: team:growth
-- key: ind
SELECT ind FROM cleaned.geo QUALIFY ROW_NUMBER() OVER (PARTITION BY ind ORDER BY timestamp DESC) = 1
"""
BESIDE = '"""Places."""\ndef compute(cleaned_geo):\n    return cleaned_geo\n'


def few(tmp_path: Path) -> Path:
    """A folder with some of the shipped models."""
    for name in ("cleaned/geo.sql", "cleaned/user.sql", "analytics/users_joined_by_year.sql"):
        write(tmp_path / "models", name, (SHIPPED / name).read_text())
    return tmp_path / "models"


def load(tmp_path: Path, code: str = POSTS_BY_HOUR, file: str = FILE) -> Catalog:
    return Catalog.load(write(few(tmp_path), file, code))


def test_function_alone_is_a_table_as_its_docstring_declares_it(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    model = loaded.models[ADDRESS]
    assert (model.description, model.owner) == ("Posts in each hour of the day.", "team:growth")
    assert model.columns == (
        ModelColumn("post_hour", "int", "Hour of posting, from 0."),
        ModelColumn("posts", "bigint", "Posts -- of every country."),
        ModelColumn("places", "array<decimal(9, 4)>", ""),
    )
    assert model.key == ("post_hour",)
    assert [(check.name, check.blocking) for check in model.checks] == [
        ("key_not_null", True),
        ("key_unique", True),
        ("hour_exists", True),
        ("no_more_than_posts", True),
        ("popular", False),
    ]
    assert (model.sql, model.merge, model.lineage) == (None, None, {})
    assert model.path == tmp_path / "models" / FILE


def test_its_upstreams_are_its_parameters(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    upstreams = {"cleaned_geo": "cleaned/geo", "analytics_users_joined_by_year": "analytics/users_joined_by_year"}
    function = loaded.models[ADDRESS].function
    assert function is not None
    assert function.parameters == upstreams
    assert function.code.splitlines()[function.line - 1].startswith("def compute(")
    assert loaded.upstreams(ADDRESS) == tuple(upstreams.values())
    assert loaded.ancestors(ADDRESS) == (
        "raw/geo",
        "raw/user",
        "cleaned/geo",
        "cleaned/user",
        *loaded.upstreams(ADDRESS)[1:],
    )
    assert ADDRESS in loaded.downstream("cleaned/geo")


def test_sql_may_read_its_columns(tmp_path: Path) -> None:
    folder = write(few(tmp_path), FILE, POSTS_BY_HOUR)
    header = "-- description: Next.\n-- owner: team:growth\n-- key: post_hour\n"
    write(folder, "analytics/busy_hours.sql", header + f"SELECT post_hour, posts FROM {ADDRESS.replace('/', '.')}")
    busy = Catalog.load(folder).models["analytics/busy_hours"]
    assert busy.columns[0] == ModelColumn("post_hour", "int", "Hour of posting, from 0.")
    assert busy.lineage["posts"] == ((ADDRESS, "posts"),)


def test_only_spark_computes_it_and_what_is_made_of_it(tmp_path: Path, catalog: Catalog) -> None:
    folder = write(few(tmp_path), FILE, POSTS_BY_HOUR)
    header = "-- description: Next.\n-- owner: team:growth\n-- key: post_hour\n"
    write(folder, "analytics/busy_hours.sql", header + f"SELECT post_hour FROM {ADDRESS.replace('/', '.')}")
    loaded = Catalog.load(folder)
    reason = f"{FILE} has no SQL beside it, so only Spark computes it; set PINTEREST_ENGINE=spark"
    assert loaded.spark_only == {ADDRESS: reason, "analytics/busy_hours": reason}
    assert loaded.without(loaded.spark_only).addresses == Catalog.load(few(tmp_path / "other")).addresses
    with pytest.raises(ModelError, match=r"^analytics/posts_by_hour\.py:1: has no SQL .* set PINTEREST_ENGINE=spark$"):
        loaded.models[ADDRESS].render("duckdb")
    assert catalog.spark_only == {}


def test_beside_a_function_the_sql_is_the_definition(tmp_path: Path) -> None:
    folder = write(few(tmp_path), "analytics/places.sql", SQL)
    alone = Catalog.load(folder).models["analytics/places"]
    both = Catalog.load(write(folder, "analytics/places.py", BESIDE)).models["analytics/places"]
    assert both.function is not None
    assert both.function.path == folder / "analytics" / "places.py"
    for part in ("path", "sql", "description", "owner", "key", "columns", "checks", "upstreams", "lineage"):
        assert getattr(both, part) == getattr(alone, part)
    assert both.render("duckdb") == alone.render("duckdb")


def test_table_with_a_function_is_replaced_whole(tmp_path: Path) -> None:
    folder = write(few(tmp_path), "analytics/places.sql", SQL)
    assert Catalog.load(folder).models["analytics/places"].merge is not None
    assert Catalog.load(write(folder, "analytics/places.py", BESIDE)).models["analytics/places"].merge is None


def test_fingerprint_of_a_model_is_of_both(tmp_path: Path) -> None:
    def of_model(sql: str, code: str) -> int:
        folder = write(tmp_path / str(len(list(tmp_path.iterdir()))), "analytics/places.sql", sql)
        if code:
            write(folder, "analytics/places.py", code)
        return Catalog.load(folder).models["analytics/places"].fingerprint

    header, code = SQL[: SQL.index("SELECT")], BESIDE.replace("cleaned_geo", "raw_geo")
    plain, other = "SELECT ind FROM raw.geo", "SELECT ind + 1 AS ind FROM raw.geo"
    found = {of_model(header + sql, beside) for sql in (plain, other) for beside in ("", code, code + "x = 1\n")}
    assert len(found) == 6
    assert of_model(header + plain, code + "# All.\n") in found
    assert all(0 < number < 2**63 for number in found)


@pytest.mark.parametrize(
    ("part", "same"),
    [
        ("# Of every country.", "# Otherwise."),
        ("  # Of every country.", ""),
        ('    """Of each hour."""\n', ""),
        ('"post_hour").count()', '\n        "post_hour"\n    ).count()'),
        ("return posts", "\n\n    return posts"),
        ("    return _counted", "  return _counted"),
        ("owner: team:growth", "owner: team:other"),
        ("raise", "# First.\n\nraise"),
    ],
)
def test_fingerprint_is_not_of_comments_layout_and_docstrings(part: str, same: str) -> None:
    assert part in POSTS_BY_HOUR
    assert fingerprint(POSTS_BY_HOUR.replace(part, same)) == fingerprint(POSTS_BY_HOUR)


@pytest.mark.parametrize(
    ("part", "other"),
    [
        ('groupBy("post_hour")', 'groupBy("post_day")'),
        ("count()", "sum()"),
        ("return _counted", "_counted"),
        ("    return posts", "    if posts:\n        posts = 1\n    return posts"),
        ("analytics_users_joined_by_year", "cleaned_user"),
    ],
)
def test_fingerprint_changes_with_the_code(part: str, other: str) -> None:
    assert part in POSTS_BY_HOUR
    assert fingerprint(POSTS_BY_HOUR.replace(part, other)) != fingerprint(POSTS_BY_HOUR)


def test_which_block_a_statement_is_in_is_no_layout() -> None:
    code = "def compute(x):\n    if x:\n        x = 1\n{}return x\n"
    assert fingerprint(code.format("    ")) != fingerprint(code.format("        "))


def test_fingerprint_of_a_function_is_stable() -> None:
    """A lake remembers it: were it to change between versions of the platform, the table would be computed anew."""
    assert fingerprint(POSTS_BY_HOUR) == 1089602380776062205


def test_shipped_functions(catalog: Catalog) -> None:
    functions = {address: model.function for address, model in catalog.models.items() if model.function}
    assert {address: function.parameters for address, function in functions.items()} == {
        "analytics/most_popular_category_by_country": {"cleaned_pin": "cleaned/pin", "cleaned_geo": "cleaned/geo"},
        "analytics/median_follower_count_by_joining_year": {
            "cleaned_pin": "cleaned/pin",
            "cleaned_user": "cleaned/user",
        },
    }
    assert all(catalog.models[address].sql for address in functions)


def test_contributing_shows_one_analytic_both_ways(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
    models = []
    for language, suffix in (("sql", "sql"), ("python", "py")):
        [example] = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        folder = write(tmp_path / language, f"analytics/posts_by_category.{suffix}", example)
        write(folder, "cleaned/pin.sql", (SHIPPED / "cleaned/pin.sql").read_text())
        models.append(Catalog.load(folder).models["analytics/posts_by_category"])
    for part in ("description", "owner", "key", "checks", "columns", "upstreams"):
        assert getattr(models[0], part) == getattr(models[1], part)


SIGNATURE = "def compute(cleaned_geo: DataFrame, analytics_users_joined_by_year: DataFrame) -> DataFrame:"


@pytest.mark.parametrize(
    ("part", "written", "message"),
    [
        pytest.param("    return _c", "    return return _c", ":24: syntax error: invalid syntax", id="syntax"),
        pytest.param("raise Runtime", "return Runtime", ":18: syntax error: 'return' outside", id="return"),
        pytest.param("analytics_users_joined_by_year:", "cleaned_geo:", ":23: syntax error: duplicate", id="duplicate"),
        pytest.param("def compute", "def computed", ":23: 'computed': the one public function must be", id="name"),
        pytest.param("def _counted", "def counted", ":27: 'counted': the one public function must be", id="two"),
        pytest.param("def _counted", "def compute", ":27: 'compute': the one public function must be", id="twice"),
        pytest.param("def compute", "async def compute", ":23: 'compute': the one public function", id="async"),
        pytest.param("def compute", "def _compute", ":1: no function; the file must have def compute(", id="none"),
        pytest.param(SIGNATURE, "def compute():", ":23: parameters must be plain ones", id="no parameter"),
        pytest.param(SIGNATURE, "def compute(*cleaned_geo):", ":23: parameters must be plain ones", id="star"),
        pytest.param(SIGNATURE, "def compute(cleaned_geo=None):", ":23: parameters must be plain ones", id="default"),
        pytest.param(
            SIGNATURE,
            "def compute(\n    cleaned_geo,\n    cleaned_goe,\n):",
            ":25: no table to read here for the parameter 'cleaned_goe', a parameter is named <layer>_<name>; "
            "nearest are cleaned_geo, cleaned_user",
            id="unknown",
        ),
        pytest.param(SIGNATURE, "def compute(spark):", ":23: no table to read here for the parameter", id="no table"),
        pytest.param(
            SIGNATURE,
            "def compute(analytics_posts_by_hour):",
            ":23: tables are made of each other: analytics/posts_by_hour ->",
            id="itself",
        ),
        pytest.param("key: post_hour", "key: hour", ":4: key 'hour' is not a column; the columns are", id="key"),
        pytest.param(
            "post_hour: int --", "post_hour: year --", ":6: column 'post_hour' has the type 'year'", id="type"
        ),
        pytest.param("int --", "integer --", ":6: column 'post_hour' has the type 'integer'; allowed are", id="alias"),
        pytest.param("bigint --", "timestamp --", ":7: column 'posts' has the type 'timestamp'; allowed", id="zoned"),
        pytest.param("  posts: b", "  Post_Hour: b", ":7: two columns are named 'Post_Hour'", id="two columns"),
        pytest.param("  posts: b", "  post_hour: b", ":7: 'post_hour' is given twice", id="column twice"),
        pytest.param("  hour_exists: post_hour", "  c: hour", ":10: check 'c': column 'hour' is unknown", id="check"),
        pytest.param(
            "cleaned.geo", "raw.pin", ":11: check 'no_more_than_posts': no table 'raw.pin'", id="check's table"
        ),
        pytest.param("owner: team:growth\n", "", ":1: the header has no 'owner'; it must have", id="owner"),
        pytest.param("columns:\n", "column:\n", ":5: unknown header field 'column'; allowed are", id="field"),
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
    for columns, message in (("", ":1: the header has no 'columns'"), ("columns: {}\n", ":5: the table has no column")):
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
        Catalog.load(folder)
    assert str(caught.value).startswith(
        "analytics/places.py:2: no table in analytics/places.sql for the parameter 'cleaned_pin', "
    )


@pytest.mark.parametrize(
    ("file", "message"),
    [
        (
            "cleaned/geo.py",
            "cleaned/geo.py:1: a function computes a whole table, analytics only; write cleaned/geo.sql",
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
        Catalog.load(folder)
