"""Records on their way in batches: a lane a topic, in it one request at a time, until each record is acknowledged or
refused for good. Within a lane records keep their order but for those that have to be sent again.

What a request is made of and what its reply means is said by those who use it: `kinesis.py`, `http/rest.py`,
`http/kinesis_api.py`.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from pinterest_platform.backoff import Backoff
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.sender import Delivery, Record, Refusal

#: Records of a topic that wait are sent together up to about so many, as many as Kinesis takes in a request.
_TOGETHER = 500


class Outcome(NamedTuple):
    """What became of the records of a request, but for those that arrived: some may pass when sent `again`, since
    their `trouble` is not their own."""

    again: Sequence[Record] = ()
    refusals: Sequence[Refusal] = ()
    trouble: str = ""


class RetriableError(Exception):
    """A whole request came to nothing, and may pass when sent again, not before `wait` seconds."""

    def __init__(self, trouble: str, wait: float = 0.0) -> None:
        super().__init__(trouble)
        self.wait = wait


class RefusedError(Exception):
    """A whole request was refused for its size or for one of its records: its halves may pass."""

    def __init__(self, code: int | str | None, error: str) -> None:
        super().__init__(error)
        self.code = code


#: Sends records to a topic. It raises `RetriableError`, `RefusedError`, or `DestinationError` where nothing will help.
Request = Callable[[str, Sequence[Record]], Outcome]


class Lanes:
    """Requests on their way, and those that wait for them.

    Args:
        request: sends one batch; called in a thread of the topic's own.
        cut: parts records of one topic into batches.
        failed: makes the error that ends everything, of a phrase.
        give_up: seconds without any success of a topic after which that is so.
    """

    def __init__(
        self,
        request: Request,
        cut: Callable[[Sequence[Record]], Iterable[Sequence[Record]]],
        failed: Callable[[str], DestinationError],
        give_up: float,
    ) -> None:
        self._request, self._cut, self._failed, self._give_up = request, cut, failed, give_up
        self._lanes: dict[str, _Lane] = {}
        #: Set when nothing more is to be sent: closed, or a topic failed, for the reason that `_failure` is.
        self._ended = threading.Event()
        self._failure: Exception | None = None

    def submit(self, records: Sequence[Record]) -> Delivery:
        """Send records behind those before, without waiting for them."""
        futures = []
        for topic, of_topic in groupby(sorted(records, key=attrgetter("topic")), key=attrgetter("topic")):
            lane = self._lanes.setdefault(topic, _Lane())
            future: Future[list[Refusal]] = Future()
            lane.waiting.append((list(of_topic), future))
            lane.thread.submit(self._work, topic, lane)
            futures.append(future)
        return _Deliveries(futures)

    def close(self) -> None:
        """Drop what is not yet sent."""
        self._ended.set()
        for lane in self._lanes.values():
            lane.thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, topic: str, lane: _Lane) -> None:
        """Deliver what waits in a lane. What was submitted in small portions, as at a set rate, goes together."""
        records: list[Record] = []
        futures: list[Future[list[Refusal]]] = []
        while lane.waiting and len(records) < _TOGETHER:
            portion, future = lane.waiting.popleft()
            records += portion
            futures.append(future)
        try:
            # What still arrived after something failed would arrive again on resuming.
            if self._ended.is_set():
                raise self._failed("was left before all was sent.")
            refusals = [refusal for batch in self._cut(records) for refusal in self._deliver(topic, batch)]
        except Exception as error:
            self._failure = self._failure or error
            self._ended.set()
            for future in futures:
                future.set_exception(self._failure)
        else:
            # Those of later portions are told with the first: too early does no harm.
            for position, future in enumerate(futures):
                future.set_result([] if position else refusals)

    def _deliver(self, topic: str, records: Sequence[Record]) -> list[Refusal]:
        refusals: list[Refusal] = []
        backoff, rest = Backoff(self._give_up), records
        while rest:
            wait = 0.0
            try:
                again, refused, trouble = self._request(topic, rest)
            except RefusedError as error:
                return refusals + self._deliver_parts(topic, rest, error)
            except RetriableError as error:
                trouble, wait = str(error), error.wait
            else:
                refusals += refused
                if len(again) < len(rest):
                    backoff.succeeded()
                rest = again
            if rest:
                self._wait(backoff, wait, topic, trouble)
        return refusals

    def _deliver_parts(self, topic: str, records: Sequence[Record], error: RefusedError) -> list[Refusal]:
        if len(records) == 1:
            return [Refusal(records[0], error.code, str(error))]
        half = len(records) // 2
        return self._deliver(topic, records[:half]) + self._deliver(topic, records[half:])

    def _wait(self, backoff: Backoff, at_least: float, topic: str, trouble: str) -> None:
        delay = backoff.next_delay(at_least)
        if delay is None:
            raise self._failed(f"takes nothing for {topic!r}: {trouble}. See to that, then go on with --resume.")
        if self._ended.wait(delay):
            raise self._failed("was left before all was sent.")


@dataclass(frozen=True)
class _Lane:
    """What waits for a topic's thread, each portion with what its delivery waits for."""

    waiting: deque[tuple[list[Record], Future[list[Refusal]]]] = field(default_factory=deque)
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))


@dataclass(frozen=True)
class _Deliveries:
    futures: Sequence[Future[list[Refusal]]]

    def done(self) -> bool:
        return all(future.done() for future in self.futures)

    def refusals(self) -> list[Refusal]:
        return [refusal for future in self.futures for refusal in future.result()]
