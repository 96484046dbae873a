"""infra/rewind_bucket.py before moto: what was deleted, overwritten or new since a time, and what was not."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from pinterest_platform_tests.infra.stacks import INFRA, REGION

_SPEC = importlib.util.spec_from_file_location("rewind_bucket", INFRA / "rewind_bucket.py")
assert _SPEC
assert _SPEC.loader
rewind: Any = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(rewind)

BUCKET = "pinterest-dev-lake-123456789012"
NOW = datetime.now(UTC).replace(microsecond=0)


class Bucket:
    """A bucket whose objects are written and deleted at hours of a day."""

    def __init__(self, backend: Any) -> None:
        self.client = boto3.client("s3", region_name=REGION)
        self.client.create_bucket(Bucket=BUCKET)
        self.client.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
        self._backend = backend

    def put(self, key: str, content: bytes, hour: int) -> None:
        self._backend.put_object(BUCKET, key, content).last_modified = at(hour).replace(tzinfo=None)

    def delete(self, key: str, hour: int) -> None:
        self.client.delete_object(Bucket=BUCKET, Key=key)
        self._backend.buckets[BUCKET].keys.getlist(key)[-1].last_modified = at(hour).replace(tzinfo=None)

    def contents(self) -> dict[str, bytes]:
        found = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {o["Key"]: self.client.get_object(Bucket=BUCKET, Key=o["Key"])["Body"].read() for o in found}

    def versions(self) -> int:
        return len(self.client.list_object_versions(Bucket=BUCKET).get("Versions", []))


def at(hour: int) -> datetime:
    return NOW - timedelta(days=1) + timedelta(hours=hour)


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    from moto import mock_aws  # Takes seconds.
    from moto.s3.models import s3_backends

    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield Bucket(s3_backends["123456789012"]["aws"])


def test_every_object_is_as_it_was(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    bucket.put("raw/kept", b"kept", 1)
    bucket.put("raw/vacuumed", b"", 1)
    bucket.delete("raw/vacuumed", 2)
    bucket.put("raw/deleted", b"deleted", 1)
    bucket.put("raw/overwritten", b"old", 1)
    bucket.put("raw/deleted and written", b"first", 1)
    bucket.put("raw/deleted twice", b"twice", 1)
    bucket.put("other/deleted", b"", 1)
    then = bucket.contents()
    for key in ("raw/deleted", "raw/deleted and written", "raw/deleted twice", "raw/deleted twice", "other/deleted"):
        bucket.delete(key, 11)
    bucket.put("raw/overwritten", b"new", 11)
    bucket.put("raw/deleted and written", b"second", 12)
    bucket.put("raw/new", b"new", 12)
    now, versions = bucket.contents(), bucket.versions()

    rewind.main(BUCKET, "raw/", at(10).isoformat(), "--dry-run")
    assert bucket.contents() == now
    rewind.main(BUCKET, "raw/", at(10).strftime("%Y-%m-%dT%H:%M:%S"))
    assert bucket.contents() == {key: content for key, content in then.items() if key.startswith("raw/")}
    told = capsys.readouterr().out.splitlines()
    assert (
        "2 objects would be restored, 2 objects would be overwritten with their old content, 1 objects would be deleted"
        in told[0]
    )
    assert bucket.versions() == versions + 2, "none is destroyed"
    rewind.main(BUCKET, "raw/", at(10).isoformat())
    assert capsys.readouterr().out.endswith("nothing to change\n")


def test_more_than_a_page_of_objects(bucket: Bucket, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(1_200):
        bucket.put(f"raw/{number:05}", b"", 1)
    for number in range(1_200):
        bucket.delete(f"raw/{number:05}", 11)
    rewind.main(BUCKET, "raw/", at(10).isoformat())
    assert "1200 objects restored" in capsys.readouterr().out
    pages = bucket.client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    assert sum(page["KeyCount"] for page in pages) == 1_200


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(["yesterday"], "TIME yesterday: not a time"), (["2026-11-20", "--force"], "--force: unknown option")],
)
def test_mistake_is_explained(arguments: list[str], told: str) -> None:
    with pytest.raises(SystemExit, match=told):
        rewind.main(BUCKET, "", *arguments)
