"""The contract of a source reader."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

Row = Mapping[str, str | None]


class Reader(Protocol):
    """A source that is read completely each time.

    - `place`: its location, without password or key.
    - `rows`: all current rows, as text. Raises a `PlatformError` if they cannot be read to the end.
    - `state`: a text that changes with the source. None if this requires reading the source.
    - `probe`: a summary of the source, for `check`. Raises a `PlatformError` if it cannot be read.
    """

    @property
    def place(self) -> str: ...

    def rows(self) -> Iterator[Row]: ...

    def state(self) -> str | None: ...

    def probe(self) -> str: ...


def as_text(value: object) -> str | None:
    """A value as text: whole numbers as their digits, other numbers as Python writes them."""
    return value if value is None or isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
