"""What is new in a topic: which objects to read, in which order, and which gaps in the offsets to believe.

A partition is listed from shortly before the last ingested offset. An object at or beyond the watermark is news; one
before it is news if it was modified since it was last looked at, because sinks re-cut files after a crash. Where the
next object leaves a gap, the partition is listed whole once before the gap is believed: a re-cut object far back may
hold what is missing. Nothing here reads an object or remembers anything; positions come from the lake.

Times of change decide where that is all a store has. S3 stamps an object with the second its upload began and shows it
when it is complete, so times alone would miss a change or see the same one again and again; it also names contents
(`etag`). A fingerprint of the names since the lookback says whether anything there has changed at all.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from operator import attrgetter

from pinterest_platform.landing.keys import LandingObject, offset_digits
from pinterest_platform.landing.store import LandingStore

#: How many objects before the last one a listing begins with; half of what an S3 listing returns in one page, so
#: that a look costs one request while up to as many new objects arrived.
LOOKBACK_OBJECTS = 500


@dataclass(frozen=True)
class Position:
    """How far a topic partition is ingested.

    `next_offset`: every landed offset below it is in raw or rejected. `lookback`: start offset of the object with
    which the next listing begins. `modified`: changes of objects up to this time (microseconds) are ingested.
    `widths`: in how many digits the objects since `lookback` have their offsets written, as a bit each; 0 where that is
    not known. `window`: fingerprint of those objects, in order, that are ingested; 0 where that is not known.
    """

    next_offset: int = 0
    lookback: int = 0
    modified: int = -1
    widths: int = 0
    window: int = 0


START = Position()


@dataclass(frozen=True)
class PartitionPlan:
    """What to read of one partition: `objects`, of those `listed`, whose names have offsets in `widths`.

    `after` is the `Position` reached once all of it is ingested, but for its `next_offset`, which only reading tells.
    """

    partition: int
    objects: tuple[LandingObject, ...]
    listed: tuple[LandingObject, ...]
    widths: int
    after: Position
    strangers: tuple[str, ...]

    def stopping_before(self, first: LandingObject, reached: Position, modified: int) -> Position:
        """The position `reached` while `first` and what follows it are still to read, such that a later look finds
        them: by their offsets, or where they begin below the watermark, as changed later than `modified`."""
        lookback = min(reached.lookback, first.start_offset)
        start = bisect_left(self.listed, lookback, key=attrgetter("start_offset"))
        window = self.listed[start : bisect_left(self.listed, first)]
        return replace(reached, lookback=lookback, modified=modified, widths=self.widths, window=_fingerprint(window))


@dataclass(frozen=True)
class Plan:
    """What to read of one topic; `beside` is what lies in its folder and in none of its partitions'."""

    topic: str
    partitions: tuple[PartitionPlan, ...]
    beside: tuple[str, ...] = ()

    @property
    def has_news(self) -> bool:
        return any(plan.objects for plan in self.partitions)

    @property
    def strangers(self) -> tuple[str, ...]:
        return (*self.beside, *(key for plan in self.partitions for key in plan.strangers))


def plan_topic(
    store: LandingStore,
    topic: str,
    positions: Mapping[int, Position],
    *,
    partitions: Sequence[int] | None = None,
    thorough: bool = True,
) -> Plan:
    """Look at the landing zone of `topic`, given how far each partition is ingested.

    `partitions` are those of the store, where they are known. A look that is not `thorough` costs one request a
    partition and suffices to tell whether there is news: it neither looks for names of another width nor closes gaps.
    """
    found = store.partitions(topic) if partitions is None else partitions
    plans = tuple(_plan_partition(store, topic, p, positions.get(p, START), thorough) for p in found)
    return Plan(topic, plans, tuple(store.beside(topic)) if thorough else ())


def _plan_partition(store: LandingStore, topic: str, partition: int, before: Position, thorough: bool) -> PartitionPlan:
    widths = _written(before)
    if widths and thorough:
        widths |= store.widths(topic, partition, before.next_offset)
    listing = store.list(topic, partition, before.lookback, widths)
    news = _news(listing.objects, before)
    if thorough and before.lookback > 0 and _leave_gap(news, before):
        listing = store.list(topic, partition)
        news = _news(listing.objects, before)
    if listing.is_partial:
        # Which of the older ones has changed is told only by a listing that has them all.
        news = tuple(item for item in news if item.start_offset >= before.next_offset)
    lookback = _lookback(listing.objects, before)
    window = [item for item in listing.objects if item.start_offset >= lookback]
    newest = max((item.modified for item in listing.objects), default=before.modified)
    after = Position(
        next_offset=before.next_offset,
        lookback=lookback,
        modified=max(before.modified, min(newest, listing.settled)),
        widths=_bits(window),
        window=_fingerprint(window),
    )
    return PartitionPlan(partition, news, listing.objects, _bits(listing.objects), after, listing.strangers)


def _written(before: Position) -> frozenset[int]:
    """In how many digits the next listing may expect offsets; none where that is not known. Offsets that have outgrown
    the widest are written as they are."""
    known = {width for width in range(before.widths.bit_length()) if before.widths >> width & 1}
    return frozenset(known | {max(*known, len(str(before.next_offset)))}) if known else frozenset()


def _bits(objects: Iterable[LandingObject]) -> int:
    widths = {offset_digits(item.key) for item in objects}
    return sum(1 << width for width in widths) if max(widths, default=63) < 63 else 0


def _fingerprint(objects: Sequence[LandingObject]) -> int:
    """What objects there are and what they hold, in 63 bits; 0 where there are none or the store does not say."""
    return max(_fingerprints(objects), default=(0, 0))[1]


def _fingerprints(objects: Sequence[LandingObject]) -> Iterator[tuple[int, int]]:
    """For each count of objects from the first on, 1 and up, (count, fingerprint of them); empty ones do not count as
    they hold nothing yet. None where the store does not name contents."""
    digest = blake2b(digest_size=8)
    for count, item in enumerate(objects, start=1):
        if item.size:
            if not item.etag:
                return
            digest.update(f"{item.key} {item.etag} ".encode())
        yield count, int.from_bytes(digest.digest()) >> 1


def _lookback(objects: tuple[LandingObject, ...], before: Position) -> int:
    """Where the next listing begins; not moved by few objects, since one may still come before the first of them."""
    return objects[-LOOKBACK_OBJECTS].start_offset if len(objects) > LOOKBACK_OBJECTS else before.lookback


def _news(objects: tuple[LandingObject, ...], before: Position) -> tuple[LandingObject, ...]:
    """Objects to read. An empty one holds nothing yet; it is news when it is written."""
    start = bisect_left(objects, before.lookback, key=attrgetter("start_offset"))
    same = next((n for n, seen in _fingerprints(objects[start:]) if seen == before.window), 0) if before.window else 0
    return tuple(
        item
        for number, item in enumerate(objects)
        if item.size
        and not start <= number < start + same
        and (item.start_offset >= before.next_offset or item.modified > before.modified)
    )


def _leave_gap(news: tuple[LandingObject, ...], before: Position) -> bool:
    beyond = (item.start_offset for item in news if item.start_offset >= before.next_offset)
    return next(beyond, before.next_offset) > before.next_offset
