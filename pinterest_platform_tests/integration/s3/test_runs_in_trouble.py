"""Ingestion and refresh in S3 through throttling and connections that break: nothing lost, nothing doubled."""

from __future__ import annotations

import threading
from itertools import cycle

import pytest

from pinterest_platform.landing import batches
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform_tests.integration.s3.conftest import open_bucket_platform
from pinterest_platform_tests.landing_data import pin

OBJECTS, LINES = 8, 5
FAULTS = ("SlowDown", "cut", "lost")


def land(zone):
    """Objects of which each has a line that does not fit, and some overlap."""
    for number in range(OBJECTS):
        lines = [pin(number * LINES + n) for n in range(LINES - 1)]
        zone.put(number * LINES, [*lines, b"garbage", *([pin((number + 1) * LINES)] if number % 3 == 0 else [])])


def same_as_clean_run(platform, tmp_path):
    """Assert that the tables hold what one undisturbed run makes of the same landing zone."""
    clean = open_bucket_platform(tmp_path / "clean", platform.zone, "clean")
    for opened in (platform, clean):
        opened.engine.ingest("pin")
        opened.engine.refresh("cleaned/pin")
    assert platform.raw() == clean.raw()
    assert platform.rejected() == clean.rejected()
    everything = "SELECT * FROM cleaned.pin ORDER BY ind"
    assert platform.rows(everything) == clean.rows(everything)
    clean.engine.close()
    offsets = platform.offsets()
    assert offsets == sorted(set(offsets))


def test_answer_that_breaks_off_is_asked_for_again(zone, proxy, tmp_path):
    content = b"0123456789" * 100_000
    zone.client.put_object(Bucket=zone.bucket, Key="object", Body=content)
    faults = ["half", "half"]
    proxy.faults = lambda *_: faults.pop() if faults else None
    bucket, copy = Bucket(zone.bucket), tmp_path / "copy"
    assert bucket.get("object") == content
    faults = ["half", "half"]
    assert bucket.download("object", copy)
    assert copy.read_bytes() == content
    assert not faults


ALONE = [pytest.param([fault], 7, marks=pytest.mark.long) for fault in FAULTS]


@pytest.mark.parametrize(("faults", "each"), [(FAULTS, 7), (["half"], 29), *ALONE])
def test_requests_fail_over_and_over(zone, proxy, platform, tmp_path, monkeypatch, faults, each):
    monkeypatch.setattr(batches, "BATCH_OBJECTS", 4)
    land(zone)
    counter, kinds, lock = iter(range(10**6)), cycle(faults), threading.Lock()

    def sometimes(_method, _path):
        with lock:
            return next(kinds) if next(counter) % each == each - 1 else None

    proxy.faults = sometimes
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    proxy.faults = lambda *_: None
    assert next(counter) > 50
    assert platform.offsets() == list(range(OBJECTS * LINES))
    same_as_clean_run(platform, tmp_path)
