"""The Spark session as a resource: a `LazyPySparkResource` whose session supports Delta and S3.

dagster-pyspark itself would start a session without Delta and never stop it. Only this module imports dagster-pyspark,
so only runs on Spark load it.
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
    """The session of a run. It opens when a step first needs it and closes when the run ends."""

    class Spark(LazyPySparkResource):
        """The Spark session of a run, with Delta and S3. The engine uses it, and your own ops can use it too."""

        spark_config: dict[str, Any] = Field(
            default_factory=dict,
            description="Spark properties, such as spark.driver.memory: 4g; they can be nested. They override "
            "PINTEREST_SPARK_*.",
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
    """Properties by their dotted names, with values in Spark's notation."""
    properties: list[tuple[str, Any]] = flatten_dict(spark_config)  # type: ignore[no-untyped-call]
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in properties}
