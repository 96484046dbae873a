"""A table that joins others by their keys, computed by Spark: the tests are those of any engine.

DuckDB makes the tables that are joined, and computes the whole join that Spark's rows are compared with.
"""

from __future__ import annotations

from functools import partial

import pytest

from pinterest_platform.engines.spark import spark_tables
from pinterest_platform.engines.spark.engine import SparkEngine
from pinterest_platform_tests.engines import test_joined_by_key as any_engine
from pinterest_platform_tests.engines import test_joined_by_several_columns as by_several_columns
from pinterest_platform_tests.engines.spark.platforms import spark_settings
from pinterest_platform_tests.engines.spark.test_refresh import platform  # noqa: F401
from pinterest_platform_tests.engines.test_joined_by_key import (  # noqa: F401
    posts,
    test_compaction_between_what_arrived_and_its_refresh,
    test_place_and_author_arrive_later_than_their_pin,
    test_tombstone_of_a_pin_removes_its_row,
    test_upstreams_that_do_not_exist_yet,
)


@pytest.fixture
def made_by(platform):  # noqa: F811
    return platform.duckdb


@pytest.mark.parametrize("order", [("geo", "pin", "user")], ids=", ".join)
def test_records_arrive_in_any_order(posts, order):  # noqa: F811
    any_engine.arrive_in(posts, order)


@pytest.mark.parametrize(("record", "line", "row"), any_engine.UPDATES[1:2], ids=["geo"])
def test_update_of_an_upstream(posts, record, line, row):  # noqa: F811
    any_engine.test_update_of_an_upstream(posts, record, line, row)


@pytest.mark.parametrize("record", ["user"])
def test_new_file_of_an_upstream_compacted_and_vacuumed(posts, record):  # noqa: F811
    any_engine.test_new_file_of_an_upstream_compacted_and_vacuumed(posts, record)


@pytest.mark.parametrize("record", ["pin"])
def test_restored_upstream(posts, record):  # noqa: F811
    any_engine.test_restored_upstream(posts, record)


def test_merge_by_spark(posts, monkeypatch):  # noqa: F811
    """As it merges into a table of many files."""
    monkeypatch.setattr(spark_tables, "_MOST_FILES", 0)
    test_place_and_author_arrive_later_than_their_pin(posts)


@pytest.mark.long
@pytest.mark.usefixtures("spark")
@pytest.mark.parametrize(("join", "count"), by_several_columns.JOINS)
def test_keys_of_several_columns(tmp_path, join, count):
    by_several_columns.several_columns(tmp_path, join, count, partial(SparkEngine, spark_settings(tmp_path)))
