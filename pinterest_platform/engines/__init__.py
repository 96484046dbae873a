"""Engines compute tables: `contract` says what each must do, one package an engine does it.

Two engines may take turns on one lake, so nothing an engine knows lives outside the lake. `build_engine` is the only
place that knows which engines there are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pinterest_platform.engines.contract import Engine

if TYPE_CHECKING:  # Python workers of Spark import this room too, and need neither.
    from pyspark.sql import SparkSession

    from pinterest_platform.catalog import Catalog
    from pinterest_platform.settings import Settings


def build_engine(settings: Settings, catalog: Catalog, spark: Callable[[], SparkSession] | None = None) -> Engine:
    """The engine that `PINTEREST_ENGINE` names. It opens nothing until it is used. `spark` gives it a session that is
    closed by whoever opened it; without it the engine has one of its own."""
    if settings.engine == "duckdb":
        from pinterest_platform.engines.duckdb.engine import DuckDBEngine

        return DuckDBEngine(settings, catalog)
    from pinterest_platform.engines.spark.engine import SparkEngine

    return SparkEngine(settings, catalog, spark)
