"""New landing objects -> raw and rejected, exactly once: batch by batch, each with how far it reaches.

Parsing is `landing.parser`'s, telling new lines from known ones and committing them `raw`'s.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, takewhile

from pinterest_platform.engines.contract import IngestResult, Progress
from pinterest_platform.engines.duckdb.raw import Ranges, RawTables
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.positions import position_transactions, read_positions, watermark_id
from pinterest_platform.lake.tables import LakeError
from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.fitting import quote, text
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.listing import START, PartitionPlan, Plan, Position, plan_topic
from pinterest_platform.landing.parser import Parsed, Parser
from pinterest_platform.landing.store import LandingStore
from pinterest_platform.schemas import RECORDS, raw_columns


@dataclass
class _Counts:
    objects: int = 0
    bytes: int = 0
    lines: int = 0
    added: int = 0
    rejected: int = 0
    first_offsets: dict[int, int] = field(default_factory=dict)


class Ingestion:
    """One ingestion of one topic into the lake of `session`.

    A conflict with another writer surfaces as LakeConflictError: nothing of the batch at hand was added to raw, and
    starting over is safe.
    """

    def __init__(self, session: Session, store: LandingStore, record: str, topic: str) -> None:
        self._session = session
        self._store = store
        self._record = record
        self._topic = topic
        self._tables = RawTables(session, record, topic)
        self._raw = self._tables.raw
        self._parser = Parser(session.db, RECORDS[record])
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
        for objects in split(news):
            done += len(objects)
            with open_batch(self._store, self._topic, objects) as batch:
                parsed = self._parser.parse(self._store, batch)
                self._add(parsed, objects, _same_partition(news, done), plan)
            progress(self._counts.bytes, total)
        if news:
            maintenance.compact_if_fragmented(self._session.db, self._raw)
            maintenance.compact_if_fragmented(self._session.db, self._tables.rejected)
        counts = self._counts
        positions = self._positions(p.partition for p in plan.partitions)
        return IngestResult(
            record=self._record,
            topic=self._topic,
            version=self._raw.version(),
            objects=counts.objects,
            bytes=counts.bytes,
            lines=counts.lines,
            rows_added=counts.added,
            rows_rejected=counts.rejected,
            rows_known=counts.lines - counts.added - counts.rejected,
            rows_total=self._raw.count(),
            positions={partition: at.next_offset for partition, at in positions.items()},
            first_offsets=counts.first_offsets,
            strangers=plan.strangers,
            seconds=time.monotonic() - started,
        )

    def _positions(self, partitions: Iterable[int]) -> dict[int, Position]:
        """How far partitions are ingested in raw as it is loaded, by whomever."""
        return read_positions(self._raw, self._topic, partitions)

    def _add(
        self, parsed: Parsed, objects: Sequence[LandingObject], unread: Iterable[LandingObject], plan: Plan
    ) -> None:
        """Commit one parsed batch: rejected first, then raw with the watermarks. `unread` are the objects that follow
        in the batch's last partition."""
        ranges = self._tables.ranges(parsed.fitting, parsed.rejected)
        positions = self._positions({item.partition for item in objects})
        watermarks = {p: at.next_offset for p, at in positions.items()}
        self._tables.find_new(parsed.fitting, parsed.rejected, ranges, watermarks)
        reached = _reached(positions, objects, unread, ranges, plan)
        rejected = self._tables.commit_rejected(
            {watermark_id(self._topic, p): at.next_offset for p, at in reached.items()}
        )
        transactions: dict[str, int] = {}
        for partition, position in reached.items():
            transactions |= position_transactions(self._topic, partition, position)
        added = self._tables.commit_raw(transactions)
        counts = self._counts
        counts.objects += len(objects)
        counts.bytes += sum(item.size for item in objects)
        counts.lines += parsed.lines
        counts.added += added
        counts.rejected += rejected
        for partition, (low, _, _) in ranges.items():
            counts.first_offsets[partition] = min(low, counts.first_offsets.get(partition, low))

    def _forget(self) -> None:
        """Empty raw of the topic and set its positions back, in one commit: what follows is an ordinary ingestion of
        everything, which goes on where it stopped whatever dies in between.

        Raises:
            LakeError: the landing zone no longer has objects for rows that raw has.
        """
        scan, topic = self._session.scan(self._raw), text(self._topic)
        held = self._session.rows(
            f"SELECT DISTINCT kafka_partition, landing_file FROM {scan} WHERE kafka_topic = {topic}"
        )
        partitions = {partition for partition, _ in held} | set(self._store.partitions(self._topic))
        landed = {item.key for p in partitions for item in self._store.list(self._topic, p).objects if item.size}
        if lost := sorted(key for _, key in held if key not in landed):
            raise LakeError(
                f"raw/{self._record}: a full refresh from landing would lose rows: {len(lost)} of the objects they "
                f"came from are gone, the first is {lost[0]}. Restore them, or refresh only the tables computed from "
                "raw."
            )
        columns = ", ".join(quote(c.name) for c in raw_columns(self._record))
        others = self._session.write(self._raw, f"SELECT {columns} FROM {scan} WHERE kafka_topic <> {topic}")
        transactions: dict[str, int] = {}
        for partition in sorted(partitions):
            transactions |= position_transactions(self._topic, partition, START)
        if transactions:
            commit(self._raw, add=others, transactions=transactions, replace=True)


def _same_partition(news: Sequence[LandingObject], done: int) -> Iterator[LandingObject]:
    """The objects from position `done` on that are of the same partition as the one before."""
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
    """How far each partition of a batch is ingested once the batch is committed."""
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
    """The position of a partition of which something is still to read, such that a later run finds that."""
    rest = iter(unread)
    first = next(rest, None)
    if first is None:
        return reached
    overlapping = takewhile(lambda item: item.start_offset < reached.next_offset, chain([first], rest))
    modified = min([reached.modified, *(item.modified - 1 for item in overlapping)])
    return plan.stopping_before(first, reached, modified)
