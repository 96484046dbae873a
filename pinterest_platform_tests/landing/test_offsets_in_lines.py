"""Lines that carry `_offset` and `_kafka_ts`, as Kafka Connect's InsertField writes them, and odd ones."""

from __future__ import annotations

from datetime import datetime

import pytest

from pinterest_platform.landing.keys import MAX_OFFSET
from pinterest_platform_tests.landing.parsing import parse_every_way
from pinterest_platform_tests.landing_data import Landing, pin

LAST_MILLISECOND = 253_402_300_799_999

SAID = [
    (pin(_offset=150), 150, None),
    (pin(_offset=0, _kafka_ts=0), 0, datetime(1970, 1, 1)),
    (pin(_offset=160, _kafka_ts=1_600_000_000_123), 160, datetime(2020, 9, 13, 12, 26, 40, 123_000)),
    (pin(_offset=MAX_OFFSET), MAX_OFFSET, None),
    (pin(_offset=170, _kafka_ts=LAST_MILLISECOND), 170, datetime(9999, 12, 31, 23, 59, 59, 999_000)),
    (pin(_offset=180, _topic="other", _partition=7), 180, None),
]
NOT_SAID = [
    pin(),
    pin(_offset=None, _kafka_ts=None),
    pin(_offset="150", _kafka_ts="1600000000123"),
    pin(_offset=-1, _kafka_ts=-1),
    pin(_offset=MAX_OFFSET + 1, _kafka_ts=LAST_MILLISECOND + 1),
    pin(_offset=2**63, _kafka_ts=2**63),
    pin(_offset=10**30, _kafka_ts=10**30),
    pin(_offset=150.5, _kafka_ts=1.5),
    pin(_offset=150.0, _kafka_ts=1e3),
    pin(_offset=True, _kafka_ts=False),
    pin(_offset={}, _kafka_ts=[]),
]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    landing = Landing(tmp_path_factory.mktemp("offsets") / "landing")
    landing.put(100, [line for line, *_ in SAID])
    landing.put(300, NOT_SAID)
    return parse_every_way(landing)


@pytest.mark.parametrize(("offset", "timestamp"), [case[1:] for case in SAID])
def test_said(outcome, offset, timestamp):
    assert outcome.rows[offset]["kafka_timestamp"] == timestamp


@pytest.mark.parametrize("number", range(len(NOT_SAID)), ids=[line.decode() for line in NOT_SAID])
def test_not_said(outcome, number):
    assert outcome.rows[300 + number]["kafka_timestamp"] is None


def test_a_rejected_line_keeps_what_it_says(landing):
    landing.put(100, [pin(1, _offset=100), pin("x", _offset=105), b"garbage"])
    outcome = parse_every_way(landing)
    assert sorted(outcome.rows) == [100]
    assert sorted(outcome.reasons) == [102, 105]
