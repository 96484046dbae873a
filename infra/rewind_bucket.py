"""A bucket with versions as it was at a time: `rewind_bucket.py BUCKET PREFIX TIME [--dry-run]`, the time in UTC.

Objects that were deleted since come back, those that were overwritten get their old content, those that were new are
deleted. No version of an object is destroyed: what it does can be rewound too. Stop all that writes there first.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, NamedTuple

import boto3

#: As many as one request may delete.
MOST = 1000


class Change(NamedTuple):
    """What is to be done to an object: to take `markers` away, to put the version `old` on top, else to delete it."""

    what: str
    key: str
    markers: list[str]
    old: str


def entries(client: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Versions and delete markers, those of an object together."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        versions = page.get("Versions", [])
        markers = [{**marker, "IsMarker": True} for marker in page.get("DeleteMarkers", [])]
        yield from sorted(chain(versions, markers), key=itemgetter("Key"))


def changes(client: Any, bucket: str, prefix: str, moment: datetime) -> Iterator[Change]:
    """What to do so that each object is as it was; nothing of those that are."""
    for key, group in groupby(entries(client, bucket, prefix), itemgetter("Key")):
        # The newest first. One second may have several, of which the newest is known only at the top.
        found = sorted(group, key=itemgetter("LastModified", "IsLatest"), reverse=True)
        later = [entry for entry in found if entry["LastModified"] > moment]
        then = next((entry for entry in found if entry["LastModified"] <= moment), None)
        if not later:
            continue
        if then is None or "IsMarker" in then:
            if "IsMarker" not in later[0]:
                yield Change("deleted again", key, [], "")
        elif all("IsMarker" in entry for entry in later):
            yield Change("back", key, [entry["VersionId"] for entry in later], "")
        elif later[0].get("ETag") != then["ETag"]:
            yield Change("with their old content", key, [], then["VersionId"])


def delete(client: Any, bucket: str, objects: list[dict[str, str]]) -> None:
    for start in range(0, len(objects), MOST):
        done = client.delete_objects(Bucket=bucket, Delete={"Objects": objects[start : start + MOST], "Quiet": True})
        if errors := done.get("Errors"):
            sys.exit(
                f"{bucket}: cannot be rewound: {errors[0]['Key']}: {errors[0]['Message']}. Do it again when mended."
            )


def apply(client: Any, bucket: str, wanted: list[Change]) -> None:
    """Old contents first: a log whose last files come back last is read as an earlier version until then."""
    for change in wanted:
        if change.old:
            source = {"Bucket": bucket, "Key": change.key, "VersionId": change.old}
            client.copy_object(Bucket=bucket, Key=change.key, CopySource=source)
    delete(client, bucket, [{"Key": change.key} for change in wanted if not change.old and not change.markers])
    delete(client, bucket, [{"Key": c.key, "VersionId": marker} for c in wanted for marker in c.markers])


def main(bucket: str, prefix: str, time: str, dry_run: str = "") -> None:
    if dry_run not in ("", "--dry-run"):
        sys.exit(f"{dry_run} is no option; --dry-run is the only one")
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        sys.exit(f"TIME is {time}; it is to be one in UTC, as 2026-11-20T08:00:00")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    client = boto3.client("s3")
    wanted = list(changes(client, bucket, prefix, moment))
    if not dry_run:
        apply(client, bucket, wanted)
    told = [
        f"{many} objects {'would be ' if dry_run else ''}{what}"
        for what, many in Counter(c.what for c in wanted).items()
    ]
    print(f"{bucket}/{prefix} as of {moment.isoformat()}: {', '.join(told) or 'all is as it was then'}")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
