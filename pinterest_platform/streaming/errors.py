"""What can go wrong with a stream; the package raises these, and the lake's own errors as they are."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class StreamConfigError(PlatformError):
    """The file of streams says something that is not allowed. The message begins with `<file>:<line>: `."""


class StreamError(PlatformError):
    """A stream cannot be read or its table cannot be written; the message names both and says what to do. What is
    committed is safe: a job that is started again goes on behind it."""
