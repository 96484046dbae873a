"""A stream's tables in S3: commits whose answer is lost or that do not happen, and files joined there."""

from __future__ import annotations

import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform_tests.integration.s3_proxy import s3_proxy
from pinterest_platform_tests.integration.streaming.jobs import Running, run_once
from pinterest_platform_tests.streaming.chunks import stream_of


@pytest.fixture
def in_bucket(pins, kinesis, s3_server, bucket, monkeypatch):
    """The stream, with its lake in a bucket. The server of streams takes any credentials."""
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    settings = pins.settings.model_copy(update={"lake": f"s3://{bucket}/lake", "kinesis_endpoint": kinesis.endpoint})
    return type(pins)(settings, pins.client, pins.stream)


@pytest.mark.parametrize("fault", ["lost", "cut", pytest.param("half", marks=pytest.mark.long)])
def test_commits_that_break_off(in_bucket, s3_server, monkeypatch, fault):
    """Each commit of a batch breaks off once."""
    broken = set()

    def break_off(method, path):
        key = path.partition("?")[0]
        if method != "PUT" or "/_delta_log/" not in key or key.endswith("0.json") or key in broken:
            return None
        broken.add(key)
        return fault

    stream = stream_of(in_bucket.settings, limits={"records": 20})
    run_once(in_bucket.settings, stream)
    in_bucket.put(b"poison")
    in_bucket.put_pins(*range(60))
    with s3_proxy(s3_server.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        proxy.faults = break_off
        run_once(in_bucket.settings, stream)
        monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint)
    assert len(broken) >= 4
    assert any("stream/batches" in key for key in broken)
    assert run_once(in_bucket.settings, stream) == []
    assert in_bucket.inds() == list(range(60))
    in_bucket.assert_each_once()


@pytest.mark.long
def test_small_files_are_joined_there(in_bucket, monkeypatch):
    monkeypatch.setattr("pinterest_platform.lake.maintenance._SMALL_FILES", 4)
    monkeypatch.setattr("pinterest_platform.streaming.writer.COMPACT_EVERY", 1)
    table, posted = Lake(in_bucket.settings.lake_root), 0
    with Running(in_bucket.settings, in_bucket.stream) as job:
        while not job.batches or job.batches[-1].version < job.batches[-1].batch + 2:
            in_bucket.put_pins(posted)
            posted += 1
            job.wait_until(lambda: job.rows == posted)  # noqa: B023
    assert len(table.require("stream/pin").file_uris()) < posted
    assert in_bucket.inds() == list(range(posted))
