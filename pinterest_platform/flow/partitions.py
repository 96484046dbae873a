"""How far each partition of a topic is at each place: written, landed, ingested; what is late there and since when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pinterest_platform.kafka.offsets import Offsets
from pinterest_platform.landing.listing import PartitionPlan, Plan

#: What takes longer than this from one place to the next is late. A sink closes its objects once a minute or so, and
#: the sensor asks for a run within another.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class PartitionFlow:
    """One topic partition. Numbers are offsets: of the next record at each place.

    `first`, `written`, `written_then` (as it was `LATE` ago) and `sunk` (how far the sink says all is safe: landed, or
    among the dead letters) are the broker's, None where it was not asked. `landed`
    is that of the records known to be in the landing zone: only reading tells how many the newest object holds, so
    until it is ingested its first record counts alone. `waiting_since` is when the oldest object landed that is not
    ingested, in UTC.
    """

    partition: int
    first: int | None
    written: int | None
    written_then: int | None
    sunk: int | None
    landed: int
    ingested: int
    waiting_since: datetime | None

    @property
    def not_landed(self) -> int:
        """Records in the topic that are neither known to have landed nor dead letters."""
        return max((self.written or 0) - self._safe, 0)

    @property
    def overdue(self) -> int:
        """Those of them that were written more than `LATE` ago."""
        return max((self.written_then or 0) - self._safe, 0)

    @property
    def expired(self) -> int:
        """Records the topic has dropped before they landed: nothing can bring them back."""
        return max((self.first or 0) - self._safe, 0)

    @property
    def given_again(self) -> int:
        """Offsets of records that landed and that the topic has not given out yet: it is another one of that name. Its
        next records get these offsets, and nobody takes them for new."""
        return 0 if self.written is None else max(self.landed - self.written, 0)

    @property
    def _safe(self) -> int:
        return max(self.landed, self.sunk or 0)

    @property
    def not_ingested(self) -> int:
        """Records that landed, as far as is known, and are not ingested."""
        return self.landed - self.ingested

    def waiting(self, now: datetime) -> timedelta:
        """For how long the oldest object that is not ingested has waited."""
        return now - self.waiting_since if self.waiting_since else timedelta(0)


def measure(plan: Plan, offsets: Mapping[int, Offsets] | None) -> list[PartitionFlow]:
    """The partitions of a topic, from a look at its landing zone and the broker's offsets, if it was asked."""
    plans = {item.partition: item for item in plan.partitions}
    known = offsets or {}
    return [_measure(number, plans.get(number), known.get(number)) for number in sorted({*plans, *known})]


def _measure(number: int, plan: PartitionPlan | None, offsets: Offsets | None) -> PartitionFlow:
    ingested = plan.after.next_offset if plan else 0
    waiting = [item for item in plan.objects if item.start_offset >= ingested] if plan else []
    return PartitionFlow(
        partition=number,
        first=offsets.first if offsets else None,
        written=offsets.end if offsets else None,
        written_then=offsets.end_then if offsets else None,
        sunk=offsets.committed if offsets else None,
        landed=max((item.start_offset + 1 for item in waiting), default=ingested),
        ingested=ingested,
        waiting_since=_oldest([item.modified for item in waiting]),
    )


def _oldest(modified: Sequence[int]) -> datetime | None:
    return datetime.fromtimestamp(min(modified) / 1e6, UTC) if modified else None


def late(partitions: Sequence[PartitionFlow], now: datetime) -> list[str]:
    """What is late or lost, a sentence for each partition and place; nothing where all is well."""
    found = []
    for at in partitions:
        where = f"partition {at.partition}"
        if at.given_again:
            found.append(
                f"{where}: the topic ends at offset {at.written:,} and records up to {at.landed:,} have landed: it was "
                f"made again, or these are other brokers. Its records below {at.landed:,} are taken for known and are "
                "lost. Set another PINTEREST_TOPIC_PREFIX that sorts behind this, with topics and a sink of that name"
            )
        if at.expired:
            found.append(f"{where}: {at.expired:,} records expired in the topic before they landed")
        if overdue := at.overdue - at.expired:
            found.append(
                f"{where}: {overdue:,} records were written more than {_minutes(LATE)} ago and are not known to have "
                "landed: see that the sink runs"
            )
        if at.waiting(now) > LATE:
            found.append(
                f"{where}: {at.not_ingested:,} records or more landed and are not ingested, the oldest "
                f"{_minutes(at.waiting(now))} ago: see the newest runs"
            )
    return found


def _minutes(duration: timedelta) -> str:
    return f"{duration.total_seconds() / 60:,.0f} minutes"
