"""What is new in a topic: which objects to read, in which order, and which gaps in the offsets to believe.

A partition is listed from shortly before the last ingested offset. An object at or beyond the watermark is news; one
before it is news if it was modified since it was last looked at, because sinks re-cut files after a crash. Where the
next object leaves a gap, the partition is listed whole once before the gap is believed: a re-cut object far back may
hold what is missing. Nothing here reads an object or remembers anything; positions come from the lake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.store import LandingStore

#: How many objects before the last one a listing begins with; half of what an S3 listing returns in one page, so
#: that a look costs one request while up to as many new objects arrived.
LOOKBACK_OBJECTS = 500


@dataclass(frozen=True)
class Position:
    """How far a topic partition is ingested.

    `next_offset`: every landed offset below it is in raw or rejected. `lookback`: start offset of the object with
    which the next listing begins. `modified`: changes of objects up to this time (microseconds) are ingested.
    """

    next_offset: int = 0
    lookback: int = 0
    modified: int = -1


START = Position()


@dataclass(frozen=True)
class PartitionPlan:
    """What to read of one partition, and the `Position` reached once all of it is ingested (`next_offset` excepted:
    only reading tells)."""

    partition: int
    objects: tuple[LandingObject, ...]
    before: Position
    lookback: int
    modified: int
    strangers: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """What to read of one topic."""

    topic: str
    partitions: tuple[PartitionPlan, ...]

    @property
    def has_news(self) -> bool:
        return any(plan.objects for plan in self.partitions)

    @property
    def strangers(self) -> tuple[str, ...]:
        return tuple(key for plan in self.partitions for key in plan.strangers)


def plan_topic(store: LandingStore, topic: str, positions: Mapping[int, Position]) -> Plan:
    """Look at the landing zone of `topic`, given how far each partition is ingested."""
    partitions = store.partitions(topic)
    return Plan(topic, tuple(_plan_partition(store, topic, p, positions.get(p, START)) for p in partitions))


def _plan_partition(store: LandingStore, topic: str, partition: int, before: Position) -> PartitionPlan:
    listing = store.list(topic, partition, before.lookback)
    news = _news(listing.objects, before)
    if before.lookback > 0 and _leave_gap(news, before):
        listing = store.list(topic, partition)
        news = _news(listing.objects, before)
    newest = max((item.modified for item in listing.objects), default=before.modified)
    return PartitionPlan(
        partition=partition,
        objects=news,
        before=before,
        lookback=_lookback(listing.objects, before),
        modified=max(before.modified, min(newest, listing.settled)),
        strangers=listing.strangers,
    )


def _lookback(objects: tuple[LandingObject, ...], before: Position) -> int:
    """Where the next listing begins; not moved by few objects, since one may still come before the first of them."""
    return objects[-LOOKBACK_OBJECTS].start_offset if len(objects) > LOOKBACK_OBJECTS else before.lookback


def _news(objects: tuple[LandingObject, ...], before: Position) -> tuple[LandingObject, ...]:
    """Objects to read. An empty one holds nothing yet; it is news when it is written."""
    return tuple(
        item
        for item in objects
        if item.size and (item.start_offset >= before.next_offset or item.modified > before.modified)
    )


def _leave_gap(news: tuple[LandingObject, ...], before: Position) -> bool:
    beyond = (item.start_offset for item in news if item.start_offset >= before.next_offset)
    return next(beyond, before.next_offset) > before.next_offset
