"""The one error of this package. Whoever loads the catalog or renders a query has this to catch and nothing else."""

from __future__ import annotations

from pinterest_platform.errors import PlatformError


class ModelError(PlatformError):
    """A model file that cannot be loaded, or a query that cannot be rendered.

    The message begins with `<file>:<line>: `, the file relative to the models folder (`query` for a query that is in
    no file), and says what is wrong, what is allowed or what to write instead.
    """

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason
