"""Every model gives the same table on both engines, whatever the rows. A new model is tested here by being there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession

from pinterest_platform.catalog import Model
from pinterest_platform.engines.duckdb.session import sql_type
from pinterest_platform_tests.engines.spark.nasty import Row, rows
from pinterest_platform_tests.landing_data import catalog

MODELS = [model for model in catalog().models.values() if model.sql is not None]


def on_duckdb(model: Model, tables: dict[str, list[Row]]) -> tuple[list[tuple[str, str]], list[Row]]:
    with duckdb.connect() as db:
        for address, given_rows in tables.items():
            layer, name = address.split("/")
            columns = catalog().columns(address)
            fields = ", ".join(f'"{c.name}" {sql_type(c.type)}' for c in columns)
            db.execute(f'CREATE SCHEMA IF NOT EXISTS "{layer}"; CREATE TABLE "{layer}"."{name}" ({fields})')
            if given_rows:
                db.executemany(f'INSERT INTO "{layer}"."{name}" VALUES ({", ".join("?" * len(columns))})', given_rows)
        result = db.execute(model.render("duckdb"))
        schema = [(column[0], str(column[1])) for column in result.description or ()]
        return schema, result.fetchall()


def on_spark(
    spark: SparkSession, model: Model, tables: dict[str, list[Row]]
) -> tuple[list[tuple[str, str]], list[Row]]:
    names = {}
    for address, given_rows in tables.items():
        columns = ", ".join(f"`{c.name}` {c.type}" for c in catalog().columns(address))
        names[address] = address.replace("/", "_")
        spark.createDataFrame(given_rows, columns).createOrReplaceTempView(names[address])
    frame = spark.sql(model.render("spark", names.__getitem__))
    return [(f.name, f.dataType.simpleString()) for f in frame.schema.fields], [tuple(r) for r in frame.collect()]


def shown(found: Sequence[Row]) -> list[str]:
    """Rows in an order of their own, as text in which values of different types differ."""
    return sorted(json.dumps([_plain(value) for value in row], ensure_ascii=False) for row in found)


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else [type(value).__name__, str(value)]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.address)
@settings(
    max_examples=2,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
@given(data=st.data())
def test_same_table(spark, model, data):
    tables = {address: data.draw(rows(catalog().columns(address)), label=address) for address in model.upstreams}
    (duckdb_schema, duckdb_rows), (spark_schema, spark_rows) = on_duckdb(model, tables), on_spark(spark, model, tables)
    declared = [(column.name, column.type) for column in model.columns]
    assert spark_schema == declared
    assert duckdb_schema == [
        (name, sql_type(kind).replace("INT", "INTEGER") if kind == "int" else sql_type(kind)) for name, kind in declared
    ]
    assert shown(spark_rows) == shown(duckdb_rows)
