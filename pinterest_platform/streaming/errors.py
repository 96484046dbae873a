"""Errors of streams. The package raises these, and passes on the lake's errors unchanged."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class StreamConfigError(PlatformError):
    """The streams file contains an invalid entry. The message begins with `<file>:<line>: `."""


class StreamError(PlatformError):
    """A stream cannot be read or its table cannot be written. The message names both and says what to do. Committed
    records are safe: a restarted job continues after the last commit."""
