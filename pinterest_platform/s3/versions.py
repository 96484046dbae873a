"""Replacing objects for good: keeping their properties and leaving no old versions."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import urlencode

from pinterest_platform.s3.bucket import Bucket

_AT_ONCE = 1_000

#: Properties of an object, by their names in boto3.
_PROPERTIES = (
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
    """Replace the content of an object, and keep its metadata, type, class and tags.

    Raises:
        S3Error: the request failed, or the object does not exist.
    """
    with bucket.asking():
        head = bucket.client.head_object(Bucket=bucket.name, Key=key)
        properties = {name: head[name] for name in _PROPERTIES if head.get(name)}
        if head.get("TagCount"):
            tags = bucket.client.get_object_tagging(Bucket=bucket.name, Key=key)["TagSet"]
            properties["Tagging"] = urlencode({tag["Key"]: tag["Value"] for tag in tags})
        bucket.client.put_object(Bucket=bucket.name, Key=key, Body=content, **properties)


def old_versions(bucket: Bucket, prefix: str) -> Iterator[dict[str, Any]]:
    """The replaced or deleted versions under a prefix, as boto3 describes them.

    Raises:
        S3Error: the request failed.
    """
    for page in _pages(bucket, prefix):
        yield from (found for found in page.get("Versions", []) if not found["IsLatest"])


def version_content(bucket: Bucket, version: dict[str, Any]) -> bytes:
    """The content of a version.

    Raises:
        S3Error: the request failed.
    """
    with bucket.asking():
        answer = bucket.client.get_object(Bucket=bucket.name, Key=version["Key"], VersionId=version["VersionId"])
        return bytes(answer["Body"].read())


def delete_old_versions(
    bucket: Bucket, prefix: str, *, exactly: bool = False, only: Collection[str] | None = None
) -> int:
    """Delete the replaced or deleted versions of all objects under a prefix, with their delete markers, and return
    their number.

    With `exactly`, only those of the object with this name. With `only`, only some versions. A bucket without
    versioning has none.

    Raises:
        S3Error: the request failed, or a version is locked.
    """
    count = 0
    # An object would reappear if its delete marker were gone but not its version.
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
