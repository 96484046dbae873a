"""The orders in which the rows of a source can be posted. `emulator.py` controls the rate and the destination."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.posting.postings import Posting, PostingSource

#: Postings read at once: the larger one for throughput, the smaller one for a fast first row of a slow posting.
BATCH, _BULK_BATCH = 500, 2_000


class OrderError(PlatformError):
    """An order requests rows that the source does not have. The message names both ranges and what to do."""


class Order(Protocol):
    """A sequence of postings that is the same each time, so that it can be resumed."""

    def identity(self) -> dict[str, str | int | None]:
        """Identifies this sequence (JSON). `order` is its name."""

    def length(self, source: PostingSource) -> int | None:
        """The number of postings, or None if the sequence is endless.

        Raises:
            OrderError: the source lacks rows that the order requests.
        """

    def batches(self, source: PostingSource, skip: int) -> Iterator[Sequence[Posting]]:
        """The postings after the first `skip`, in batches."""


@dataclass(frozen=True)
class Sequential:
    """The rows from `start` to `stop` (exclusive), each once. `stop` None means up to the last row."""

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
                f"Rows {self.start} to {stop} (exclusive) are requested, but source {source.url} has {rows} rows, "
                "counted from 0. Request rows that it has, or add more with `pinterest-platform generate`."
            )
        return stop - self.start

    def batches(self, source: PostingSource, skip: int) -> Iterator[Sequence[Posting]]:
        return source.read_in_order(self.start + skip, self.start + self.length(source), self.batch)


def bulk(start: int = 0, stop: int | None = None) -> Sequential:
    """The sequential order read in large batches, for the highest rate."""
    return Sequential(start, stop, _BULK_BATCH)
