"""The only error that loading a catalog or rendering a query raises."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class ModelError(PlatformError):
    """A model file cannot be loaded, or a query cannot be rendered.

    The message begins with `<file>:<line>: `. The file is relative to the models folder, or `query` for a query that is
    not in a file. The message says what is wrong and what to write instead.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason
