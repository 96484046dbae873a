"""New landing objects -> raw and rejected, exactly once: batch by batch, each with how far it reaches.

Parsing is `landing.parser`'s, telling new lines from known ones and committing them `raw`'s.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from pinterest_platform.engines.contract import IngestResult, Progress
from pinterest_platform.engines.duckdb.raw import Ranges, RawTables
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.positions import position_transactions, read_positions, watermark_id
from pinterest_platform.lake.tables import LakeError
from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.fitting import text
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.listing import START, Plan, Position, plan_topic
from pinterest_platform.landing.parser import Parsed, Parser
from pinterest_platform.landing.store import LandingStore
from pinterest_platform.schemas import RECORDS


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
        plan = self._plan()
        self._positions = {p.partition: p.before for p in plan.partitions}
        news = [item for p in plan.partitions for item in p.objects]
        total = sum(item.size for item in news)
        unread = len(news)
        for objects in split(news):
            unread -= len(objects)
            with open_batch(self._store, self._topic, objects) as batch:
                parsed = self._parser.parse(self._store, batch)
                self._add(parsed, objects, news[len(news) - unread :], plan)
            progress(self._counts.bytes, total)
        if news:
            maintenance.compact_if_fragmented(self._raw)
            maintenance.compact_if_fragmented(self._tables.rejected)
        counts = self._counts
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
            positions={partition: position.next_offset for partition, position in self._positions.items()},
            first_offsets=counts.first_offsets,
            strangers=plan.strangers,
            seconds=time.monotonic() - started,
        )

    def _plan(self) -> Plan:
        partitions = self._store.partitions(self._topic)
        return plan_topic(self._store, self._topic, read_positions(self._raw, self._topic, partitions))

    def _add(
        self, parsed: Parsed, objects: Sequence[LandingObject], unread: Sequence[LandingObject], plan: Plan
    ) -> None:
        """Commit one parsed batch: rejected first, then raw with the watermarks."""
        ranges = self._tables.ranges(parsed.fitting, parsed.rejected)
        watermarks = {p: at.next_offset for p, at in self._positions.items()}
        self._tables.find_new(parsed.fitting, parsed.rejected, ranges, watermarks)
        reached = self._reached(objects, unread, ranges, plan)
        rejected = self._tables.commit_rejected(
            {watermark_id(self._topic, p): at.next_offset for p, at in reached.items()}
        )
        transactions: dict[str, int] = {}
        for partition, position in reached.items():
            transactions |= position_transactions(self._topic, partition, position)
        added = self._tables.commit_raw(transactions)
        self._positions |= reached
        counts = self._counts
        counts.objects += len(objects)
        counts.bytes += sum(item.size for item in objects)
        counts.lines += parsed.lines
        counts.added += added
        counts.rejected += rejected
        for partition, (low, _, _) in ranges.items():
            counts.first_offsets[partition] = min(low, counts.first_offsets.get(partition, low))

    def _reached(
        self,
        objects: Sequence[LandingObject],
        unread: Sequence[LandingObject],
        ranges: Ranges,
        plan: Plan,
    ) -> dict[int, Position]:
        """How far each partition of the batch is ingested once the batch is committed."""
        reached = {}
        for partition in sorted({item.partition for item in objects}):
            before = self._positions[partition]
            whole = next(p for p in plan.partitions if p.partition == partition)
            next_offset = max(
                before.next_offset,
                ranges[partition][1] + 1 if partition in ranges else 0,
                *(item.start_offset + 1 for item in objects if item.partition == partition),
            )
            rest = next((item for item in unread if item.partition == partition), None)
            if rest is None:
                reached[partition] = Position(next_offset, whole.lookback, whole.modified)
            else:
                # What is still to read is news either by its offset or, where offsets overlap, by its time.
                modified = whole.modified if rest.start_offset >= next_offset else before.modified
                reached[partition] = Position(next_offset, min(whole.lookback, rest.start_offset), modified)
        return reached

    def _forget(self) -> None:
        """Empty raw and set its positions back, in one commit: what follows is an ordinary ingestion of everything,
        which goes on where it stopped whatever dies in between.

        Raises:
            LakeError: the landing zone no longer has objects for rows that raw has.
        """
        scan = self._session.scan(self._raw)
        rows = self._session.rows(
            f"SELECT kafka_partition, min(kafka_offset) FROM {scan} WHERE kafka_topic = {text(self._topic)} GROUP BY 1"
        )
        for partition, oldest in rows:
            objects = self._store.list(self._topic, partition).objects
            if not objects or objects[0].start_offset > oldest:
                begins = f"begins at offset {objects[0].start_offset}" if objects else "is empty"
                raise LakeError(
                    f"raw/{self._record}: a full refresh from landing would lose rows: partition {partition} of "
                    f"{self._topic} {begins}, raw begins at {oldest}. Refresh from raw instead, or restore the objects."
                )
        partitions = {partition for partition, _ in rows} | set(self._store.partitions(self._topic))
        transactions: dict[str, int] = {}
        for partition in sorted(partitions):
            transactions |= position_transactions(self._topic, partition, START)
        if transactions:
            commit(self._raw, transactions=transactions, replace=True)
