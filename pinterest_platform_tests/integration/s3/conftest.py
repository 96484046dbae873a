"""A bucket that holds a landing zone and a lake, and the environment in which the platform finds it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.keys import object_key
from pinterest_platform.landing.s3 import BucketStore
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.integration.s3_proxy import S3Proxy, s3_proxy
from pinterest_platform_tests.landing_data import PREFIX, Platform, engine_over
from pinterest_platform_tests.servers import only_aws_of


@dataclass(frozen=True)
class Zone:
    """A landing zone in a bucket, written as a sink writes it."""

    client: Any
    bucket: str
    prefix: str = "zone/"

    @property
    def address(self) -> str:
        return f"s3://{self.bucket}/{self.prefix}"

    @cached_property
    def store(self) -> BucketStore:
        return BucketStore.at(self.address)

    def put(
        self, start: int, lines: Iterable[bytes] | bytes, *, record: str = "pin", partition: int = 0, pad: int = 10
    ) -> str:
        """Write an object; `lines` are ended each, bytes are written as they are. Returns its key in the zone."""
        key = object_key(f"{PREFIX}.{record}", partition, start, pad)
        content = lines if isinstance(lines, bytes) else b"".join(line + b"\n" for line in lines)
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + key, Body=content)
        return key

    def delete(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=self.prefix + key)


@pytest.fixture(autouse=True)
def s3_environment(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    only_aws_of(s3_server, monkeypatch)


@pytest.fixture
def zone(s3_client: Any, bucket: str) -> Zone:
    return Zone(s3_client, bucket)


@pytest.fixture
def proxy(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Proxy]:
    """Stands between the platform and the server."""
    with s3_proxy(s3_server.endpoint) as proxy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
        yield proxy


@dataclass(frozen=True)
class BucketPlatform(Platform):
    """A landing zone and a lake in one bucket, and the engine between them; `root` is for what stays here."""

    zone: Zone
    lake_name: str = "lake"

    @property
    def lake(self) -> Lake:
        return Lake(f"s3://{self.zone.bucket}/{self.lake_name}")


def open_bucket_platform(root: Path, zone: Zone, lake_name: str = "lake") -> BucketPlatform:
    engine = engine_over(root, landing=zone.address, lake=f"s3://{zone.bucket}/{lake_name}")
    return BucketPlatform(root, engine, zone, lake_name)


@pytest.fixture
def platform(tmp_path: Path, zone: Zone) -> Iterator[BucketPlatform]:
    platform = open_bucket_platform(tmp_path, zone)
    yield platform
    platform.engine.close()
