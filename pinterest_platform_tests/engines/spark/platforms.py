"""A landing zone and a lake with both engines over them: which one does what is up to the test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.engines.spark.engine import SparkEngine
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.landing_data import PREFIX, Platform, catalog, engine_over


def spark_settings(root: Path, **others: Any) -> Settings:
    """Settings of a Spark engine under `root`, which leaves nothing to DuckDB for being small; a session that is there
    is used."""
    given = {"landing": "", "lake": "", "source_url": "", "topic_prefix": PREFIX, "spark_master": "local[2]"} | others
    return load_settings(data=root, engine="spark", _env_file=None, **({"spark_min_mb": 0} | given))


@dataclass(frozen=True)
class SparkPlatform(Platform):
    """`engine` computes with Spark, `duckdb` with DuckDB. Rows are looked at with DuckDB: it is not the one that wrote
    them, and faster."""

    engine: SparkEngine  # type: ignore[assignment]
    duckdb: DuckDBEngine

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.duckdb.query(sql).rows

    def raw(self, record: str = "pin") -> list[tuple[Any, ...]]:
        return Platform(self.root, self.duckdb).raw(record)

    def close(self) -> None:
        self.engine.close()
        self.duckdb.close()


def open_spark_platform(root: Path, **others: Any) -> SparkPlatform:
    return SparkPlatform(root, SparkEngine(spark_settings(root, **others), catalog()), engine_over(root))
