"""Views over batch and streams: both engines give the same rows."""

from __future__ import annotations

from contextlib import closing

import pytest

from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.engines.spark.engine import SparkEngine
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform.streaming.writer import Writer
from pinterest_platform_tests.engines.spark.platforms import spark_settings
from pinterest_platform_tests.landing_data import Landing, geo, pin, user
from pinterest_platform_tests.streaming.chunks import FIRST, chunk, session_of, stream_of


@pytest.mark.usefixtures("spark")
def test_views_of_both(tmp_path):
    settings = spark_settings(tmp_path)
    catalog = load_catalog(settings, PINTEREST)
    duckdb, spark = DuckDBEngine(settings, catalog), SparkEngine(settings, catalog)
    Landing(tmp_path / "landing").put(0, [pin(n, title="batch") for n in range(3)])
    duckdb.ingest("pin")
    duckdb.refresh("cleaned/pin")
    streamed = {
        "pin": [pin(1, title="once"), pin(1, title="again"), pin(7, tag_list="ä, b")],
        "geo": [geo(1), geo(7, country="Chad")],
        "user": [user(7), user(7, age=44)],
    }
    for record, lines in streamed.items():
        stream = stream_of(settings, record)
        with closing(
            Writer(session_of(settings), stream, RECORDS[stream.record], catalog.models[stream.model])
        ) as writer:
            # From 9 to 10: sequence numbers are texts of digits.
            writer.add([chunk(lines[:1], first=9), chunk(lines[1:], first=FIRST)])
    with closing(duckdb), closing(spark):
        for address in catalog.views:
            sql = f"SELECT * FROM {address.replace('/', '.')} ORDER BY ind"
            expected, found = duckdb.query(sql), spark.query(sql)
            assert expected.rows, address
            assert (found.columns, found.rows) == (expected.columns, expected.rows), address
