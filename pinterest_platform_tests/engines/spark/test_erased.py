"""Records are erased from a lake that Spark writes, and Spark does not bring them back."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.privacy.erasure import Eraser
from pinterest_platform.privacy.predicate import parse_predicate
from pinterest_platform.streaming.catalog import load_catalog
from pinterest_platform.tasks.retention import expire
from pinterest_platform_tests.engines.spark.platforms import spark_settings
from pinterest_platform_tests.landing_data import catalog, touch_later, user
from pinterest_platform_tests.privacy.person import FIRST, KEY, WHERE, land, person, traces

pytestmark = pytest.mark.long


def test_spark_forgets_a_person(platform, tmp_path):
    land(platform.landing)
    platform.engine.ingest("user")
    platform.engine.refresh("cleaned/user")
    assert any("_delta_log" in path for path in traces(tmp_path / "lake"))
    others = [row for row in platform.raw("user") if row[1] != FIRST]
    with closing(Eraser(spark_settings(tmp_path), PINTEREST)) as eraser:
        predicate = parse_predicate(WHERE, PINTEREST.records["user"])
        eraser.finish(eraser.begin(predicate, eraser.find(predicate)), lambda: 0, lambda _: None)
    assert traces(tmp_path / "lake", tmp_path / "landing") == []
    assert platform.raw("user") == others
    platform.landing.put(11, [person(), user(6), person(KEY, age=777)], record="user")
    result = platform.engine.ingest("user")
    assert (result.rows_added, result.rows_rejected, result.rows_erased) == (1, 0, 8)
    assert result.landed_again == ((0, 11, 11), (0, 13, 13))
    result = platform.engine.ingest("user", full_refresh=True)
    assert (result.rows_added, result.rows_rejected, result.rows_erased) == (len(others) + 1, 0, 8)
    platform.engine.refresh("cleaned/user")
    assert traces(tmp_path / "lake") == []


def test_spark_misses_nothing_that_is_expired(platform):
    lines = [user(1, age=20), user(2), b"garbage", user(1, age=21)]
    platform.landing.put(0, lines, record="user")
    platform.landing.put(4, [user(3)], record="user")
    platform.engine.ingest("user")
    settings = spark_settings(platform.root, retention_days=30)
    then = datetime.now(UTC) + timedelta(days=31)
    assert [gone.count for gone in expire(settings, load_catalog(settings, catalog().domain), lambda: then)][:2] == [
        1,
        1,
    ]
    touch_later(platform.landing.path(4, record="user"))
    platform.landing.put(0, lines, record="user")
    platform.landing.put(5, [user(4)], record="user")
    result = platform.engine.ingest("user")
    assert (result.rows_added, result.rows_rejected, result.expired) == (1, 0, {0: 3})
    assert [row[0] for row in platform.raw("user")] == [2, 1, 3, 4]
