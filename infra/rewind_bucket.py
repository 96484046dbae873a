"""Restores a versioned bucket to a point in time, in UTC: `rewind_bucket.py BUCKET PREFIX TIME [--dry-run]`.

Stop everything that writes to the bucket first. Objects that were deleted after the time are restored, overwritten ones
get their old content, and new ones are deleted. All versions are kept, so you can undo a rewind with another one.
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

#: The largest number of objects that one request can delete.
MOST = 1000


class Change(NamedTuple):
    """A change to an object: remove `markers`, or copy the version `old` on top, or otherwise delete the object."""

    what: str
    key: str
    markers: list[str]
    old: str


def entries(client: Any, bucket: str, prefix: str) -> Iterator[dict[str, Any]]:
    """Versions and delete markers, grouped by object."""
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
        versions = page.get("Versions", [])
        markers = [{**marker, "IsMarker": True} for marker in page.get("DeleteMarkers", [])]
        yield from sorted(chain(versions, markers), key=itemgetter("Key"))


def changes(client: Any, bucket: str, prefix: str, moment: datetime) -> Iterator[Change]:
    """The changes that restore each object. Objects that have not changed need none."""
    for key, group in groupby(entries(client, bucket, prefix), itemgetter("Key")):
        # The newest first. If several have the same second, only `IsLatest` shows which one is the newest.
        found = sorted(group, key=itemgetter("LastModified", "IsLatest"), reverse=True)
        later = [entry for entry in found if entry["LastModified"] > moment]
        then = next((entry for entry in found if entry["LastModified"] <= moment), None)
        if not later:
            continue
        if then is None or "IsMarker" in then:
            if "IsMarker" not in later[0]:
                yield Change("deleted", key, [], "")
        elif all("IsMarker" in entry for entry in later):
            yield Change("restored", key, [entry["VersionId"] for entry in later], "")
        elif later[0].get("ETag") != then["ETag"]:
            yield Change("overwritten with their old content", key, [], then["VersionId"])


def delete(client: Any, bucket: str, objects: list[dict[str, str]]) -> None:
    for start in range(0, len(objects), MOST):
        done = client.delete_objects(Bucket=bucket, Delete={"Objects": objects[start : start + MOST], "Quiet": True})
        if errors := done.get("Errors"):
            sys.exit(
                f"{bucket}: cannot rewind {errors[0]['Key']}: {errors[0]['Message']}. "
                "After fixing the cause, run the command again."
            )


def apply(client: Any, bucket: str, wanted: list[Change]) -> None:
    """Copies old contents first: until the last files of a log return, readers see an earlier version of the table."""
    for change in wanted:
        if change.old:
            source = {"Bucket": bucket, "Key": change.key, "VersionId": change.old}
            client.copy_object(Bucket=bucket, Key=change.key, CopySource=source)
    delete(client, bucket, [{"Key": change.key} for change in wanted if not change.old and not change.markers])
    delete(client, bucket, [{"Key": c.key, "VersionId": marker} for c in wanted for marker in c.markers])


def main(bucket: str, prefix: str, time: str, dry_run: str = "") -> None:
    if dry_run not in ("", "--dry-run"):
        sys.exit(f"{dry_run}: unknown option. Use --dry-run or no option.")
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        sys.exit(f"TIME {time}: not a time. Give it in UTC, for example 2026-11-20T08:00:00.")
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    client = boto3.client("s3")
    wanted = list(changes(client, bucket, prefix, moment))
    if not dry_run:
        apply(client, bucket, wanted)
    done = [
        f"{many} objects {'would be ' if dry_run else ''}{what}"
        for what, many in Counter(c.what for c in wanted).items()
    ]
    print(f"{bucket}/{prefix} as of {moment.isoformat()}: {', '.join(done) or 'nothing to change'}")


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
