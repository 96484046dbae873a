"""S3 addresses, `s3://bucket/prefix`."""

from __future__ import annotations

import re

from pinterest_platform.s3.errors import S3Error

SCHEME = "s3://"

_ADDRESS = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<prefix>.*))?")


def is_s3(address: str) -> bool:
    return address.startswith(SCHEME)


def split(address: str) -> tuple[str, str]:
    """Bucket and prefix (without surrounding slashes) of `s3://bucket/prefix`.

    Raises:
        S3Error: the address is invalid.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise S3Error(f"{address!r} is not an S3 address. Use s3://bucket or s3://bucket/prefix.")
    return found["bucket"], (found["prefix"] or "").strip("/")
