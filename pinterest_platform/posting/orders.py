"""In which order the rows of a source are posted. How fast and where to is in `emulator.py`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.posting.postings import Posting, PostingSource

#: Postings read at once. The larger one is for throughput; the smaller one keeps a slow posting's first row near.
BATCH, _BULK_BATCH = 500, 2_000


class OrderError(PlatformError):
    """An order asks for rows that the source has not. The message names both ranges and what to do."""


class Order(Protocol):
    """A sequence of postings that is the same each time, so that it can be gone on with."""

    def identity(self) -> dict[str, str | int | None]:
        """What tells this sequence from another one; JSON, and `order` is its name."""

    def length(self, source: PostingSource) -> int | None:
        """How many postings it has; None for one without end.

        Raises:
            OrderError: the source lacks rows that the order asks for.
        """

    def batches(self, source: PostingSource, skip: int) -> Iterator[Sequence[Posting]]:
        """The postings after the first `skip`, some at a time."""


@dataclass(frozen=True)
class Sequential:
    """The rows from `start` to `stop` (exclusive; None: all there are), each once."""

    start: int = 0
    stop: int | None = None
    batch: int = BATCH

    def identity(self) -> dict[str, str | int | None]:
        return {"order": "sequential", "start": self.start, "stop": self.stop}

    def length(self, source: PostingSource) -> int:
        rows = source.count()
        stop = rows if self.stop is None else self.stop
        if not 0 <= self.start <= stop <= rows:
            raise OrderError(
                f"Rows {self.start} to {stop} (exclusive) were asked for, but source {source.url} has {rows} rows, "
                "counted from 0. Ask for rows it has, or fill it with more (`pinterest-platform generate`)."
            )
        return stop - self.start

    def batches(self, source: PostingSource, skip: int) -> Iterator[Sequence[Posting]]:
        return source.read_in_order(self.start + skip, self.start + self.length(source), self.batch)


def bulk(start: int = 0, stop: int | None = None) -> Sequential:
    """The sequential order read in large batches, for as many postings a second as can be."""
    return Sequential(start, stop, _BULK_BATCH)
