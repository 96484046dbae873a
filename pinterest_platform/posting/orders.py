"""In which order the rows of a source are posted. How fast and where to is in `emulator.py`."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.postings import Posting

#: Postings read at once. The larger one is for throughput; the smaller one keeps a slow posting's first row near.
_BATCH, _BULK_BATCH = 500, 2_000


class OrderError(PlatformError):
    """An order asks for rows that the source has not. The message names both ranges and what to do."""


class Order(Protocol):
    """A sequence of postings that is the same each time, so that it can be gone on with."""

    def identity(self) -> dict[str, str | int | None]:
        """What tells this sequence from another one; JSON, and `order` is its name."""

    def length(self, source: SourceDatabase) -> int | None:
        """How many postings it has; None for one without end.

        Raises:
            OrderError: the source lacks rows that the order asks for.
        """

    def batches(self, source: SourceDatabase, skip: int) -> Iterator[list[Posting]]:
        """The postings after the first `skip`, some at a time."""


@dataclass(frozen=True)
class Course:
    """The order of the course's script: rows drawn with replacement, for ever.

    The script seeds Python's generator once, and before each row draws whether to sleep 0 or 1 seconds. That draw is
    made here too, since without it the rows would be others: seed 100 gives 7528, 2863, 5730, 8304, ...
    """

    seed: int = 100
    upper: int = 11_000

    def identity(self) -> dict[str, str | int | None]:
        return {"order": "course", "seed": self.seed, "upper": self.upper}

    def length(self, source: SourceDatabase) -> int | None:
        rows = source.count()
        if not 0 <= self.upper < rows:
            raise OrderError(
                f"The course's order draws rows 0 to {self.upper}, but source {source.url} has {rows} rows, counted "
                f"from 0. Fill it with at least {self.upper + 1} rows (`pinterest-platform generate`), or post in "
                "sequential order."
            )
        return None

    def positions(self) -> Iterator[int]:
        """The rows drawn, without end."""
        generator = random.Random(self.seed)
        while True:
            generator.randint(0, 1)
            yield generator.randint(0, self.upper)

    def batches(self, source: SourceDatabase, skip: int) -> Iterator[list[Posting]]:
        positions = islice(self.positions(), skip, None)
        while True:
            yield source.read_rows(list(islice(positions, _BATCH)))


@dataclass(frozen=True)
class Sequential:
    """The rows from `start` to `stop` (exclusive; None: all there are), each once."""

    start: int = 0
    stop: int | None = None
    batch: int = _BATCH

    def identity(self) -> dict[str, str | int | None]:
        return {"order": "sequential", "start": self.start, "stop": self.stop}

    def length(self, source: SourceDatabase) -> int:
        rows = source.count()
        stop = rows if self.stop is None else self.stop
        if not 0 <= self.start <= stop <= rows:
            raise OrderError(
                f"Rows {self.start} to {stop} (exclusive) were asked for, but source {source.url} has {rows} rows, "
                "counted from 0. Ask for rows it has, or fill it with more (`pinterest-platform generate`)."
            )
        return stop - self.start

    def batches(self, source: SourceDatabase, skip: int) -> Iterator[list[Posting]]:
        return source.read_in_order(self.start + skip, self.start + self.length(source), self.batch)


def bulk(start: int = 0, stop: int | None = None) -> Sequential:
    """The sequential order read in large batches, for as many postings a second as can be."""
    return Sequential(start, stop, _BULK_BATCH)
