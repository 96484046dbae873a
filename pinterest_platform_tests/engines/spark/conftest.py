"""Tests of the engines are given a platform with Spark as the engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from pinterest_platform_tests.engines.spark.platforms import SparkPlatform, open_spark_platform


@pytest.fixture
def platform(spark: SparkSession, tmp_path: Path) -> Iterator[SparkPlatform]:  # noqa: ARG001
    platform = open_spark_platform(tmp_path)
    yield platform
    platform.close()
