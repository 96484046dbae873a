"""What can go wrong with the lake; every module of it raises these."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError
from pinterest_platform.s3.errors import advice


class LakeError(PlatformError):
    """A table cannot be opened, written or read; the message names it and says what to do."""


class LakeConflictError(LakeError):
    """Another writer committed first, or S3 broke off and it is not known whether a commit is there: reading the table
    anew and trying again helps."""


class LakeDamagedError(LakeError):
    """A table is there and cannot be read: files of its log are damaged, or its data files have no log."""


def damaged(address: str, what: str) -> LakeDamagedError:
    """What to say of a table that a file of its log keeps from being read."""
    return LakeDamagedError(
        f"{address}: {what}. Nothing was written. `pinterest-platform repair {address}` mends it, or says what else to "
        "do."
    )


def rebuilding(address: str) -> str:
    """What to do to have a table again that cannot be read, or not with the columns that are declared."""
    if address == "raw/rejected":
        return "move its folder away and find its lines again with `pinterest-platform run --full-refresh landing`"
    if address.startswith("raw/"):
        rebuild = f"`pinterest-platform run --select {address} --full-refresh landing`"
        return f"rebuild it with {rebuild}, if the landing zone has all of it"
    if address.startswith("stream/"):
        return "move its folder away, so that it begins anew with what the stream still holds"
    return "move its folder away, so that `pinterest-platform run` computes it anew"


def failure(what: str, error: Exception) -> LakeError:
    """What an error of delta-rs means. What S3 answered is buried in it under many lines; a request that may not be
    repeated as it is, or an answer that broke off, has no mention of retries."""
    if told := advice(error):
        return LakeError(f"{what}: {told}.")
    broke_off = "Generic S3 error" in str(error) and " retries" not in str(error)
    return (LakeConflictError if broke_off else LakeError)(f"{what}: {error}")
