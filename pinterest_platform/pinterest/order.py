"""The order in which the course's script posts rows. `posting/orders.py` has the orders for any source."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from pinterest_platform.posting.orders import BATCH, OrderError
from pinterest_platform.posting.postings import Posting, PostingSource


@dataclass(frozen=True)
class Course:
    """The order of the course's script: an endless sequence of rows, drawn with replacement.

    The script seeds Python's generator once. Before each row, it draws whether to sleep 0 or 1 seconds. This class
    makes the same draw, because it determines the rows: seed 100 gives 7528, 2863, 5730, 8304, ...
    """

    seed: int = 100
    upper: int = 11_000

    def identity(self) -> dict[str, str | int | None]:
        return {"order": "course", "seed": self.seed, "upper": self.upper}

    def length(self, source: PostingSource) -> int | None:
        rows = source.count()
        if not 0 <= self.upper < rows:
            raise OrderError(
                f"The course's order draws rows 0 to {self.upper}, but source {source.url} has {rows} rows, counted "
                f"from 0. Fill it with at least {self.upper + 1} rows with `pinterest-platform generate`, or post in "
                "sequential order."
            )
        return None

    def positions(self) -> Iterator[int]:
        """The drawn rows, an endless sequence."""
        generator = random.Random(self.seed)
        while True:
            generator.randint(0, 1)
            yield generator.randint(0, self.upper)

    def batches(self, source: PostingSource, skip: int) -> Iterator[Sequence[Posting]]:
        positions = islice(self.positions(), skip, None)
        while True:
            yield source.read_rows(list(islice(positions, BATCH)))
