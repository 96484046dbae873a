"""Errors of erasures. Every module of this package raises them."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class ErasureError(PlatformError):
    """An erasure cannot start or continue. The message gives the reason and what to do."""
