"""Requests of a topic follow one another, topics go side by side, and what waits goes together."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.lanes import Lanes, Outcome, RefusedError
from pinterest_platform.posting.senders.sender import Record, Refusal

TIMEOUT = 60


class Server:
    """Takes requests, each not before it is let through."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, list[str]]] = []
        self.arrived, self.let_through = threading.Semaphore(0), threading.Semaphore(0)
        self.lanes = Lanes(self.request, lambda records: [records], DestinationError, give_up=TIMEOUT)

    def request(self, topic: str, records: Sequence[Record]) -> Outcome:
        self.requests.append((topic, [record.key for record in records]))
        self.arrived.release()
        assert self.let_through.acquire(timeout=TIMEOUT)
        if topic == "broken":
            raise DestinationError("it is broken")
        for record in records:
            if record.value == "bad":
                raise RefusedError("bad", "a record is bad")
        return Outcome()


def records(topic: str, *keys: int, value: str = "{}") -> list[Record]:
    return [Record(topic, str(key), value) for key in keys]


@pytest.fixture
def server() -> Server:
    return Server()


def test_what_waits_goes_together_and_in_order(server: Server) -> None:
    deliveries = [server.lanes.submit(records("a", 0))]
    assert server.arrived.acquire(timeout=TIMEOUT)
    deliveries += [server.lanes.submit(records("a", number)) for number in range(1, 20)]
    assert not deliveries[0].done()
    server.let_through.release(2)
    assert [delivery.refusals() for delivery in deliveries] == [[]] * 20
    assert server.requests == [("a", ["0"]), ("a", [str(number) for number in range(1, 20)])]


def test_topics_go_side_by_side(server: Server) -> None:
    delivery = server.lanes.submit([*records("a", 1), *records("b", 2)])
    for _ in range(2):
        assert server.arrived.acquire(timeout=TIMEOUT)
    server.let_through.release(2)
    assert delivery.refusals() == []
    assert sorted(server.requests) == [("a", ["1"]), ("b", ["2"])]


def test_record_at_fault_is_found_among_those_that_went_with_it(server: Server) -> None:
    server.let_through.release(20)
    bad = records("a", 3, value="bad")
    refusals = server.lanes.submit([*records("a", 0, 1, 2), *bad, *records("a", 4)]).refusals()
    assert refusals == [Refusal(bad[0], "bad", "a record is bad")]


def test_failure_ends_all_topics(server: Server) -> None:
    broken = server.lanes.submit(records("broken", 1))
    server.let_through.release()
    with pytest.raises(DestinationError, match="it is broken"):
        broken.refusals()
    with pytest.raises(DestinationError, match="it is broken"):
        server.lanes.submit(records("a", 1)).refusals()
    assert server.requests == [("broken", ["1"])]
