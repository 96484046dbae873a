"""Engines compute tables. `contract` defines what an engine does, and each engine is one package.

Two engines may take turns on one lake, so engines keep no state outside the lake. Only `build_engine` knows which
engines exist.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pinterest_platform.engines.contract import Engine

if TYPE_CHECKING:  # Python workers of Spark import this package too, and need neither.
    from pyspark.sql import SparkSession

    from pinterest_platform.catalog import Catalog
    from pinterest_platform.settings import Settings


def build_engine(settings: Settings, catalog: Catalog, spark: Callable[[], SparkSession] | None = None) -> Engine:
    """The engine that `PINTEREST_ENGINE` names. It opens nothing until it is used.

    `spark` supplies a session, which its owner closes. Without it, the engine opens its own session.
    """
    if settings.engine == "duckdb":
        from pinterest_platform.engines.duckdb.engine import DuckDBEngine

        return DuckDBEngine(settings, catalog)
    from pinterest_platform.engines.spark.engine import SparkEngine

    return SparkEngine(settings, catalog, spark)
