"""One session for all who ask: with Delta, in UTC and ANSI mode, and no second one elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pinterest_platform.engines.contract import EngineError
from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.settings import load_settings


def test_tables_are_written_and_read(spark: SparkSession, tmp_path: Path) -> None:
    table = str(tmp_path / "table")
    spark.sql(f"CREATE TABLE delta.`{table}` (id BIGINT, at TIMESTAMP_NTZ) USING delta")
    spark.sql(f"INSERT INTO delta.`{table}` VALUES (1, NULL), (2, TIMESTAMP_NTZ '2024-03-31 02:30:00')")
    found = spark.sql(f"SELECT id, CAST(at AS STRING) AS at FROM delta.`{table}` ORDER BY id").collect()
    assert [tuple(row) for row in found] == [(1, None), (2, "2024-03-31 02:30:00")]
    assert spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert spark.conf.get("spark.sql.ansi.enabled") == "true"


def test_one_session_for_all_who_ask(spark: SparkSession) -> None:
    first, second = (open_session(load_settings(engine="spark")) for _ in range(2))
    assert first is spark
    assert second is spark
    close_session(first)
    close_session(second)
    assert spark.range(2).count() == 2


@pytest.mark.usefixtures("spark")
def test_secret_that_comes_too_late_is_not_shown() -> None:
    with pytest.raises(
        EngineError, match=r"sets spark\.authenticate\.secret=\*\*\*, which must be set when a session starts"
    ):
        open_session(load_settings(engine="spark"), {"spark.authenticate.secret": "guess"})


@pytest.mark.usefixtures("spark")
def test_session_elsewhere_is_refused_while_this_one_is_open() -> None:
    with pytest.raises(EngineError, match="one Spark session at a time"):
        open_session(load_settings(engine="spark", spark_remote="sc://127.0.0.1:15002"))
