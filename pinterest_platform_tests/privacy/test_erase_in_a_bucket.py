"""A person is erased from a bucket that keeps every version of its objects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.s3 import BucketStore
from pinterest_platform.landing.store import LandingError
from pinterest_platform.s3.errors import S3Error
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.landing_data import PREFIX, Landing, engine_over
from pinterest_platform_tests.privacy.calls import called
from pinterest_platform_tests.privacy.person import TRACES, WHERE, land, person, texts
from pinterest_platform_tests.servers import make_bucket, only_aws_of

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def versioning_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """moto's, since the one of the local stack keeps versions only if it is told where when it starts."""
    server = S3Server(tmp_path_factory.mktemp("s3"), keeps=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(versioning_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    only_aws_of(versioning_server, monkeypatch)
    return versioning_server.client()


def traces(client: Any, bucket: str) -> list[str]:
    """Versions of objects, old and new, that have a trace of the person."""
    found = []
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", []):
            key, number = version["Key"], version["VersionId"]
            content = client.get_object(Bucket=bucket, Key=key, VersionId=number)["Body"].read()
            if any(trace.encode() in text for trace in TRACES for text in texts(key, content)):
                found.append(f"{key} {'newest' if version['IsLatest'] else 'old'}")
    return found


def test_all_versions_of_objects_forget_a_person(client, tmp_path, monkeypatch):
    bucket = make_bucket(client)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    local = Landing(tmp_path / "local")
    land(local)
    for path in (path for path in local.root.rglob("*") if path.is_file()):
        key = f"zone/{path.relative_to(local.root)}"
        said = {"Metadata": {"next-offset": "77"}, "ContentType": "text/plain", "Tagging": "owner=sink"}
        for _ in range(2):
            client.put_object(Bucket=bucket, Key=key, Body=path.read_bytes(), **said)
    deleted = "zone/topics/t.user/partition=0/t.user+0+0000000020.json"
    client.put_object(Bucket=bucket, Key=deleted, Body=person())
    client.delete_object(Bucket=bucket, Key=deleted)
    for name, value in {
        "DATA": str(tmp_path),
        "LANDING": f"s3://{bucket}/zone",
        "LAKE": f"s3://{bucket}/lake",
        "TOPIC_PREFIX": PREFIX,
    }.items():
        monkeypatch.setenv(f"PINTEREST_{name}", value)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    called("run", "--select", "+cleaned/user", "--select", "report/overview")
    shown = traces(client, bucket)
    for place in (
        f"{deleted} old",
        "zone/topics/t.user/partition=0/t.user+0+0000000000.json old",
        "lake/raw/user/",
        "lake/cleaned/user/",
    ):
        assert any(place in path for path in shown), place
    told = called("erase", "user", "--where", WHERE, "--yes")
    assert traces(client, bucket) == []
    assert " versions in buckets" in told
    key = "zone/topics/t.user/partition=0/t.user+0+0000000000.json"
    head = client.head_object(Bucket=bucket, Key=key)
    assert (head["Metadata"], head["ContentType"]) == ({"next-offset": "77"}, "text/plain")
    assert client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] == [{"Key": "owner", "Value": "sink"}]
    engine = engine_over(tmp_path, landing=f"s3://{bucket}/zone", lake=f"s3://{bucket}/lake")
    assert engine.ingest("user", full_refresh=True).rows_added == 5
    assert traces(client, bucket) == []
    engine.close()


def test_what_may_not_be_deleted_is_told_of(client):
    """S3 answers with success, and names in it what it refused."""
    bucket = make_bucket(client)
    client.put_object(Bucket=bucket, Key="lake/raw/user/1.parquet", Body=person())
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    lake, told = Lake(f"s3://{bucket}/lake"), r"raw/user/1\.parquet cannot be deleted: Access Denied\. Allow s3:Delete"
    with pytest.raises(S3Error, match=told):
        lake.storage.remove(lake.uri("raw/user"), ["1.parquet"])
    with pytest.raises(S3Error, match=told):
        lake.storage.remove_folder(lake.uri("raw"))
    with pytest.raises(LandingError, match=told):
        BucketStore.at(f"s3://{bucket}/lake").remove("raw/user/1.parquet")
