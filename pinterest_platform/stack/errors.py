"""The one error of the local stack."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class StackError(PlatformError):
    """The local stack failed. The message names the server or program, and the fix."""
