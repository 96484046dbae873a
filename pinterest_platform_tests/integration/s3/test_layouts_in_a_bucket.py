"""Topics in folders of times or of a field, in S3: all of it is read, and a tick costs what is new."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pinterest_platform.flow.topics import look, unread
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.landing_data import PREFIX, pin

TOPIC = f"{PREFIX}.pin"
#: Objects that S3 returns at a time here.
PAGE = 4


@pytest.fixture
def settings(zone, platform):
    return load_settings(
        data=platform.root, landing=zone.address, lake=platform.lake.root, topic_prefix=PREFIX, _env_file=None
    )


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    pages = Bucket.pages

    def small(self, prefix, after="", size=1000, skip=None):
        return pages(self, prefix, after, min(size, PAGE), skip)

    monkeypatch.setattr(Bucket, "pages", small)


def put(zone, folder, start, partition=0):
    key = f"{zone.prefix}topics/{TOPIC}/{folder}{TOPIC}+{partition}+{start:010}.json"
    zone.client.put_object(Bucket=zone.bucket, Key=key, Body=pin(start) + b"\n")


def day(number):
    return f"year=2026/month={1 + number // 28:02}/day={1 + number % 28:02}/hour=07/"


def tick(settings, proxy):
    """New objects that a tick finds, and the listings it took."""
    proxy.asked.clear()
    flow = look(settings, PINTEREST, "pin", datetime.now(UTC))
    return flow.new_objects, len([asked for asked in proxy.asked if "list-type=2" in asked and "prefix=zone/" in asked])


def test_days(zone, platform, settings, proxy):
    for number in range(20, 30):
        for start in range(3):
            put(zone, day(number), number * 3 + start, partition=start % 2)
    assert tick(settings, proxy)[0] == 6, "of the two newest days, before anything is ingested"
    assert platform.engine.ingest("pin").rows_added == 30
    nothing, few = tick(settings, proxy)
    assert nothing == 0
    for number in range(30, 60):
        for start in range(3):
            put(zone, day(number), number * 3 + start, partition=start % 2)
    assert tick(settings, proxy)[0] == 6
    assert platform.engine.ingest("pin").rows_added == 90
    assert tick(settings, proxy) == (0, few), "as many listings, though there is four times as much"
    put(zone, day(60), 180)
    assert tick(settings, proxy)[0] == 1
    put(zone, day(3), 181)
    assert platform.engine.ingest("pin").rows_added == 2, "a run looks at all days"


def test_fields(zone, platform, settings, proxy):
    folders = ("category=art/", "category=food/")
    for start in range(24):
        put(zone, folders[start % 2], start * 10, partition=0)
    put(zone, folders[1], 5, partition=1)
    assert platform.engine.ingest("pin").rows_added == 25
    nothing, few = tick(settings, proxy)
    assert nothing == 0
    for start in range(24, 96):
        put(zone, folders[start % 2], start * 10, partition=0)
    assert tick(settings, proxy)[0] == 72
    assert platform.engine.ingest("pin").rows_added == 72
    assert tick(settings, proxy) == (0, few)
    put(zone, folders[0], 960)
    assert tick(settings, proxy)[0] == 1


@pytest.mark.parametrize("prefix", ["raw/", "zone/topics/"])
def test_landing_zone_that_is_somewhere_else(zone, settings, prefix):
    zone.client.put_object(Bucket=zone.bucket, Key=f"{prefix}{TOPIC}/partition=0/{TOPIC}+0+0000000000.json", Body=b"")
    mistyped = settings.model_copy(update={"landing": f"s3://{zone.bucket}/{prefix.rstrip('/')}"})
    said = unread(mistyped, [look(mistyped, PINTEREST, record, datetime.now(UTC)) for record in PINTEREST.records])
    assert f"the topics are in {mistyped.landing_root} itself, not in topics/" in said
    absent = settings.model_copy(update={"landing": f"s3://{zone.bucket}/zome"})
    said = unread(absent, [look(absent, PINTEREST, record, datetime.now(UTC)) for record in PINTEREST.records])
    assert said.startswith(f"there is nothing at s3://{zone.bucket}/zome. Correct PINTEREST_LANDING")
