"""Every model gives the same table on both engines, whatever the rows. A new model is tested here by being there.

Batches of rows for all tables that models read are drawn once, written once, and read by every model on both engines.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from pyspark.sql import SparkSession

from pinterest_platform.catalog import Model
from pinterest_platform.lake.columns import sql_type
from pinterest_platform_tests.engines.spark.nasty import Row, rows
from pinterest_platform_tests.landing_data import catalog

MODELS = [model for model in catalog().models.values() if model.sql is not None]
READ = sorted({address for model in MODELS for address in model.upstreams})

#: Column names with types, and rows.
Table = tuple[list[tuple[str, str]], list[Row]]


@dataclass(frozen=True)
class Batch:
    """Rows of every table that a model reads; DuckDB has them as tables, Spark as views of the files that it wrote."""

    number: int
    tables: dict[str, list[Row]]

    def name(self, address: str) -> str:
        return f"{address.replace('/', '_')}_{self.number}"

    def load(self, folder: Path, db: duckdb.DuckDBPyConnection, spark: SparkSession) -> None:
        for address, drawn in self.tables.items():
            name, columns = self.name(address), catalog().columns(address)
            fields = ", ".join(f'"{c.name}" {sql_type(c.type)}' for c in columns)
            db.execute(f"CREATE TABLE {name} ({fields})")
            if drawn:
                db.executemany(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", drawn)
            file = folder / f"{name}.parquet"
            # A dictionary would make 0.0 and -0.0 one value.
            db.execute(f"COPY {name} TO '{file}' (DICTIONARY_SIZE_LIMIT 0)")
            schema = ", ".join(f"`{c.name}` {c.type}" for c in columns)
            spark.read.schema(schema).parquet(str(file)).createOrReplaceTempView(name)


def draw_batch(number: int) -> Batch:
    """Batch 0 has no rows at all."""
    dice = Random(number)
    return Batch(number, {address: rows(dice, catalog().columns(address)) if number else [] for address in READ})


@pytest.fixture(scope="module")
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as db:
        yield db


@pytest.fixture(scope="module")
def batches(spark, db, tmp_path_factory) -> list[Batch]:
    folder = tmp_path_factory.mktemp("batches")
    batches = [draw_batch(number) for number in range(2)]
    for batch in batches:
        batch.load(folder, db, spark)
    return batches


def on_duckdb(db: duckdb.DuckDBPyConnection, model: Model, batch: Batch) -> Table:
    result = db.execute(model.render("duckdb", batch.name))
    return [(column[0], str(column[1])) for column in result.description or ()], result.fetchall()


def on_spark(spark: SparkSession, model: Model, batch: Batch) -> Table:
    frame = spark.sql(model.render("spark", batch.name))
    return [(f.name, f.dataType.simpleString()) for f in frame.schema.fields], [tuple(r) for r in frame.collect()]


def shown(found: Sequence[Row]) -> list[str]:
    """Rows as text in which values of different types differ."""
    return [json.dumps([_plain(value) for value in row], ensure_ascii=False) for row in found]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | float | str) else [type(value).__name__, str(value)]


def assert_same(model: Model, batch: Batch, duckdb_table: Table, spark_table: Table) -> None:
    declared = [(column.name, column.type) for column in model.columns]
    assert spark_table[0] == declared
    assert duckdb_table[0] == [
        (name, sql_type(kind).replace("INT", "INTEGER") if kind == "int" else sql_type(kind)) for name, kind in declared
    ]
    of_duckdb, of_spark = Counter(shown(duckdb_table[1])), Counter(shown(spark_table[1]))
    if of_duckdb != of_spark:
        told = [f"{model.address} of batch {batch.number}. Only DuckDB has:", *(of_duckdb - of_spark).elements()]
        told += ["Only Spark has:", *(of_spark - of_duckdb).elements()]
        for address in model.upstreams:
            told += [f"Rows of {address}:", *map(repr, batch.tables[address])]
        pytest.fail("\n".join(told), pytrace=False)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.address)
def test_same_table(spark, db, batches, model):
    for batch in batches:
        assert_same(model, batch, on_duckdb(db, model, batch), on_spark(spark, model, batch))


@pytest.mark.long
@pytest.mark.parametrize("number", range(2, 25))
def test_same_tables_of_many_rows(spark, db, tmp_path, number):
    batch = draw_batch(number)
    batch.load(tmp_path, db, spark)
    for model in MODELS:
        assert_same(model, batch, on_duckdb(db, model, batch), on_spark(spark, model, batch))
