"""Spark's session as a resource: a `LazyPySparkResource` whose session has what the tables need.

The package dagster-pyspark would start one without Delta and would not end it. It is imported here only, so this module
is for runs whose engine is Spark.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg
from dagster_pyspark import LazyPySparkResource
from dagster_spark.utils import flatten_dict
from pydantic import Field, PrivateAttr
from pyspark.sql import SparkSession

from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.settings import Settings


def spark_resource(settings: Settings, spark_config: Mapping[str, Any]) -> LazyPySparkResource:
    """The session of a run, opened when a step first needs it and closed at the run's end."""

    class Spark(LazyPySparkResource):
        """The Spark session of a run, with Delta and S3. The engine uses it, and so may ops of your own."""

        spark_config: dict[str, Any] = Field(
            default_factory=dict,
            description="Properties of Spark, which win over PINTEREST_SPARK_*: spark.driver.memory: 4g, or nested.",
        )
        _opened: SparkSession | None = PrivateAttr(default=None)

        @property
        def spark_session(self) -> SparkSession:
            if self._opened is None:
                self._opened = open_session(settings, flat(self.spark_config))
            return self._opened

        @property
        def spark_context(self) -> Any:
            return self.spark_session.sparkContext

        def teardown_after_execution(self, _context: dg.InitResourceContext) -> None:
            if self._opened is not None:
                close_session(self._opened)
                self._opened = None

    return Spark(spark_config=dict(spark_config))


def flat(spark_config: Mapping[str, Any]) -> dict[str, str]:
    """Properties by their dotted names, as Spark writes their values."""
    properties: list[tuple[str, Any]] = flatten_dict(spark_config)  # type: ignore[no-untyped-call]
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in properties}
