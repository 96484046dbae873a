"""What a refresh with nothing new asks S3 for, and who shares a client."""

from __future__ import annotations

import pytest

from pinterest_platform.s3.access import Access, told
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform_tests.landing_data import pin

#: delta-rs reads a commit twice when it opens a table.
BY_DELTA_RS = 2


def test_newest_commit_is_read_once(proxy, platform):
    platform.zone.put(0, [pin(1)])
    platform.engine.ingest("pin")
    version = platform.engine.refresh("cleaned/pin").version
    platform.engine.close()
    proxy.asked.clear()
    assert platform.engine.refresh("cleaned/pin").outcome == "unchanged"
    newest = [asked for asked in proxy.asked if f"cleaned/pin/_delta_log/{version:020d}.json" in asked]
    assert len(newest) <= BY_DELTA_RS + 1


def test_buckets_with_the_same_access_share_a_client(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pinterest_platform.s3.connections._SHARED_SECONDS", 10**9)
    one = Bucket("one").client
    assert Bucket("two").client is one
    with told(["two"], Access(access_key="other", secret_key="secret")):
        assert Bucket("two").client is not one
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    assert Bucket("two").client is not one
