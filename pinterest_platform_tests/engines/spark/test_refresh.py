"""What a refresh must do, asked of Spark: the tests are those of any engine, the rows are looked at with DuckDB.

DuckDB makes what the refreshed table is computed from: what Spark ingests is in `test_ingest.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from pinterest_platform.engines.contract import IngestResult
from pinterest_platform.engines.spark import spark_tables
from pinterest_platform.engines.spark.engine import SparkEngine
from pinterest_platform_tests.engines import test_refresh_does_what_is_needed as any_engine
from pinterest_platform_tests.engines.spark.platforms import SparkPlatform, spark_settings
from pinterest_platform_tests.engines.test_merge_equals_rebuild import (  # noqa: F401
    test_older_record_arriving_later_does_not_win,
    test_tombstone_deletes_the_row_of_its_key,
)
from pinterest_platform_tests.engines.test_refresh_does_what_is_needed import (  # noqa: F401
    refreshed,
    test_identical_rows_sent_again_rewrite_nothing,
    test_new_rows_are_merged,
)
from pinterest_platform_tests.landing_data import catalog, engine_over, pin


class _Refreshing(SparkEngine):
    def ingest(self, *arguments: Any, **options: Any) -> IngestResult:
        return self._alone.ingest(*arguments, **options)


@pytest.fixture
def platform(spark: SparkSession, tmp_path: Path) -> Iterator[SparkPlatform]:  # noqa: ARG001
    platform = SparkPlatform(tmp_path, _Refreshing(spark_settings(tmp_path), catalog()), engine_over(tmp_path))
    yield platform
    platform.close()


def test_rows_are_merged_into_an_empty_table(platform):
    for lines in ([], [pin(n) for n in range(3)]):
        platform.landing.put(0, lines)
        platform.engine.ingest("pin")
        done = platform.engine.refresh("cleaned/pin")
    assert (done.outcome, done.rows_total) == ("merged", 3)


def test_merge_by_spark_deletes_too(platform, landing, monkeypatch):
    """As it merges into a table of many files."""
    monkeypatch.setattr(spark_tables, "_MOST_FILES", 0)
    test_tombstone_deletes_the_row_of_its_key(platform, landing)


class TestTablesThatAreReplacedWhole(any_engine.TestTablesThatAreReplacedWhole):
    #: What is then different is decided before the engine is asked.
    test_files_of_the_upstream_were_only_joined = None
    test_full_refresh = None

    def run(self, platform):
        platform.engine.ingest("user")
        platform.duckdb.refresh("cleaned/user")
        return platform.engine.refresh(self.ADDRESS)
