"""A model may be a function in PySpark, alone or beside its SQL; the catalog reads it without running it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog, ModelColumn, ModelError
from pinterest_platform.catalog.function import fingerprint
from pinterest_platform_tests.catalog.folders import SHIPPED, write
from pinterest_platform_tests.catalog.pyspark_models import ADDRESS, BESIDE, FILE, POSTS_BY_HOUR, SQL, few, load
from pinterest_platform_tests.domains import with_models


def test_function_alone_is_a_table_as_its_docstring_declares_it(tmp_path: Path) -> None:
    loaded = load(tmp_path)
    model = loaded.models[ADDRESS]
    assert (model.description, model.owner) == ("Posts in each hour of the day.", "team:growth")
    assert model.columns == (
        ModelColumn("post_hour", "int", "Hour of posting, from 0.", personal=True),
        ModelColumn("posts", "bigint", "Posts -- of every country.", personal=True),
        ModelColumn("places", "array<decimal(9, 4)>", "", personal=True),
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
    busy = Catalog.load(with_models(folder)).models["analytics/busy_hours"]
    assert busy.columns[0] == ModelColumn("post_hour", "int", "Hour of posting, from 0.", personal=True)
    assert busy.lineage["posts"] == ((ADDRESS, "posts"),)


def test_only_spark_computes_it_and_what_is_made_of_it(tmp_path: Path, catalog: Catalog) -> None:
    folder = write(few(tmp_path), FILE, POSTS_BY_HOUR)
    header = "-- description: Next.\n-- owner: team:growth\n-- key: post_hour\n"
    write(folder, "analytics/busy_hours.sql", header + f"SELECT post_hour FROM {ADDRESS.replace('/', '.')}")
    loaded = Catalog.load(with_models(folder))
    reason = f"{FILE} has no SQL version, so only Spark can compute it; set PINTEREST_ENGINE=spark"
    assert loaded.spark_only == {ADDRESS: reason, "analytics/busy_hours": reason}
    assert loaded.without(loaded.spark_only).addresses == Catalog.load(with_models(few(tmp_path / "other"))).addresses
    with pytest.raises(ModelError, match=r"^analytics/posts_by_hour\.py:1: has no SQL .* set PINTEREST_ENGINE=spark$"):
        loaded.models[ADDRESS].render("duckdb")
    assert catalog.spark_only == {}


def test_beside_a_function_the_sql_is_the_definition(tmp_path: Path) -> None:
    folder = write(few(tmp_path), "analytics/places.sql", SQL)
    alone = Catalog.load(with_models(folder)).models["analytics/places"]
    both = Catalog.load(with_models(write(folder, "analytics/places.py", BESIDE))).models["analytics/places"]
    assert both.function is not None
    assert both.function.path == folder / "analytics" / "places.py"
    for part in ("path", "sql", "description", "owner", "key", "columns", "checks", "upstreams", "lineage"):
        assert getattr(both, part) == getattr(alone, part)
    assert both.render("duckdb") == alone.render("duckdb")


def test_table_with_a_function_is_replaced_whole(tmp_path: Path) -> None:
    folder = write(few(tmp_path), "analytics/places.sql", SQL)
    assert Catalog.load(with_models(folder)).models["analytics/places"].merge is not None
    assert (
        Catalog.load(with_models(write(folder, "analytics/places.py", BESIDE))).models["analytics/places"].merge is None
    )


def test_fingerprint_of_a_model_is_of_both(tmp_path: Path) -> None:
    def of_model(sql: str, code: str) -> int:
        folder = write(tmp_path / str(len(list(tmp_path.iterdir()))), "analytics/places.sql", sql)
        if code:
            write(folder, "analytics/places.py", code)
        return Catalog.load(with_models(folder)).models["analytics/places"].fingerprint

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
        "analytics/most_popular_category_by_country": {"cleaned_post": "cleaned/post"},
        "analytics/median_follower_count_by_joining_year": {"cleaned_post": "cleaned/post"},
    }
    assert all(catalog.models[address].sql for address in functions)


def test_contributing_shows_one_analytic_both_ways(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
    models = []
    for language, suffix in (("sql", "sql"), ("python", "py")):
        example, *_ = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
        folder = write(tmp_path / language, f"analytics/posts_by_category.{suffix}", example)
        write(folder, "cleaned/pin.sql", (SHIPPED / "cleaned/pin.sql").read_text())
        models.append(Catalog.load(with_models(folder)).models["analytics/posts_by_category"])
    for part in ("description", "owner", "key", "checks", "columns", "upstreams"):
        assert getattr(models[0], part) == getattr(models[1], part)
