"""Errors of the lake, raised by every module of this package."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError
from pinterest_platform.s3.errors import advice


class LakeError(PlatformError):
    """A table cannot be opened, written or read. The message names the table and says what to do."""


class LakeConflictError(LakeError):
    """Another writer committed first, or S3 broke off and it is unknown whether the commit exists. Read the table again
    and retry."""


class LakeDamagedError(LakeError):
    """A table exists but cannot be read: files of its log are damaged, or its data files have no log."""


def damaged(address: str, what: str) -> LakeDamagedError:
    """The error for a table that a damaged log file makes unreadable."""
    return LakeDamagedError(
        f"{address}: {what}. Nothing was written. Run `pinterest-platform repair {address}`: it fixes the table or "
        "says what else to do."
    )


def rebuilding(address: str) -> str:
    """How to rebuild a table that cannot be read, or cannot be read with the declared columns."""
    if address == "raw/rejected":
        return "move its folder away and ingest its lines again with `pinterest-platform run --full-refresh landing`"
    if address.startswith("raw/"):
        rebuild = f"`pinterest-platform run --select {address} --full-refresh landing`"
        return f"rebuild it with {rebuild}, if the landing zone still has all of its data"
    if address.startswith("stream/"):
        return "move its folder away, so that it starts again with the records that the stream still holds"
    return "move its folder away, so that `pinterest-platform run` computes it from scratch"


def failure(what: str, error: Exception) -> LakeError:
    """Convert an error of delta-rs, which buries the answer of S3 under many lines.

    delta-rs does not mention retries if the request must not be repeated as it is, or if the answer broke off.
    """
    if told := advice(error):
        return LakeError(f"{what}: {told}.")
    broke_off = "Generic S3 error" in str(error) and " retries" not in str(error)
    return (LakeConflictError if broke_off else LakeError)(f"{what}: {error}")
