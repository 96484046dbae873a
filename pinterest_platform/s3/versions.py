"""Objects that are replaced for good: with all that is said of them, and with nothing left of what they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlencode

from pinterest_platform.s3.bucket import Bucket

_AT_ONCE = 1_000

#: What is said of an object, as boto3 calls it.
_SAID = (
    "Metadata",
    "ContentType",
    "ContentEncoding",
    "ContentLanguage",
    "ContentDisposition",
    "CacheControl",
    "StorageClass",
    "ServerSideEncryption",
    "SSEKMSKeyId",
    "BucketKeyEnabled",
)


def replace(bucket: Bucket, key: str, content: bytes) -> None:
    """Put other content in an object's place, which keeps its metadata, type, class and tags.

    Raises:
        S3Error: S3 refuses, or there is no such object.
    """
    with bucket.asking():
        head = bucket.client.head_object(Bucket=bucket.name, Key=key)
        said = {name: head[name] for name in _SAID if head.get(name)}
        if head.get("TagCount"):
            tags = bucket.client.get_object_tagging(Bucket=bucket.name, Key=key)["TagSet"]
            said["Tagging"] = urlencode({tag["Key"]: tag["Value"] for tag in tags})
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=content, **said)


def old_versions(bucket: Bucket, prefix: str) -> Iterator[dict[str, Any]]:
    """The versions under a prefix that were replaced or deleted, as boto3 describes them.

    Raises:
        S3Error: S3 refuses.
    """
    for page in _pages(bucket, prefix):
        yield from (found for found in page.get("Versions", []) if not found["IsLatest"])


def version_content(bucket: Bucket, version: dict[str, Any]) -> bytes:
    """The content of a version.

    Raises:
        S3Error: S3 refuses.
    """
    with bucket.asking():
        answer = bucket.client.get_object(Bucket=bucket.name, Key=version["Key"], VersionId=version["VersionId"])
        return bytes(answer["Body"].read())


def delete_old_versions(
    bucket: Bucket, prefix: str, *, exactly: bool = False, only: Collection[str] | None = None
) -> int:
    """Delete, of all objects under a prefix, or of the one that is called `exactly` so, the versions that were replaced
    or deleted, and the marks of deletion, or `only` some; how many. A bucket that keeps no versions has none.

    Raises:
        S3Error: S3 refuses, or a version is locked.
    """
    count = 0
    # An object is there again once its mark is gone and a version is not.
    for kind in ("Versions", "DeleteMarkers"):
        for page in _pages(bucket, prefix):
            named = [
                (found["Key"], found["VersionId"])
                for found in page.get(kind, [])
                if (kind == "DeleteMarkers" or not found["IsLatest"])
                and (found["Key"] == prefix or not exactly)
                and (only is None or found["VersionId"] in only)
            ]
            for start in range(0, len(named), _AT_ONCE):
                bucket.delete(*zip(*named[start : start + _AT_ONCE], strict=True))
            count += len(named)
    return count


def _pages(bucket: Bucket, prefix: str) -> Iterator[dict[str, Any]]:
    with bucket.asking():
        yield from bucket.client.get_paginator("list_object_versions").paginate(Bucket=bucket.name, Prefix=prefix)
