"""Sends records in batches: one lane per topic, one request at a time per lane. Retries until each record is
acknowledged or permanently refused. Within a lane, records keep their order, except those that are retried.

`kinesis.py`, `http/rest.py` and `http/kinesis_api.py` make the requests and interpret the replies.
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

#: Roughly the most waiting records of a topic to send together: the limit of a Kinesis request.
_TOGETHER = 500


class Outcome(NamedTuple):
    """The records of a request that did not arrive. Those in `again` may succeed when retried: `trouble` is the reason,
    which is not their fault."""

    again: Sequence[Record] = ()
    refusals: Sequence[Refusal] = ()
    trouble: str = ""


class RetriableError(Exception):
    """A whole request failed. It may succeed when retried after at least `wait` seconds."""

    def __init__(self, trouble: str, wait: float = 0.0) -> None:
        super().__init__(trouble)
        self.wait = wait


class RefusedError(Exception):
    """A whole request was refused because of its size or one of its records. Its halves may succeed."""

    def __init__(self, code: int | str | None, error: str) -> None:
        super().__init__(error)
        self.code = code


#: Sends records to a topic. Raises `RetriableError`, `RefusedError`, or `DestinationError` if no retry can help.
Request = Callable[[str, Sequence[Record]], Outcome]


class Lanes:
    """Requests in flight and waiting.

    - `request` sends one batch. It is called in the thread of the topic.
    - `cut` splits the records of one topic into batches.
    - `failed` makes the error that ends everything from a phrase.
    - `give_up` is the number of seconds without any success of a topic after which everything ends.
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
        #: Set when sending ends, because of `close` or a failed topic. `_failure` is the error of that topic.
        self._ended = threading.Event()
        self._failure: Exception | None = None

    def submit(self, records: Sequence[Record]) -> Delivery:
        """Queue records after the earlier ones, without waiting for them."""
        futures = []
        for topic, of_topic in groupby(sorted(records, key=attrgetter("topic")), key=attrgetter("topic")):
            lane = self._lanes.setdefault(topic, _Lane())
            future: Future[list[Refusal]] = Future()
            lane.waiting.append((list(of_topic), future))
            lane.thread.submit(self._work, topic, lane)
            futures.append(future)
        return _Deliveries(futures)

    def close(self) -> None:
        """Drop records that are not sent yet."""
        self._ended.set()
        for lane in self._lanes.values():
            lane.thread.shutdown(wait=False, cancel_futures=True)

    def _work(self, topic: str, lane: _Lane) -> None:
        """Deliver the records waiting in a lane. Combine small portions, which a limited rate produces."""
        records: list[Record] = []
        futures: list[Future[list[Refusal]]] = []
        while lane.waiting and len(records) < _TOGETHER:
            portion, future = lane.waiting.popleft()
            records += portion
            futures.append(future)
        try:
            # Records that arrive after a failure would arrive again when the posting resumes.
            if self._ended.is_set():
                raise self._failed("was closed before all records were sent.")
            refusals = [refusal for batch in self._cut(records) for refusal in self._deliver(topic, batch)]
        except Exception as error:
            self._failure = self._failure or error
            self._ended.set()
            for future in futures:
                future.set_exception(self._failure)
        else:
            # The first portion reports the refusals of later ones too: reporting early does no harm.
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
            raise self._failed(f"accepts no records for {topic!r}: {trouble}. Fix that, then continue with --resume.")
        if self._ended.wait(delay):
            raise self._failed("was closed before all records were sent.")


@dataclass(frozen=True)
class _Lane:
    """The thread of a topic and its waiting portions, each with the future of its delivery."""

    waiting: deque[tuple[list[Record], Future[list[Refusal]]]] = field(default_factory=deque)
    thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))


@dataclass(frozen=True)
class _Deliveries:
    futures: Sequence[Future[list[Refusal]]]

    def done(self) -> bool:
        return all(future.done() for future in self.futures)

    def refusals(self) -> list[Refusal]:
        return [refusal for future in self.futures for refusal in future.result()]
