"""Posts the rows of a source to a destination in a given order: how many, how fast, until when, and from where.

Orders are in `orders.py`, destinations next to `destination.py`. This module reads no settings and prints nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinterest_platform.posting.checkpoint import Checkpoint, read_checkpoint
from pinterest_platform.posting.destination import Acknowledged, Destination
from pinterest_platform.posting.orders import Order
from pinterest_platform.posting.postings import Posting, PostingSource

#: Longest sleep in seconds before the next check for a stop.
_LONGEST_SLEEP = 0.2


@dataclass(frozen=True)
class PostingResult:
    """The result of a run.

    - `acknowledged`: postings of the order that the destination has acknowledged, including those of resumed runs.
    - `posted`: those of this run.
    - `refused`: records among the acknowledged postings that the destination refused permanently.
    - `stopped`: whether the run was stopped before its end.
    """

    acknowledged: int
    posted: int
    refused: int
    stopped: bool
    seconds: float


def post(
    source: PostingSource,
    order: Order,
    destination: Destination,
    *,
    count: int | None = None,
    rate: float | None = None,
    stop: Callable[[], bool] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    progress: Callable[[int], None] | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> PostingResult:
    """Post until the order ends, `count` postings are posted or `stop` returns True.

    - `count` includes postings of earlier runs. To finish a killed run, make the same call with `resume`.
    - `rate` is in postings per second. None means as fast as possible.
    - `stop` is called before each batch and several times a second while waiting. It can be `Event().is_set` of an
      event that a signal handler sets. After a stop, this function returns once sent postings are acknowledged.
    - `checkpoint` is a file that stores the progress. With `resume`, posting continues from it, or starts if the file
      does not exist.
    - `progress` is called with the number of postings of the order sent so far.

    Raises:
        ValueError: the count or rate is invalid, or `resume` has no `checkpoint`.
        OrderError, SourceError: the source lacks rows that the order requires.
        CheckpointError: the checkpoint belongs to another order, source or destination, or cannot be read or written.
        DestinationError: the destination accepts no more records. The checkpoint holds the acknowledged ones.
    """
    if (count is not None and count < 0) or (rate is not None and not rate > 0):
        raise ValueError(f"count={count}, rate={rate}: count must be 0 or more, rate more than 0")
    if resume and checkpoint is None:
        raise ValueError("resume=True needs the path of the checkpoint to continue from")
    begun = clock()
    length = order.length(source)
    end = min((limit for limit in (count, length) if limit is not None), default=None)
    stop = stop or (lambda: False)
    state = _Progress(source, order, destination, checkpoint, resume)
    try:
        state.begin()
        batches = _until(order.batches(source, state.start), state.start, end)
        for postings in _paced(batches, rate, stop, clock, sleep):
            state.send(postings)
            if progress:
                progress(state.sent)
        state.acknowledge(destination.flush())
    finally:
        destination.close()
    posted = state.acknowledged - state.start
    stopped = state.sent != end and stop()
    return PostingResult(state.acknowledged, posted, state.refused, stopped, clock() - begun)


class _Progress:
    """The progress of a run: postings sent, postings acknowledged, and the checkpoint that stores the latter."""

    def __init__(
        self, source: PostingSource, order: Order, destination: Destination, path: Path | None, resume: bool
    ) -> None:
        self._destination, self._path = destination, path
        self._run: dict[str, Mapping[str, Any]] = {
            "order": order.identity(),
            "source": source.identity(),
            "destination": destination.identity(),
        }
        held = read_checkpoint(path) if path and resume else None
        if held and path:
            held.check_same(path, **self._run)
        self._held_position = held.position if held else None
        self.start = self.sent = self.acknowledged = held.postings if held else 0
        self._refused_before = self.refused = held.refused if held else 0

    def begin(self) -> None:
        """Open the destination and write its position before sending. A run that is killed before its first
        acknowledgement resumes from there."""
        self._write(self._destination.open(self._held_position))

    def send(self, postings: Sequence[Posting]) -> None:
        answer = self._destination.send(postings)
        self.sent += len(postings)
        self.acknowledge(answer)

    def acknowledge(self, answer: Acknowledged) -> None:
        if self.start + answer.postings > self.acknowledged:
            self.acknowledged = self.start + answer.postings
            self.refused = self._refused_before + answer.refused
            self._write(answer)

    def _write(self, answer: Acknowledged) -> None:
        if self._path:
            Checkpoint(**self._run, postings=self.acknowledged, refused=self.refused, position=answer.position).write(
                self._path
            )


def _until(batches: Iterator[Sequence[Posting]], position: int, end: int | None) -> Iterator[Sequence[Posting]]:
    """The batches up to the order's `end`-th posting, after the first `position` postings."""
    while end is None or position < end:
        postings = next(batches, [])
        if not postings:
            return
        yield postings if end is None else postings[: end - position]
        position += len(postings)


def _paced(
    batches: Iterator[Sequence[Posting]],
    rate: float | None,
    stop: Callable[[], bool],
    clock: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Sequence[Posting]]:
    """The same postings in batches of those that are due, until `stop` returns True."""
    begun, sent = clock(), 0
    for batch in batches:
        rest = batch
        while rest:
            if stop():
                return
            due = len(rest) if rate is None else 1 + int((clock() - begun) * rate) - sent
            if due > 0:
                postings, rest = rest[:due], rest[due:]
                sent += len(postings)
                yield postings
            elif rate:
                sleep(max(0.0, min(begun + sent / rate - clock(), _LONGEST_SLEEP)))
