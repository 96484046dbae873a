"""Reading landing objects from S3: in order, many at once, bounded, and through what goes wrong on the way."""

from __future__ import annotations

import gzip
import threading
import tracemalloc
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pinterest_platform.landing import batches
from pinterest_platform.landing import s3 as landing_s3
from pinterest_platform.landing.batches import open_batch
from pinterest_platform.landing.store import LandingError
from pinterest_platform.landing.stores import open_store
from pinterest_platform.s3 import retries
from pinterest_platform_tests.integration.s3.conftest import Zone
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.servers import make_bucket

TOPIC = "t.pin"


@pytest.fixture(scope="module")
def filled(s3_client):
    """A bucket with two hundred objects of one to four lines, for tests that only read."""
    zone = Zone(s3_client, make_bucket(s3_client))
    for start in range(200):
        zone.put(start * 10, [pin(start)] * (1 + start % 4))
    return zone


@pytest.fixture
def zone(filled):
    """The same bucket, as somebody finds it who opens it now."""
    return replace(filled)


@pytest.fixture
def objects(zone):
    return zone.store.list(TOPIC, 0).objects


def contents():
    return [(pin(start) + b"\n") * (1 + start % 4) for start in range(200)]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(retries, "ATTEMPTS", 2)


def test_contents_come_in_order(zone, objects):
    assert list(zone.store.read(objects)) == contents()
    assert list(zone.store.read(objects[::-1])) == contents()[::-1]


def test_reading_ahead_is_bounded(zone, proxy, objects, monkeypatch):
    monkeypatch.setattr(landing_s3, "_AHEAD_OBJECTS", 20)
    reading = zone.store.read(objects)
    assert next(reading) == contents()[0]
    reading.close()
    assert sum("GET" in asked and ".json" in asked for asked in proxy.asked) <= 22


def test_reading_ahead_is_bounded_in_bytes(zone, proxy, objects, monkeypatch):
    monkeypatch.setattr(landing_s3, "_AHEAD_BYTES", 10 * objects[0].size)
    reading = zone.store.read(objects)
    next(reading)
    reading.close()
    assert sum("GET" in asked and ".json" in asked for asked in proxy.asked) <= 12


def test_large_objects_go_to_the_spool_in_pieces(filled, monkeypatch):
    zone = replace(filled, prefix="large/")
    monkeypatch.setattr(batches, "PIECEWISE_BYTES", 64 * 2**10)
    monkeypatch.setattr(landing_s3, "_PIECE_BYTES", 16 * 2**10)
    sizes = [1, 3000, 2, 5000, 1]
    written = [b"\n".join([pin(number)] * lines) for number, lines in enumerate(sizes)]
    for number, content in enumerate(written):
        zone.put(number * 10_000, content)
    objects = zone.store.list(TOPIC, 0).objects
    pieces = [len(piece) for piece in zone.store.pieces(objects[3])]
    assert len(pieces) > 2
    assert max(pieces) < 128 * 2**10
    with open_batch(zone.store, TOPIC, objects) as batch:
        assert list(batch.lines) == sizes
        spooled = b"".join(Path(path).read_bytes() for path in batch.paths)
    assert spooled == b"\n".join(written) + b"\n"


def test_objects_that_become_large_are_unpacked_one_at_a_time(filled):
    zone, large = replace(filled, prefix="bombs/"), 8 * 2**20
    packed = gzip.compress(b"\0" * large)
    for number in range(20):
        key = f"{zone.prefix}topics/{TOPIC}/partition=0/{TOPIC}+0+{number}.json.gz"
        zone.client.put_object(Bucket=zone.bucket, Key=key, Body=packed)
    objects = zone.store.list(TOPIC, 0).objects
    tracemalloc.start()
    assert [len(content) for content in zone.store.read(objects)] == [large] * 20
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 6 * large


@pytest.mark.parametrize("fault", ["SlowDown", "cut", "half"])
def test_trouble_that_passes(zone, proxy, objects, fault):
    """Each object fails at first."""
    tries: Counter[str] = Counter()
    lock = threading.Lock()

    def first_time(_method, path):
        with lock:
            tries[path] += 1
        return fault if ".json" in path and tries[path] == 1 else None

    proxy.faults = first_time
    assert list(zone.store.read(objects[:40])) == contents()[:40]
    assert b"".join(zone.store.pieces(objects[50])) == contents()[50]
    assert sum(count >= 2 for count in tries.values()) == 41


def test_a_listing_that_is_throttled_at_first(zone, proxy, objects):
    faults = ["SlowDown", "SlowDown"]
    proxy.faults = lambda *_: faults.pop() if faults else None
    assert zone.store.list(TOPIC, 0).objects == objects


ADVICE = {
    "SlowDown": r"s3://test-\w+: .*SlowDown.* Completed work is safe\. Run again later",
    "RequestTimeTooSkewed": r"s3://test-\w+: .*RequestTimeTooSkewed.*This machine's clock is more than 15 minutes off",
    "AccessDenied": r"s3://test-\w+: .*AccessDenied.*Grant these credentials s3:ListBucket .* and s3:GetObject",
    "ExpiredToken": r"s3://test-\w+: .*ExpiredToken.*have expired\. Log in again",
    "cut": r"s3://test-\w+: .*Check AWS_PROFILE, AWS_ENDPOINT_URL and the network",
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("fault", ADVICE)
def test_trouble_that_stays_says_what_to_do(zone, proxy, objects, fault):
    store = open_store(zone.address)
    proxy.faults = lambda *_: fault
    for use in (store.topics, lambda: store.partitions(TOPIC), lambda: store.list(TOPIC, 0)):
        with pytest.raises(LandingError, match=ADVICE[fault]):
            use()
    proxy.faults = lambda _method, path: fault if ".json" in path else None
    for use in (lambda: list(store.read(objects)), lambda: list(store.pieces(objects[0]))):
        with pytest.raises(LandingError, match=rf"cannot read .*json: {ADVICE[fault]}"):
            use()


def test_no_such_bucket(zone):
    with pytest.raises(LandingError, match=r"s3://not-there-\S+: .*NoSuchBucket.* Create it, or name another"):
        open_store(f"s3://not-there-{zone.bucket}").topics()


def test_object_that_is_gone(filled):
    zone = replace(filled, prefix="gone/")
    for start in range(5):
        zone.put(start, [pin()])
    objects = zone.store.list(TOPIC, 0).objects
    zone.delete(objects[3].key)
    with pytest.raises(
        LandingError, match=rf"s3://\S+/{objects[3].key.replace('+', '.')} was deleted .* lifecycle rules"
    ):
        list(zone.store.read(objects))


def test_secret_key_of_another(zone, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(LandingError, match=r"The secret key does not belong to the access key"):
        zone.store.topics()


def test_no_credentials(zone, objects, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(LandingError, match=r"no AWS credentials. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID"):
        list(open_store(zone.address).read(objects))


def test_profile_that_does_not_exist(zone, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(LandingError, match=r"profile \(nobody\) could not be found"):
        zone.store.topics()


def test_endpoint_and_credentials_of_a_profile(zone, s3_server, monkeypatch, tmp_path):
    """As boto3 finds them, so that profiles, SSO and roles work for whatever reads and writes."""
    known = s3_server.environment()
    (tmp_path / "config").write_text(
        f"[profile stack]\nregion = {known['AWS_REGION']}\nendpoint_url = {known['AWS_ENDPOINT_URL']}\n"
        f"aws_access_key_id = {known['AWS_ACCESS_KEY_ID']}\naws_secret_access_key = {known['AWS_SECRET_ACCESS_KEY']}\n"
    )
    for name in known:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "stack")
    store = open_store(zone.address)
    assert list(store.read(store.list(TOPIC, 0).objects)) == contents()


@pytest.mark.parametrize("address", ["s3://", "s3://Upper/x", "s3://b", "s3:///x"])
def test_no_address(address):
    with pytest.raises(LandingError, match=r"is not an S3 address\. Use s3://bucket or s3://bucket/prefix\."):
        open_store(address)
