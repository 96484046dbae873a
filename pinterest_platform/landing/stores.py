"""Opens the store behind an address of a landing zone."""

from __future__ import annotations

from pathlib import Path

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.store import LandingError, WritableStore
from pinterest_platform.s3.address import is_s3


def open_store(landing: str) -> WritableStore:
    """The store behind a `PINTEREST_LANDING` value.

    Raises:
        LandingError: the address is of a kind that cannot be read.
    """
    if is_s3(landing):
        from pinterest_platform.landing.s3 import BucketStore

        return BucketStore.at(landing)
    if "://" in landing:
        raise LandingError(
            f"landing zone: PINTEREST_LANDING={landing!r} is not supported; allowed are a folder and s3://bucket/prefix."
        )
    return FolderStore(Path(landing))
