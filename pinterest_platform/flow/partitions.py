"""The offsets of each topic partition: written, landed, ingested. Finds late and lost records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pinterest_platform.kafka.offsets import Offsets
from pinterest_platform.landing.listing import PartitionPlan, Plan

#: Records that take longer than this from one place to the next are late. A sink closes its objects about once a
#: minute, and the sensor requests a run within another minute.
LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class PartitionFlow:
    """One topic partition. The numbers are the next offsets at each place.

    - `first` and `written`: start and end of the topic. `written_then`: its end `LATE` ago.
    - `sunk`: the sink's committed offset. All records before it have landed or are dead letters.
    - `landed`: the offset after the records known to have landed. Only reading an object shows how many records it
      holds. So an object that is not ingested counts as one record.
    - `waiting_since`: when the oldest object that is not ingested landed, in UTC.

    The first four come from the broker, and are None if it was not asked.
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
        """Records of `not_landed` that were written more than `LATE` ago."""
        return max((self.written_then or 0) - self._safe, 0)

    @property
    def expired(self) -> int:
        """Records that the topic dropped before they landed. They cannot be restored."""
        return max((self.first or 0) - self._safe, 0)

    @property
    def given_again(self) -> int:
        """Offsets that have landed but lie beyond the end of the topic, because it was recreated. Its next records get
        these offsets and count as known."""
        return 0 if self.written is None else max(self.landed - self.written, 0)

    @property
    def _safe(self) -> int:
        return max(self.landed, self.sunk or 0)

    @property
    def not_ingested(self) -> int:
        """Records that are known to have landed and are not ingested."""
        return self.landed - self.ingested

    def waiting(self, now: datetime) -> timedelta:
        """How long the oldest object that is not ingested has waited."""
        return now - self.waiting_since if self.waiting_since else timedelta(0)


def measure(plan: Plan, offsets: Mapping[int, Offsets] | None) -> list[PartitionFlow]:
    """Measure the partitions of a topic from its landing zone, and from the broker's offsets if it was asked."""
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
    """Describe late and lost records, with a sentence per partition and place. Empty if all is well."""
    found = []
    for at in partitions:
        where = f"partition {at.partition}"
        if at.given_again:
            found.append(
                f"{where}: the topic ends at offset {at.written:,}, but records up to {at.landed:,} have landed: the "
                f"topic was recreated, or these are other brokers. Its records below {at.landed:,} count as known and "
                "are lost. Set a new PINTEREST_TOPIC_PREFIX that sorts after this one, with its own topics and sink"
            )
        if at.expired:
            found.append(f"{where}: {at.expired:,} records expired in the topic before they landed")
        if overdue := at.overdue - at.expired:
            found.append(
                f"{where}: {overdue:,} records were written more than {_minutes(LATE)} ago and are not known to have "
                "landed: check that the sink runs"
            )
        if at.waiting(now) > LATE:
            found.append(
                f"{where}: at least {at.not_ingested:,} landed records are not ingested, the oldest for "
                f"{_minutes(at.waiting(now))}: check the newest runs"
            )
    return found


def _minutes(duration: timedelta) -> str:
    return f"{duration.total_seconds() / 60:,.0f} minutes"
