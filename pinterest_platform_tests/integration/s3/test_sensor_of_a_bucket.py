"""Ticks of the sensor over a landing zone and a lake in S3: what they find and cost, and say when they fail."""

from __future__ import annotations

from datetime import UTC, datetime

import dagster as dg
import pytest

from pinterest_platform.flow.topics import look_at_all
from pinterest_platform.landing import listing
from pinterest_platform.landing.store import LandingError
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.landing_data import PREFIX, geo, pin, user

LINES = {"pin": pin, "geo": geo, "user": user}
PARTITIONS = 2


@pytest.fixture
def settings(zone, platform):
    return load_settings(
        data=platform.root, landing=zone.address, lake=platform.lake.root, topic_prefix=PREFIX, _env_file=None
    )


@pytest.fixture
def ingested(zone, platform, monkeypatch):
    """More objects of each partition than a listing looks back to, all ingested."""
    monkeypatch.setattr(listing, "LOOKBACK_OBJECTS", 3)
    for record, line in LINES.items():
        for partition in range(PARTITIONS):
            for offset in range(8):
                zone.put(offset, [line(offset)], record=record, partition=partition)
        platform.engine.ingest(record)


def news(settings):
    """What a tick finds that does not look for names of another width."""
    flows = look_at_all(settings, PINTEREST, datetime.now(UTC), thorough=False)
    return {flow.topic: flow.new_objects for flow in flows if flow.new_objects}


@pytest.mark.usefixtures("ingested")
def test_a_tick_with_nothing_new_lists_each_partition_once(settings, zone, proxy):
    assert news(settings) == {}
    listings = [asked for asked in proxy.asked if "list-type=2" in asked and "prefix=zone/" in asked]
    assert len([asked for asked in listings if "delimiter=/" in asked]) == len(LINES)
    assert len([asked for asked in listings if "start-after=" in asked]) == len(LINES) * PARTITIONS
    assert len(listings) == len(LINES) * (1 + PARTITIONS)
    zone.put(8, [pin(8)])
    assert news(settings) == {f"{PREFIX}.pin": 1}


def tick(settings):
    repository = build_definitions(settings=settings).get_repository_def()
    context = dg.build_sensor_context(dg.DagsterInstance.ephemeral(), repository_def=repository)
    return repository.get_sensor_def("new_landing_objects").evaluate_tick(context)


def test_a_tick_asks_for_a_run(settings, zone):
    zone.put(0, [pin()])
    [request] = tick(settings).run_requests
    assert request.tags["news"] == f"{PREFIX}.pin: 1 new objects"


def test_a_tick_that_fails_says_what_to_do(settings, zone, proxy, monkeypatch):
    """The message is what the UI shows of it."""
    zone.put(0, [pin()])
    monkeypatch.setattr("pinterest_platform.s3.retries.ATTEMPTS", 1)
    proxy.faults = lambda _method, path: "AccessDenied" if "prefix=zone/" in path else None
    with pytest.raises(
        LandingError, match=rf"s3://{zone.bucket}: .*AccessDenied.*Grant these credentials s3:ListBucket"
    ):
        tick(settings)
