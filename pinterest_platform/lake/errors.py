"""What can go wrong with the lake; every module of it raises these."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class LakeError(PlatformError):
    """A table cannot be opened, written or read; the message names it and says what to do."""


class LakeConflictError(LakeError):
    """Another writer committed first, or S3 broke off and it is not known whether a commit is there: reading the table
    anew and trying again helps."""
