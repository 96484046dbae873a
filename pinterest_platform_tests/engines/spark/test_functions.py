"""Models in PySpark on a real session: those beside SQL give what it gives; what a function returns is looked at."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pinterest_platform.catalog import Catalog, ModelError
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.engines.spark.functions import run_function
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.catalog.folders import SHIPPED
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.engines.spark.platforms import SparkPlatform
from pinterest_platform_tests.landing_data import pin

CONTRIBUTING = Path(__file__).parents[3] / "CONTRIBUTING.md"
CATALOG = Catalog.load(PINTEREST)
IN_BOTH = [address for address, model in CATALOG.models.items() if model.function and model.sql]
POST = "cleaned/post"
BY_COUNTRY = "analytics/most_popular_category_by_country"
BY_JOINING_YEAR = "analytics/median_follower_count_by_joining_year"

Row = dict[str, Any]
#: Gives an upstream's rows by its address.
Tables = Callable[[str], DataFrame]

JOINED = ["2014-12-31 23:59:59", "2015-01-01", "2016-02-29 12:00:00", "2020-12-31 23:59:59", "2021-01-01", None]
COUNTRIES = ["Chad", "Côte d'Ivoire", "chad", "", None]
CATEGORIES = ["art", "travel", "Art", "event-planning", None]


def frame(spark: SparkSession, address: str, rows: Iterable[Row]) -> DataFrame:
    """Rows of a table of the catalog, NULL where a row says nothing; also a view, for SQL."""
    columns = CATALOG.columns(address)
    schema = ", ".join(f"`{column.name}` {column.type}" for column in columns)
    made = spark.createDataFrame([tuple(row.get(column.name) for column in columns) for row in rows], schema)
    made.createOrReplaceTempView(view(address))
    return made


def view(address: str) -> str:
    return address.replace("/", "_")


def tables(spark: SparkSession, pins: Iterable[Row], geos: Iterable[Row], users: Iterable[Row]) -> Tables:
    """The posts of these, which the analytics read."""
    for name, rows in (("pin", pins), ("geo", geos), ("user", users)):
        frame(spark, f"cleaned/{name}", rows)
    posts = spark.sql(CATALOG.models[POST].render("spark", view))
    posts.createOrReplaceTempView(view(POST))
    return {POST: posts}.__getitem__


def moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def rows_of(found: DataFrame) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    return found.dtypes, [tuple(row) for row in found.collect()]


def of_function(address: str, given: Tables) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    model = CATALOG.models[address]
    assert model.function is not None
    return rows_of(run_function(model, model.function, given))


def of_sql(spark: SparkSession, address: str) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    return rows_of(spark.sql(CATALOG.models[address].render("spark", view)))


def test_two_analytics_are_shipped_in_both() -> None:
    assert set(IN_BOTH) == {BY_COUNTRY, BY_JOINING_YEAR}


def test_function_gives_what_its_sql_gives(spark: SparkSession) -> None:
    """Rows few of whose values differ, so that there are ties, repeated authors, NULLs, and rows without a partner."""
    dice = random.Random(5)
    counts = [None, 0, 1, 7, 2**40, 2**62 + 1]
    pins = [{"ind": n, "category": dice.choice(CATEGORIES), "follower_count": dice.choice(counts)} for n in range(300)]
    geos = [{"ind": n, "country": dice.choice(COUNTRIES)} for n in range(300)]
    users = [{"ind": n, "user_name": "Ada", "date_joined": moment(dice.choice(JOINED))} for n in range(300)]
    given = tables(spark, *(dice.sample(rows, 200) for rows in (pins, geos, users)))
    for address in IN_BOTH:
        schema, rows = of_sql(spark, address)
        assert len(rows) > 2, address
        assert of_function(address, given) == (schema, rows)
        assert schema == [(column.name, column.type) for column in CATALOG.columns(address)]


def test_ties_and_medians_of_even_counts(spark: SparkSession) -> None:
    """Known answers, so that function and SQL are not wrong alike."""
    categories = ["travel", "art", "art", "travel", "beauty", None, None, None]
    counts = [1, 4, None, 10, 7, 7, 3, 0]
    pins = [
        {"ind": n, "category": category, "follower_count": count}
        for n, (category, count) in enumerate(zip(categories, counts, strict=True))
    ]
    geos = [{"ind": n, "country": "Chad"} for n in range(8)]
    users = [{"ind": n, "date_joined": moment("2015-01-01" if n < 5 else "2020-12-31 23:59:59")} for n in range(8)]
    given = tables(spark, pins, geos, users)
    assert of_function(BY_COUNTRY, given)[1] == [("Chad", "art", 2), ("Chad", "travel", 2)]
    assert of_function(BY_JOINING_YEAR, given)[1] == [(2015, 5.5), (2020, 3.0)]


def test_pandas_api_gives_what_its_sql_gives(spark: SparkSession, tmp_path: Path) -> None:
    """Both are examples of CONTRIBUTING.md."""
    [sql, function] = [
        block
        for block in re.findall(r"```(?:sql|python)\n(.*?)```", CONTRIBUTING.read_text(), re.DOTALL)
        if "SELECT" in block or "pandas_api" in block
    ]
    for kind, text in (("sql", sql), ("py", f'"""The same."""\n{function}')):
        path = tmp_path / "models" / "analytics" / f"posts_by_category.{kind}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    shutil.copytree(SHIPPED / "cleaned", tmp_path / "models" / "cleaned")
    model = Catalog.load(with_models(tmp_path / "models")).models["analytics/posts_by_category"]
    assert model.function is not None
    categories = ["travel", "art", None, "art", "Art", "é", None]
    pins = frame(spark, "cleaned/pin", [{"ind": n, "category": name} for n, name in enumerate(categories)])
    expected = rows_of(spark.sql(model.render("spark", view)))
    assert expected[1] == [("Art", 1), ("art", 2), ("travel", 1), ("é", 1)]
    assert rows_of(run_function(model, model.function, {"cleaned/pin": pins}.__getitem__)) == expected


BY_TITLE = '''"""
description: Posts of each title.
owner: team:growth
key: title
columns:
  title: string -- Title.
  posts: int -- Posts.
