"""What is news where a store names contents: times of change alone would miss a change, or see one over and over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pinterest_platform.landing.keys import LandingObject, object_key
from pinterest_platform.landing.listing import START, plan_topic
from pinterest_platform.landing.store import Listing

TOPIC = "t.pin"
MINUTE = 60_000_000


@dataclass
class Named:
    """A store like S3: an object is (start offset, content), stamped with when its upload began."""

    objects: dict[int, tuple[str, int]] = field(default_factory=dict)

    def put(self, start: int, content: str, *, begun: int) -> None:
        self.objects[start] = (content, begun)

    def partitions(self, _topic):
        return [0]

    def beside(self, _topic):
        return ()

    def widths(self, _topic, _partition, _at):
        return frozenset()

    def list(self, topic, partition, first=0, _widths=()):
        found = tuple(
            LandingObject(partition, start, object_key(topic, partition, start), len(content), begun, content)
            for start, (content, begun) in sorted(self.objects.items())
            if start >= first
        )
        return Listing(found, (), max((item.modified for item in found), default=0) - 15 * MINUTE)


def look(store, before):
    [plan] = plan_topic(store, TOPIC, {0: before}).partitions
    return [item.start_offset for item in plan.objects], plan


def ingest(store, before=START):
    news, plan = look(store, before)
    return replace(plan.after, next_offset=max([before.next_offset, *(start + 1 for start in news)]))


def test_upload_that_began_long_before_it_was_complete():
    store = Named()
    for start in range(4):
        store.put(start, f"{start}", begun=start * MINUTE)
    at = ingest(store)
    assert look(store, at)[0] == []
    store.put(1, "1 and more", begun=2 * MINUTE)
    assert 1 in look(store, at)[0]


def test_what_was_there_before_a_change_is_not_read_again():
    """Objects of the same minutes that come before the one that changed."""
    store = Named()
    for start in range(10):
        store.put(start, f"{start}", begun=start)
    at = ingest(store)
    store.put(10, "10", begun=10)
    assert look(store, at)[0] == [10]
    at = ingest(store, at)
    store.put(11, "11", begun=0)
    assert look(store, at)[0] == [11]


@settings(max_examples=100)
@given(st.integers(1, 9), st.integers(1, 4))
def test_stopped_between_batches(done, lines):
    """A run that stops after some objects, the last of which overlaps what follows, goes on with the next one."""
    store = Named()
    for start in range(10):
        store.put(start, f"{start}", begun=start)
    _, plan = look(store, START)
    reached = replace(plan.after, next_offset=done - 1 + lines)
    unread = plan.objects[done]
    at = plan.stopping_before(unread, reached, min(reached.modified, unread.modified - 1))
    assert look(store, at)[0] == list(range(done, 10))


def test_store_that_does_not_name_contents():
    store = Named()
    store.put(0, "x", begun=0)
    _, plan = look(store, START)
    without = replace(plan, listed=tuple(item._replace(etag="") for item in plan.listed))
    assert without.stopping_before(plan.objects[0], plan.after, 0).window == 0
