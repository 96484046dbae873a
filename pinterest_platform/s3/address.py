"""Addresses in S3, `s3://bucket/prefix`."""

from __future__ import annotations

import re

from pinterest_platform.s3.errors import S3Error

SCHEME = "s3://"

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")


def is_s3(address: str) -> bool:
    return address.startswith(SCHEME)


def split(address: str) -> tuple[str, str]:
    """Bucket and prefix (without slashes at its ends) of `s3://bucket/prefix`.

    Raises:
        S3Error: it is no such address.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise S3Error(f"{address!r} is no address in S3; allowed is s3://bucket or s3://bucket/prefix")
    return found["bucket"], (found["prefix"] or "").strip("/")