"""


def compute(raw_pin):
    return raw_pin.groupBy("title").count().withColumnRenamed("count", "posts")
'''


def test_spark_makes_the_table_and_duckdb_reads_it(platform: SparkPlatform) -> None:
    """Out of a table of DuckDB's; computed anew only when the code has changed."""
    path = platform.root / "models" / "analytics" / "titles.py"
    path.parent.mkdir(parents=True)

    def refresh(code: str) -> str:
        path.write_text(code)
        settings = load_settings(engine="spark", data=platform.root, landing="", lake="", _env_file=None)
        with closing(build_engine(settings, Catalog.load(with_models(platform.root / "models")))) as engine:
            return engine.refresh("analytics/titles").outcome

    def read() -> list[tuple[Any, ...]]:
        with closing(
            DuckDBEngine(platform.duckdb._settings, Catalog.load(with_models(platform.root / "models")))
        ) as engine:
            return engine.query("SELECT title, posts FROM analytics.titles ORDER BY title").rows

    platform.landing.put(0, [pin(n, title="even" if n % 2 == 0 else "odd") for n in range(5)])
    platform.duckdb.ingest("pin")
    assert refresh(BY_TITLE) == "replaced"
    assert read() == [("even", 3), ("odd", 2)]
    assert refresh(BY_TITLE + "# A comment.\n") == "unchanged"
    assert refresh(BY_TITLE.replace("return raw_pin", "return raw_pin.where(\"title = 'odd'\")")) == "replaced"
    assert read() == [("odd", 2)]


HEADER = '''"""
description: Places by the length of their names.
owner: team:growth
key: name_length
columns:
  name_length: int -- Characters of the country's name.
  places: bigint -- Posts there.
"""
from pyspark.sql import functions as F

'''


def run_tried(spark: SparkSession, tmp_path: Path, body: str) -> DataFrame:
    path = tmp_path / "models" / "analytics" / "places.py"
    path.parent.mkdir(parents=True)
    path.write_text(HEADER + body)
    model = Catalog.load(with_models(tmp_path / "models")).models["analytics/places"]
    assert model.function is not None
    geos = frame(spark, "raw/geo", [{"ind": n, "country": name} for n, name in enumerate(["Chad", "Peru", "Cuba"])])
    return run_function(model, model.function, {"raw/geo": geos}.__getitem__)


def test_result_has_the_declared_columns_in_their_order_and_types(spark: SparkSession, tmp_path: Path) -> None:
    """Python of the file's own goes to the workers with it: no module of that name could be imported there."""
    found = run_tried(
        spark,
        tmp_path,
        """
def compute(raw_geo):
    length = F.udf(_length, "bigint")
    return raw_geo.groupBy(length("country").alias("name_length")).agg(F.count("*").cast("int").alias("places"))


def _length(text):
    return len(text)
""",
    )
    assert rows_of(found) == ([("name_length", "int"), ("places", "bigint")], [(4, 3)])


@pytest.mark.parametrize(
    ("body", "returned"),
    [
        ("    return raw_geo.select('ind')\n", "the columns ind"),
        (
            "    return raw_geo.selectExpr('1 AS places', '2 AS name_length', '3 AS more')\n",
            "the columns places, name_",
        ),
        ("    return raw_geo.selectExpr('1 AS places', '2 AS places')\n", "the columns places, places"),
        ("    raw_geo.show()\n", "a NoneType"),
        ("    return raw_geo.count()\n", "a int"),
    ],
)
def test_result_of_another_shape_is_refused(spark: SparkSession, tmp_path: Path, body: str, returned: str) -> None:
    with pytest.raises(ModelError) as caught:
        run_tried(spark, tmp_path, "def compute(raw_geo):\n" + body)
    assert str(caught.value).startswith(f"analytics/places.py:11: compute returned {returned}")
    assert str(caught.value).endswith("but must return a DataFrame with the columns name_length, places")


def test_error_in_a_function_shows_its_line(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run_tried(spark, tmp_path, "def compute(raw_geo):\n    return 1 / 0\n")
    assert (Path(str(caught.traceback[-1].path)).name, caught.traceback[-1].lineno + 1) == ("places.py", 12)
