"""Posts the rows of a source to a destination in some order: how many, how fast, until when, and from where.

Orders are in `orders.py`, destinations next to `destination.py`. Nothing here reads settings or draws on a terminal.
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

#: Seconds until a stop is noticed while the next posting is not due.
_LONGEST_SLEEP = 0.2


@dataclass(frozen=True)
class PostingResult:
    """What a run came to. `acknowledged` counts the order's postings at rest at the destination, earlier runs that
    this one went on from included; `posted` those of this run; `refused` records among `acknowledged` that the
    destination refused for good. `stopped` tells whether it was stopped before its end."""

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
    """Post until the order ends, `count` postings of it are posted or `stop` returns True.

    `count` includes what earlier runs posted, so a run that was killed is finished by the same call with `resume`.
    `rate` is in postings a second; None is as fast as can be. `stop` is asked before each batch and several times a
    second while waiting, as `Event().is_set` of an event that a signal handler sets: what was taken is then brought to
    rest before this returns. `checkpoint` is a file in which the way is kept; with `resume` the posting goes on behind
    it, and begins where there is no such file. `progress` is called with the number of postings of the order that
    were sent.

    Raises:
        ValueError: a count or rate that is none, or `resume` without `checkpoint`.
        OrderError, SourceError: the source lacks what the order asks for.
        CheckpointError: the checkpoint is of another order, source or destination, or cannot be read or written.
        DestinationError: the destination cannot take more; what was acknowledged until then is in the checkpoint.
    """
    if (count is not None and count < 0) or (rate is not None and not rate > 0):
        raise ValueError(f"count={count}, rate={rate}: count must be 0 or more, rate more than 0")
    if resume and checkpoint is None:
        raise ValueError("resume=True needs the path of the checkpoint to go on from")
    begun = clock()
    length = order.length(source)
    end = min((limit for limit in (count, length) if limit is not None), default=None)
    stop = stop or (lambda: False)
    way = _Way(source, order, destination, checkpoint, resume)
    try:
        way.begin()
        batches = _until(order.batches(source, way.start), way.start, end)
        for postings in _paced(batches, rate, stop, clock, sleep):
            way.send(postings)
            if progress:
                progress(way.sent)
        way.acknowledge(destination.flush())
    finally:
        destination.close()
    posted = way.acknowledged - way.start
    return PostingResult(way.acknowledged, posted, way.refused, way.sent != end and stop(), clock() - begun)


class _Way:
    """How far a run is: what was sent, what is acknowledged, and the checkpoint that keeps the latter."""

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
        """Open the destination, and write where that is before anything is sent: a run that is killed before its first
        acknowledgement goes on from there."""
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
    """The batches up to the order's `end`-th posting, where `position` precede the first."""
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
    """The same postings in batches of as many as are due, until `stop` returns True."""
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
