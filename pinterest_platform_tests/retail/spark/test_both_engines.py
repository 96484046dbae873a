"""Spark makes the same tables of the retail sources as DuckDB, and either goes on where the other stopped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pinterest_platform.sql import relation
from pinterest_platform_tests.retail.cases import BAD, CASES, SOURCES
from pinterest_platform_tests.retail.lakes import Retail, Row, catalog, order, product, store


def sources() -> dict[str, list[Row]]:
    """Every case that is read rightly or rejected, and sales among them, one of which lacks a store."""
    rows = {
        source: [
            *(row for kind, row, _ in CASES if kind == source),
            *({**make(10_000 + n), **fields} for n, (kind, fields, _) in enumerate(BAD) if kind == source),
        ]
        for source, (make, _, _) in SOURCES.items()
    }
    kept = {source: [row for kind, row, _ in CASES if kind == source] for source in SOURCES}
    moments = [{**row, "day": str(n + 1), "month": str(n % 12 + 1)} for n, row in enumerate(kept["dates"])]
    more = [
        {
            **kept["dates"][0],
            "date_uuid": f"{n:08x}-0000-4000-8000-000000000000",
            "year": str(2000 + n % 7),
            "month": str(n % 12 + 1),
            "day": str(n % 28 + 1),
            "timestamp": f"{n % 24:02d}:59:0{n % 10}",
        }
        for n in range(200)
    ]
    sales = [
        order(
            1,
            date_uuid=str(when["date_uuid"]),
            user_uuid=kept["users"][n % len(kept["users"])]["user_uuid"],
            card_number=str(kept["cards"][n % len(kept["cards"])]["card_number"]).lstrip("?"),
            store_code=kept["stores"][n * 3 % len(kept["stores"])]["store_code"],
            product_code=kept["products"][n * 5 % len(kept["products"])]["product_code"],
            product_quantity=str(n % 15 + 1),
        )
        for n, when in enumerate(more)
    ]
    return rows | {
        "dates": [*moments, *rows["dates"], *more],
        "orders": [*sales[:-1], {**sales[-1], "store_code": "GONE"}],
    }


@pytest.fixture
def both(tmp_path: Path, spark: SparkSession) -> Iterator[dict[str, Retail]]:  # noqa: ARG001
    """Spark and DuckDB over one lake, and DuckDB over one of its own."""
    on_spark = {"engine": "spark", "spark_master": "local[2]", "spark_min_mb": 0}
    engines = {
        "spark": Retail(tmp_path, **on_spark),
        "duckdb": Retail(tmp_path),
        "alone": Retail(tmp_path, lake=str(tmp_path / "own")),
    }
    yield engines
    for retail in engines.values():
        retail.close()


def tables(retail: Retail) -> dict[str, list[Any]]:
    """Rows of every table, of raw without when and from where; those of models in their order where it is said."""
    found = {}
    for address in catalog().addresses:
        names = [column.name for column in catalog().columns(address) if column.name != "ingested_at"]
        columns = ", ".join(f"`{name}`" for name in names)
        rows = retail.rows(f"SELECT {columns} FROM {relation(address)}")
        found[address] = rows if address.startswith("analytics/") else sorted(rows, key=repr)
    return found


def models_of(versions: dict[str, int]) -> dict[str, int]:
    return {address: version for address, version in versions.items() if address in catalog().models}


@pytest.fixture(scope="module")
def made(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Retail]:
    """Tables that DuckDB made, as views of the session."""
    root = tmp_path_factory.mktemp("retail")
    retail = Retail(root)
    retail.load(**sources())
    for address in catalog().addresses:
        spark.read.format("delta").load(str(root / "lake" / address)).createOrReplaceTempView(view(address))
    yield retail
    retail.close()


def test_spark_computes_the_tables_that_duckdb_made(spark: SparkSession, made: Retail) -> None:
    for address, model in catalog().models.items():
        found = [tuple(row) for row in spark.sql(model.render("spark", view)).collect()]
        kept = [tuple(row.values()) for row in made.table(address)]
        if address.startswith("cleaned/"):
            found, kept = sorted(found, key=repr), sorted(kept, key=repr)
        assert found == kept, address


@pytest.mark.long  # Checks of models are of the same functions as the models, and patterns have tests on Spark.
def test_checks_find_as_much_on_both_engines(spark: SparkSession, made: Retail) -> None:
    for address in catalog().addresses:
        violations = [check.violations(address) for check in catalog().checks(address)]
        # One query for all checks of a table: each has a price of its own.
        asked = " CROSS JOIN ".join(f"(SELECT COUNT(*) FROM (\n{sql}\n))" for sql in violations)
        [counts] = spark.sql(catalog().render_query(f"SELECT * FROM {asked}", "spark", view)).collect()
        assert list(counts) == [len(made.rows_of(sql)) for sql in violations], address


def view(address: str) -> str:
    """The name of the view of a table, whose new rows are all it has."""
    return "retail_" + address.removeprefix("new/").replace("/", "_")


@pytest.mark.long  # What differs by engine is in the models, which the test before this one compares.
def test_tables_and_checks_are_the_same_and_engines_take_turns(both: dict[str, Retail]) -> None:
    first, alone, then = both["spark"], both["alone"], both["duckdb"]
    for record, rows in sources().items():
        first.land(record, rows)
    first.compute()
    alone.compute()
    assert tables(then) == tables(alone)
    assert len(then.rows("SELECT * FROM cleaned.orders_table")) == 199
    for address in catalog().addresses:
        assert sorted(first.violated(address)) == sorted(alone.violated(address)), address

    # A price and a store that was missing, by the other engine.
    given = sources()
    given["products"][0] = {**given["products"][0], "product_price": "£0.01"}
    then.land("products", [*given["products"], product(77)])
    then.land("stores", [*given["stores"], store(77)])
    then.compute()
    alone.compute()
    assert tables(then) == tables(alone)
    versions = models_of(then.versions())
    first.compute()
    assert models_of(first.versions()) == versions
