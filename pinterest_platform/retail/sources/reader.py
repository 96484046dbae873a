"""What every source gives, whatever it is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol

Row = Mapping[str, str | None]


class Reader(Protocol):
    """A source that is read whole each time.

    - `place`: where it is, without password or key.
    - `rows`: all rows now, as texts; raises a `PlatformError` where they cannot be read to the end.
    - `state`: what differs when the source has changed; None where that cannot be told without reading it.
    - `probe`: what is found there, for `check`; raises a `PlatformError` where nothing is.
    """

    @property
    def place(self) -> str: ...

    def rows(self) -> Iterator[Row]: ...

    def state(self) -> str | None: ...

    def probe(self) -> str: ...


def as_text(value: object) -> str | None:
    """A value as rows have it: whole numbers as their digits, others as Python writes them."""
    return value if value is None or isinstance(value, str) else repr(value) if isinstance(value, float) else str(value)
