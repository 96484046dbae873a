"""Columns that change, with Spark as the engine: the tests are those of any engine, the version before was DuckDB's."""

from __future__ import annotations

import pytest

from pinterest_platform_tests.engines import test_columns_change as any_engine

before = any_engine.before
declared = any_engine.declared


def test_column_is_added_to_raw_in_place(platform, landing, before, caplog):
    any_engine.test_column_is_added_to_raw_in_place(platform, landing, before, caplog)


@pytest.mark.long
def test_column_is_added_to_cleaned_in_place(platform, landing, before, caplog):
    any_engine.test_column_is_added_to_cleaned_in_place(platform, landing, before, caplog)


@pytest.mark.long
def test_key_that_arrives_again_fills_its_row(platform, landing, before):
    any_engine.test_key_that_arrives_again_fills_its_row(platform, landing, before)


def test_column_is_there_to_be_read_before_anything_is_written(platform, landing, before):
    landing.put(0, [any_engine.pin(1, tag_list="a")])
    before()
    for query in (any_engine.TAGS, any_engine.CLEANED):
        assert platform.engine.query(query).rows == [(1, None)]


@pytest.mark.long
@pytest.mark.parametrize(("record", "told"), any_engine.REFUSED, ids=any_engine.REFUSED_IDS)
def test_other_changes_are_refused_and_rebuilt_from_landing(platform, landing, declared, record, told):
    any_engine.test_other_changes_are_refused_and_rebuilt_from_landing(platform, landing, declared, record, told)
