"""Pseudonyms that Spark makes are those that DuckDB makes, whichever computes a table next."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.engines.spark.engine import SparkEngine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pseudonyms import Pseudonyms, relation
from pinterest_platform_tests.engines.spark.platforms import spark_settings
from pinterest_platform_tests.landing_data import geo, open_platform, pin, user
from pinterest_platform_tests.report.lakes import land

SECRET = Pseudonyms(b"a secret that nobody can guess")
CATALOG = Catalog.load(PINTEREST, SECRET)

pytestmark = pytest.mark.long


def compute(engine: Engine) -> dict[str, str]:
    for record in RECORDS:
        engine.ingest(record)
    return {address: engine.refresh(address).outcome for address in CATALOG.models}


@pytest.mark.usefixtures("spark")
def test_both_engines_make_the_same_and_take_turns(tmp_path: Path) -> None:
    landing = open_platform(tmp_path)
    land(landing, 0, 300)
    people = ["Zoë 蓝 \U0001f600", "O'Brien", " ", "", None, "a" * 5_000, "back\\slash"]
    landing.landing.put(0, [pin(n, poster_name=name) for n, name in enumerate(people)], partition=1)
    landing.landing.put(0, [geo(n, latitude=-0.3, longitude=0.5) for n in range(7)], record="geo", partition=1)
    landing.landing.put(
        0, [user(n, first_name=name or "x") for n, name in enumerate(people)], record="user", partition=1
    )
    read = spark_settings(tmp_path)
    lakes = {name: tmp_path / name for name in ("spark", "duckdb")}
    settings = {name: read.model_copy(update={"lake": str(path)}) for name, path in lakes.items()}
    with (
        closing(SparkEngine(settings["spark"], CATALOG)) as by_spark,
        closing(DuckDBEngine(settings["duckdb"], CATALOG)) as by_duckdb,
        closing(DuckDBEngine(settings["spark"], CATALOG)) as other,
    ):
        compute(by_spark)
        compute(by_duckdb)
        for address in CATALOG.models:
            asked = f"SELECT * FROM {address.replace('/', '.')}"
            found, expected = (sorted(engine.query(asked).rows, key=repr) for engine in (other, by_duckdb))
            assert expected
            assert found == expected, address
        assert set(compute(other).values()) == {"unchanged"}
        landing.landing.put(1_000, [pin(3, poster_name="Ann")], partition=1)
        assert compute(by_spark)["cleaned/pin"] == "merged"
        for table in ("pin", "post"):
            asked = f"SELECT COUNT(*) FROM cleaned.{table} WHERE poster_name = PSEUDONYM('Ann')"
            assert by_spark.query(asked).rows == other.query(asked).rows == [(1,)]


def test_secret_is_in_no_plan(spark: SparkSession, tmp_path: Path) -> None:
    platform = open_platform(tmp_path)
    platform.landing.put(0, [user()], record="user")
    with closing(SparkEngine(spark_settings(tmp_path), CATALOG)) as engine:
        engine.ingest("user")
        engine.refresh("cleaned/user")
        hashed = spark.sql(
            f"SELECT sha2(concat((SELECT outer_pad FROM {relation(SECRET.mark)}), encode('x', 'UTF-8')), 256)"
        )
        hashed.collect()
        shown = spark._jvm.PythonSQLUtils.explainString(hashed._jdf.queryExecution(), "extended")
        for pad in SECRET.pads:
            assert pad.hex() not in shown.lower().replace(" ", "")
            assert pad.decode("latin-1") not in shown
