"""Ingestion of new landing objects into raw and rejected, exactly once: batch by batch, each with its positions.

Every engine uses this loop. The engine supplies a `RawWriter`, which parses lines, finds the new ones and commits them.
`landing.listing` decides which objects are new.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import chain, takewhile
from typing import Protocol

from deltalake import DeltaTable

from pinterest_platform.engines.clashes import Clash, refused
from pinterest_platform.engines.contract import IngestResult, Progress
from pinterest_platform.engines.rebuilding import Held, Run, joined, missing_offsets, said
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.positions import (
    expired_transactions,
    is_recorded,
    position_transactions,
    read_expired,
    read_positions,
    recorded,
)
from pinterest_platform.landing.erased import Erased
from pinterest_platform.landing.keys import MAX_OFFSET, LandingObject
from pinterest_platform.landing.listing import START, PartitionPlan, Plan, Position, plan_topic
from pinterest_platform.landing.store import LandingStore

#: Lowest and highest offset of each partition, and whether any offset occurs twice.
Ranges = Mapping[int, tuple[int, int, bool]]


@dataclass(frozen=True)
class Landed:
    """The parsed lines of a batch: their number, their offsets, and the erased lines among them.

    `again` are offsets where an erased record has landed again.
    """

    lines: int
    ranges: Ranges
    erased: int = 0
    erased_at: Sequence[Run] = ()
    again: Sequence[Run] = ()


class RawWriter(Protocol):
    """The raw table of one kind of record, and the rejected table, as an engine writes them."""

    @property
    def raw(self) -> DeltaTable:
        """The raw table as loaded. A table that cannot be read must first be recreated by `forget`."""

    @property
    def columns_added(self) -> tuple[str, ...]:
        """Columns added to raw in place."""

    @property
    def erased(self) -> Erased:
        """The known erased records of the topic."""

    def batches(self, objects: Sequence[LandingObject]) -> Iterable[Sequence[LandingObject]]:
        """Split the objects into batches that are each committed at once."""

    def read(self, objects: Sequence[LandingObject]) -> AbstractContextManager[Landed]:
        """Parse a batch, which `write` can write within the context."""

    def write(self, landed: Landed, watermarks: Mapping[int, int], transactions: Mapping[str, int]) -> tuple[int, int]:
        """Commit the new lines of the batch: rejected first, then raw with `transactions`.

        Returns the rows added to raw and to rejected. Raw has no offset at or beyond `watermarks`.

        Raises:
            LakeConflictError: another writer interfered; starting over is safe.
        """

    def clash(self, ranges: Ranges) -> Clash | None:
        """Two records in different folders with the same offset.

        Both are in the current batch, whose offsets are within `ranges`, or one of them is in raw or rejected.
        """

    def runs(self) -> Sequence[Run]:
        """Offsets of the lines of the current batch."""

    def held(self) -> Held:
        """The offsets that raw is known to hold of the topic.

        Raises:
            LakeError: raw cannot be read, and has rows of another topic, which only its files have.
        """

    def remember(self, erased: Sequence[Run]) -> None:
        """Record that these offsets are erased, if that is new: someone else erased them, or an erased record landed
        again."""

    def forget(self, transactions: Mapping[str, int]) -> None:
        """Remove the topic's rows from raw, which then has the declared columns, and record `transactions`, in one
        commit.

        The commit also marks the positions as correct. A raw table that cannot be opened is recreated first.

        Raises:
            LakeError: rows of another topic do not fit the declared columns.
        """

    def tidy(self) -> None:
        """Join small files, if there are many."""


@dataclass
class _Counts:
    objects: int = 0
    bytes: int = 0
    lines: int = 0
    added: int = 0
    rejected: int = 0
    erased: int = 0
    again: list[Run] = field(default_factory=list)
    first_offsets: dict[int, int] = field(default_factory=dict)


class Ingestion:
    """One ingestion of one topic.

    A conflict with another writer raises LakeConflictError. Nothing of the current batch was then added to raw, or the
    next attempt recognises it, so starting over is safe.
    """

    def __init__(self, writer: RawWriter, store: LandingStore, record: str, topic: str) -> None:
        self._writer = writer
        self._store = store
        self._record = record
        self._topic = topic
        self._counts = _Counts()

    def run(self, *, full_refresh: bool, progress: Progress) -> IngestResult:
        started = time.monotonic()
        if full_refresh:
            self._forget()
        partitions = self._store.partitions(self._topic)
        plan = plan_topic(self._store, self._topic, self._positions(partitions), partitions=partitions)
        news = [item for p in plan.partitions for item in p.objects]
        total = sum(item.size for item in news)
        done = 0
        known = is_recorded(self._writer.raw, self._topic)
        for objects in self._writer.batches(news):
            done += len(objects)
            with self._writer.read(objects) as landed:
                self._refuse_clashes(landed)
                reached = self._reached(landed, objects, _same_partition(news, done), plan)
                # This run reads everything that raw may have beyond its positions.
                true = recorded(self._writer.raw, self._topic) if known or done == len(news) else {}
                self._writer.remember(landed.erased_at)
                self._add(landed, objects, known, {**reached, **true})
            progress(self._counts.bytes, total)
        if news:
            self._writer.tidy()
        counts, raw = self._counts, self._writer.raw
        positions = self._positions(p.partition for p in plan.partitions)
        return IngestResult(
            record=self._record,
            topic=self._topic,
            version=raw.version(),
            objects=counts.objects,
            bytes=counts.bytes,
            lines=counts.lines,
            rows_added=counts.added,
            rows_rejected=counts.rejected,
            rows_known=counts.lines - counts.added - counts.rejected - counts.erased,
            rows_erased=counts.erased,
            erased=tuple(joined((partition, at, at) for partition, at in self._writer.erased.places)),
            expired=read_expired(raw, self._topic, positions),
            landed_again=tuple(joined(counts.again)),
            rows_total=raw.count(),
            positions={partition: at.next_offset for partition, at in positions.items()},
            first_offsets=counts.first_offsets,
            strangers=plan.strangers,
            seconds=time.monotonic() - started,
            columns_added=self._writer.columns_added,
        )

    def _positions(self, partitions: Iterable[int]) -> dict[int, Position]:
        """The positions of partitions in raw as loaded, no matter who ingested them."""
        return read_positions(self._writer.raw, self._topic, partitions)

    def _reached(
        self, landed: Landed, objects: Sequence[LandingObject], unread: Iterable[LandingObject], plan: Plan
    ) -> dict[str, int]:
        """The transactions that record the positions of a batch's partitions. `unread` are the next objects of its last
        partition."""
        before = self._positions({item.partition for item in objects})
        transactions: dict[str, int] = {}
        for partition, position in _reached(before, objects, unread, landed.ranges, plan).items():
            transactions |= position_transactions(self._topic, partition, position)
        return transactions

    def _add(
        self, landed: Landed, objects: Sequence[LandingObject], known: bool, transactions: Mapping[str, int]
    ) -> None:
        """Commit one parsed batch. Unless it is `known` that raw ends at its positions, every line is looked up."""
        before = self._positions(landed.ranges)
        watermarks = {partition: at.next_offset if known else MAX_OFFSET for partition, at in before.items()}
        added, rejected = self._writer.write(landed, watermarks, transactions)
        counts = self._counts
        counts.objects += len(objects)
        counts.bytes += sum(item.size for item in objects)
        counts.lines += landed.lines
        counts.added += added
        counts.rejected += rejected
        counts.erased += landed.erased
        counts.again += landed.again
        for partition, (low, _, _) in landed.ranges.items():
            counts.first_offsets[partition] = min(low, counts.first_offsets.get(partition, low))

    def _refuse_clashes(self, landed: Landed) -> None:
        """Check that each offset of a batch belongs to one record.

        Raises:
            LandingError: an offset belongs to two.
        """
        if self._store.mixes(self._topic) and (clash := self._writer.clash(landed.ranges)):
            raise refused(self._topic, clash)

    def _forget(self) -> None:
        """Empty raw of the topic and reset its positions, in one commit.

        An ordinary ingestion of everything follows. It resumes where it stopped after any crash.

        Raises:
            LakeError: the landing zone lacks offsets that raw held.
        """
        held = self._writer.held()
        partitions = {partition for partition, *_ in held.offsets} | set(self._store.partitions(self._topic))
        objects = [item for p in sorted(partitions) for item in self._store.list(self._topic, p).objects if item.size]
        landed: list[Run] = []
        for batch in self._writer.batches(objects):
            with self._writer.read(batch) as lines:
                self._refuse_clashes(lines)
                landed += self._writer.runs()
        starts = [(item.partition, item.start_offset) for item in objects]
        if missing := missing_offsets(held, landed, starts):
            why = f" The table cannot be read: {held.damage}" if held.damage else ""
            raise LakeError(
                f"raw/{self._record}: a full refresh from landing would lose rows, because the landing zone lacks "
                f"offsets that the table held. These offsets of {self._topic} are missing: {said(missing)}. Nothing "
                f"was written. Restore their objects, or refresh only the tables computed from raw.{why}"
            )
        transactions: dict[str, int] = {}
        for partition in sorted(partitions | held.next_offsets.keys()):
            transactions |= position_transactions(self._topic, partition, START)
            transactions |= expired_transactions(self._topic, {partition: 0})
        self._writer.forget(transactions)


def _same_partition(news: Sequence[LandingObject], done: int) -> Iterator[LandingObject]:
    """The objects from position `done` on that are in the same partition as the object before."""
    partition = news[done - 1].partition
    for position in range(done, len(news)):
        if news[position].partition != partition:
            return
        yield news[position]


def _reached(
    positions: Mapping[int, Position],
    objects: Sequence[LandingObject],
    unread: Iterable[LandingObject],
    ranges: Ranges,
    plan: Plan,
) -> dict[int, Position]:
    """The position of each partition of a batch once the batch is committed."""
    last_starts = {item.partition: item.start_offset for item in objects}
    reached = {}
    for whole in plan.partitions:
        partition = whole.partition
        if partition in last_starts:
            highest = ranges[partition][1] if partition in ranges else last_starts[partition]
            next_offset = max(positions[partition].next_offset, last_starts[partition] + 1, highest + 1)
            reached[partition] = replace(whole.after, next_offset=next_offset)
            if partition == objects[-1].partition:
                reached[partition] = _stopping_before(unread, reached[partition], whole)
    return reached


def _stopping_before(unread: Iterable[LandingObject], reached: Position, plan: PartitionPlan) -> Position:
    """The position of a partition with unread objects, which a later run will find."""
    rest = iter(unread)
    first = next(rest, None)
    if first is None:
        return reached
    overlapping = takewhile(lambda item: item.start_offset < reached.next_offset, chain([first], rest))
    modified = min([reached.modified, *(item.modified - 1 for item in overlapping)])
    return plan.stopping_before(first, reached, modified)
