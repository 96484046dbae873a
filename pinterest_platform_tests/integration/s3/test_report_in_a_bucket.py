"""The report of a lake in S3 lies there too, as what a browser shows."""

from __future__ import annotations

from pinterest_platform.report.publish import publish
from pinterest_platform.settings import load_settings
from pinterest_platform_tests.integration.s3.conftest import BucketPlatform
from pinterest_platform_tests.landing_data import PREFIX, pin
from pinterest_platform_tests.report.lakes import CATALOG, compute


def test_written_when_there_is_something_new(platform: BucketPlatform) -> None:
    settings = load_settings(
        data=platform.root, lake=platform.lake.root, landing="", topic_prefix=PREFIX, _env_file=None
    )
    platform.zone.put(0, [pin()])
    compute(platform)
    first = publish(settings, CATALOG, platform.engine)
    assert (first.uri, first.outcome) == (f"s3://{platform.zone.bucket}/lake/report/overview.html", "replaced")
    there = platform.zone.client.get_object(Bucket=platform.zone.bucket, Key="lake/report/overview.html")
    assert there["ContentType"] == "text/html"
    page = there["Body"].read()
    assert len(page) == first.size
    assert b"1 post as of now" in page
    assert publish(settings, CATALOG, platform.engine).outcome == "unchanged"
    platform.zone.put(1, [pin(2)])
    compute(platform)
    assert publish(settings, CATALOG, platform.engine).outcome == "replaced"
