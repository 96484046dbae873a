"""Rejected lines go to raw once a fix of the rules lets them fit, each once, whatever dies in between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pinterest_platform.engines.duckdb import release
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS, USER
from pinterest_platform_tests.engines.children import Death, run_to_death
from pinterest_platform_tests.landing_data import geo, open_platform, pin, touch_later, user, wait_for_settled

AGES = tuple(replace(c, maximum=200) if c.name == "age" else c for c in USER.columns)
WIDER = replace(PINTEREST, records={**RECORDS, "user": replace(USER, columns=AGES)})
MARK = b"\xef\xbb\xbf"


@pytest.fixture
def rejected(platform, landing):
    """Four users of 150 years in two partitions, one of 300, and other lines that do not fit."""
    landing.put(
        0, [user(1), user(2, age=150), b"garbage", user(3, age=150, _offset=7), user(4, age=300)], record="user"
    )
    landing.put(0, [MARK + user(5, age=150), user(6, age=150)], record="user", partition=1)
    landing.put(9, [user(7, first_name="?", age=150).replace(b"?", b"\xff")], record="user")
    wait_for_settled(landing.put(0, [geo(latitude=99)], record="geo"))
    for record in ("user", "geo"):
        platform.engine.ingest(record)
    return platform


@pytest.fixture
def fixed_rules(rejected):
    """From here on users may be 200 years old."""
    return open_wider(rejected.root)


def open_wider(root):
    return open_platform(root, WIDER)


RELEASED = [("t.user", 0, 0), ("t.user", 0, 1), ("t.user", 0, 7), ("t.user", 1, 0), ("t.user", 1, 1)]
STILL_REJECTED = [("t.geo", 0, 0), ("t.user", 0, 2), ("t.user", 0, 4), ("t.user", 0, 9)]


def identities(platform):
    query = "SELECT kafka_topic, kafka_partition, kafka_offset FROM raw.user ORDER BY 1, 2, 3"
    return platform.rows(query), [row[:3] for row in platform.rejected()]


def test_nothing_to_release(platform):
    assert platform.engine.release("user") == 0


def test_rules_as_they_were(rejected):
    before, versions = identities(rejected), (rejected.version("raw/user"), rejected.version("raw/rejected"))
    assert rejected.engine.release("user") == 0
    assert identities(rejected) == before
    assert (rejected.version("raw/user"), rejected.version("raw/rejected")) == versions


def test_what_fits_now_moves(fixed_rules):
    clean_files = fixed_rules.rows("SELECT kafka_offset, landing_file FROM raw.rejected WHERE kafka_topic = 't.user'")
    assert fixed_rules.engine.release("user") == 4
    assert identities(fixed_rules) == (RELEASED, STILL_REJECTED)
    moved = fixed_rules.rows("SELECT kafka_offset, landing_file FROM raw.user WHERE age = 150")
    assert set(moved) <= set(clean_files)
    assert fixed_rules.engine.release("user") == 0
    assert fixed_rules.engine.ingest("user").rows_added == 0
    assert identities(fixed_rules) == (RELEASED, STILL_REJECTED)


def test_released_rows_are_refreshed_and_ingestion_goes_on(fixed_rules, landing):
    fixed_rules.engine.refresh("cleaned/user")
    fixed_rules.engine.release("user")
    result = fixed_rules.engine.refresh("cleaned/user")
    assert (result.outcome, result.rows_total) == ("merged", 5)
    landing.put(20, [user(8, age=150)], record="user")
    assert fixed_rules.engine.ingest("user").rows_added == 1


def test_object_read_again_before_the_release(fixed_rules, landing):
    touch_later(landing.path(0, record="user", partition=1))
    landing.put(0, [MARK + user(5, age=150), user(6, age=150)], record="user", partition=1)
    assert fixed_rules.engine.ingest("user").rows_added == 2
    assert fixed_rules.engine.release("user") == 2
    assert identities(fixed_rules) == (RELEASED, STILL_REJECTED)


@pytest.mark.parametrize(
    ("moment", "table"),
    [
        (Failpoint.COMMITTED, "raw/user"),
        (Failpoint.COMMITTED, "raw/rejected"),
        pytest.param(Failpoint.FILES_WRITTEN, "raw/user", marks=pytest.mark.long),
        pytest.param(Failpoint.FILES_WRITTEN, "raw/rejected", marks=pytest.mark.long),
    ],
)
def test_crash_between_its_commits(fixed_rules, tmp_path, moment, table):
    run_to_death(tmp_path, "release user", Death(moment, table), opened=open_wider)
    fixed_rules.engine.ingest("user")
    fixed_rules.engine.release("user")
    assert identities(fixed_rules) == (RELEASED, STILL_REJECTED)


def test_more_lines_than_are_tried_at_once(platform, landing, monkeypatch):
    landing.put(0, [user(n, age=150 + n % 2 * 100) for n in range(20)], record="user")
    platform.engine.ingest("user")
    monkeypatch.setattr(release, "_AT_ONCE", 3)
    assert open_wider(platform.root).engine.release("user") == 10
    assert [row[2] for row in platform.rejected()] == list(range(1, 20, 2))


def test_pins_among_users(platform, landing):
    """A line that fits another record is still no line of this one."""
    landing.put(0, [pin()], record="user")
    platform.engine.ingest("user")
    assert platform.engine.release("user") == 0
    assert platform.engine.release("pin") == 0


def test_lines_that_are_nested_too_deep_stay(platform, landing):
    deep = user(1)[:-1] + b',"unknown":' + b"[" * 3_000 + b"]" * 3_000 + b"}"
    wait_for_settled(landing.put(0, [deep, user(2)], record="user"))
    platform.engine.ingest("user")
    assert platform.engine.release("user") == 0
    assert [(row[2], row[4]) for row in platform.rejected()] == [
        (0, "brackets are nested 3,001 deep: at most 2,000 levels are read")
    ]
