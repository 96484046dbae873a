"""Which objects of a topic to read, in which order, and which offset gaps are real.

A partition is listed from shortly before the last ingested offset. An object at or beyond the watermark is new. An
earlier object is read again if it was modified since the last listing, because sinks rewrite files after a crash. A gap
before the next object triggers one listing of the whole partition: a rewritten object far back may hold the missing
offsets. This module reads no objects and keeps no state; positions come from the lake.

If a store has no ETags, modification times decide. S3 stamps an object with the second its upload began, but shows it
only when the upload is complete. Times alone would miss a change, or see the same one repeatedly. S3 also has ETags, so
a fingerprint of the objects since the lookback shows whether any of them changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from operator import attrgetter

from pinterest_platform.landing.keys import LandingObject, offset_digits
from pinterest_platform.landing.store import LandingStore

#: How many objects before the last one a listing starts. Half a page of an S3 listing, so that one request also covers
#: up to as many new objects.
LOOKBACK_OBJECTS = 500


@dataclass(frozen=True)
class Position:
    """The ingestion position of a topic partition.

    - `next_offset`: every landed offset below it is in raw or rejected.
    - `lookback`: start offset of the first object of the next listing.
    - `modified`: object changes up to this time (microseconds) are ingested.
    - `widths`: bit set of the digits in which objects since `lookback` write their offsets; 0 if unknown.
    - `window`: fingerprint of the ingested objects since `lookback`, in order; 0 if unknown.
    """

    next_offset: int = 0
    lookback: int = 0
    modified: int = -1
    widths: int = 0
    window: int = 0


START = Position()


@dataclass(frozen=True)
class PartitionPlan:
    """The `objects` to read of one partition, out of those `listed`. `widths` are the offset widths in their names.

    `after` is the `Position` once all of them are ingested, except `next_offset`, which is known only after reading.
    """

    partition: int
    objects: tuple[LandingObject, ...]
    listed: tuple[LandingObject, ...]
    widths: int
    after: Position
    strangers: tuple[str, ...]

    def stopping_before(self, first: LandingObject, reached: Position, modified: int) -> Position:
        """The position `reached`, if `first` and later objects remain to be read, so that a later listing finds them.

        It finds them by their offsets or, if they begin below the watermark, by a change later than `modified`.
        """
        lookback = min(reached.lookback, first.start_offset)
        start = bisect_left(self.listed, lookback, key=attrgetter("start_offset"))
        window = self.listed[start : bisect_left(self.listed, first)]
        return replace(reached, lookback=lookback, modified=modified, widths=self.widths, window=_fingerprint(window))


@dataclass(frozen=True)
class Plan:
    """The objects to read of one topic. `beside` is everything in its folder outside of partition folders."""

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
    """Plan what to read of `topic`, given the position of each partition.

    Pass `partitions` if they are already known. Without `thorough`, a plan costs one request per partition. It shows
    whether there are new objects, but neither looks for names of another width nor closes gaps.
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
        # Only a complete listing shows which older objects have changed.
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
    """The digit widths in which the next listing may expect offsets; empty if unknown. Offsets longer than the widest
    are not padded."""
    known = {width for width in range(before.widths.bit_length()) if before.widths >> width & 1}
    return frozenset(known | {max(*known, len(str(before.next_offset)))}) if known else frozenset()


def _bits(objects: Iterable[LandingObject]) -> int:
    widths = {offset_digits(item.key) for item in objects}
    return sum(1 << width for width in widths) if max(widths, default=63) < 63 else 0


def _fingerprint(objects: Sequence[LandingObject]) -> int:
    """A 63-bit fingerprint of the objects and their contents. 0 without objects, or if the store has no ETags."""
    return max(_fingerprints(objects), default=(0, 0))[1]


def _fingerprints(objects: Sequence[LandingObject]) -> Iterator[tuple[int, int]]:
    """Pairs (count, fingerprint) of the first 1, 2, ... objects, without empty ones, which hold nothing yet.

    Ends early if the store has no ETags.
    """
    digest = blake2b(digest_size=8)
    for count, item in enumerate(objects, start=1):
        if item.size:
            if not item.etag:
                return
            digest.update(f"{item.key} {item.etag} ".encode())
        yield count, int.from_bytes(digest.digest()) >> 1


def _lookback(objects: tuple[LandingObject, ...], before: Position) -> int:
    """Start of the next listing. It moves only after many objects, since one may still arrive before the first of a
    few."""
    return objects[-LOOKBACK_OBJECTS].start_offset if len(objects) > LOOKBACK_OBJECTS else before.lookback


def _news(objects: tuple[LandingObject, ...], before: Position) -> tuple[LandingObject, ...]:
    """Objects to read. An empty object holds nothing yet and becomes new when it is written."""
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
