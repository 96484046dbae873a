"""A record without value deletes its key from cleaned tables and results; raw keeps that it came."""

from __future__ import annotations

import pytest

from pinterest_platform.tasks.checks import evaluate
from pinterest_platform_tests.landing_data import catalog, geo, pin, tombstone, user

KEYS = {
    "1": 1,
    '"1"': 1,
    '{"index": 1}': 1,
    '{"schema": {}, "payload": {"index": 1}}': 1,
    "1.0": 1,
}
NO_KEYS = {
    "one": 'tombstone: index: "one" is not a whole number of 64 bits',
    "": 'tombstone: index: "" is not a whole number of 64 bits',
    "[1]": 'tombstone: index: "[1]" is not a whole number of 64 bits',
    '{"id": 1}': "tombstone: its key has no index",
}


def bring_up_to_date(platform):
    for record in ("pin", "geo", "user"):
        platform.engine.ingest(record)
    for name in ("pin", "geo", "user", "post"):
        platform.engine.refresh(f"cleaned/{name}")
    platform.engine.refresh("analytics/most_popular_category_by_country")


def categories(platform):
    return platform.rows("SELECT category, category_count FROM analytics.most_popular_category_by_country ORDER BY 1")


def test_a_deleted_pin_is_in_no_table_and_raw_says_when_it_went(platform, landing):
    landing.put(0, [pin(1), pin(2, category="travel"), pin(3, category="travel")])
    landing.put(0, [geo(n) for n in (1, 2, 3)], record="geo")
    landing.put(0, [user(n) for n in (1, 2, 3)], record="user")
    bring_up_to_date(platform)
    assert categories(platform) == [("travel", 2)]
    landing.put(3, [tombstone(2, _kafka_ts=5_000), tombstone(3)])
    bring_up_to_date(platform)
    for table in ("pin", "post"):
        assert platform.rows(f"SELECT ind FROM cleaned.{table}") == [(1,)]
    assert categories(platform) == [("art", 1)]
    assert platform.rows("SELECT `index`, kafka_offset FROM raw.pin WHERE tombstone ORDER BY 2") == [(2, 3), (3, 4)]
    assert platform.rejected() == []


def test_a_key_that_comes_again_is_there_again(platform, landing):
    landing.put(0, [pin(1, title="first"), tombstone(1), pin(1, title="again"), pin(2), tombstone(2)])
    bring_up_to_date(platform)
    assert platform.rows("SELECT ind, title FROM cleaned.pin") == [(1, "again")]
    landing.put(5, [tombstone(1)])
    bring_up_to_date(platform)
    assert platform.rows("SELECT ind FROM cleaned.pin") == []
    landing.put(6, [pin(1, title="third")])
    bring_up_to_date(platform)
    assert platform.rows("SELECT ind, title FROM cleaned.pin") == [(1, "third")]


def test_a_tombstone_that_is_older_than_the_record_deletes_nothing(platform, landing):
    landing.put(5, [pin(1, title="new")])
    bring_up_to_date(platform)
    landing.put(0, [pin(1, title="old"), tombstone(1), tombstone(9)])
    bring_up_to_date(platform)
    assert platform.rows("SELECT ind, title FROM cleaned.pin") == [(1, "new")]


def test_checks_pass_where_keys_are_deleted(platform, landing):
    landing.put(0, [pin(1), pin(2), tombstone(1), tombstone(7)])
    bring_up_to_date(platform)
    for address in ("raw/pin", "cleaned/pin"):
        broken = [
            r.name
            for r in evaluate(platform.engine, catalog(), catalog().table(address))
            if r.blocking and not r.passed
        ]
        assert broken == [], address


@pytest.mark.parametrize("key", KEYS)
def test_keys_as_producers_write_them(platform, landing, key):
    landing.put(0, [pin(1), tombstone(key), pin(2)])
    bring_up_to_date(platform)
    assert platform.rows("SELECT ind FROM cleaned.pin") == [(2,)]
    assert platform.rejected() == []


def test_a_tombstone_whose_key_cannot_be_read_is_rejected_and_deletes_nothing(platform, landing):
    landing.put(0, [pin(1), *map(tombstone, NO_KEYS), b'{"_tombstone": 2, "index": 1}', b'{"_tombstone": null}'])
    bring_up_to_date(platform)
    assert platform.rows("SELECT ind FROM cleaned.pin") == [(1,)]
    assert [reason for *_, reason in platform.rejected()] == [
        *NO_KEYS.values(),
        "index: missing or null, and it is required",
    ]
    assert platform.rows("SELECT `index` FROM raw.pin WHERE tombstone") == [(2,)]
