"""What can go wrong with an erasure; every module of this room raises these."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class ErasureError(PlatformError):
    """An erasure cannot begin or go on; the message says why and what to do."""
