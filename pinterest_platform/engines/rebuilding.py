"""Whether the landing zone has all that a raw table held, before a full refresh replaces it.

Offsets are compared, not keys: an object may have been written again shorter, or cut differently. Of a table that
cannot be read, what is left of its log and its data files says what it held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Partition, first and last of offsets without a gap between them.
Run = tuple[int, int, int]


@dataclass(frozen=True)
class Held:
    """What raw is known to have held of a topic: `offsets` in its rows that can be read. Where some cannot, `damage`
    says why, `next_offsets` how far its partitions were ingested, `lost` the statistics of the data files that are
    gone, as in Delta's log, and `rejected` the offsets that are in the rejected table."""

    offsets: Sequence[Run]
    damage: str = ""
    next_offsets: Mapping[int, int] = field(default_factory=dict)
    lost: Sequence[Mapping[str, Any]] = ()
    rejected: Sequence[Run] = ()


def runs_sql(rows: str) -> str:
    """SQL, for any engine, of the `Run`s in a relation with `kafka_partition` and `kafka_offset`."""
    rank = "dense_rank() OVER (PARTITION BY kafka_partition ORDER BY kafka_offset)"
    return (
        "SELECT kafka_partition, min(kafka_offset), max(kafka_offset) FROM ("
        f"SELECT kafka_partition, kafka_offset, kafka_offset - {rank} AS run FROM {rows}"
        ") AS ranked GROUP BY kafka_partition, run"
    )


def missing_offsets(held: Held, landed: Sequence[Run], starts: Iterable[tuple[int, int]]) -> list[Run]:
    """Offsets that raw held and landing lacks, in order. `starts` are partition and start offset of landing objects: a
    position may stand behind an object that has no line."""
    there = _joined(landed)
    missing = {run for partition, first, last in held.offsets for run in _gaps(there, partition, first, last)}
    for stats in held.lost:
        missing |= _missing_of(stats, there, held.next_offsets)
    reached = _joined([*landed, *held.rejected, *((partition, start, start) for partition, start in starts)])
    for partition, next_offset in held.next_offsets.items():
        last = reached[partition][-1][1] if reached[partition] else -1
        if last < next_offset - 1:
            missing.add((partition, last + 1, next_offset - 1))
    return joined(missing)


def joined(runs: Iterable[Run]) -> list[Run]:
    """The same offsets in as few runs as can be, in order."""
    return [(p, first, last) for p, stretches in sorted(_joined(runs).items()) for first, last in stretches]


def said(runs: Sequence[Run], most: int = 5) -> str:
    """Offsets in words, the first ones where there are many."""
    named = [f"partition {p} {first}" + (f"-{last}" if last > first else "") for p, first, last in runs[:most]]
    more = f" and {len(runs) - most} more ranges" if len(runs) > most else ""
    return f"{', '.join(named)}{more}"


def _missing_of(
    stats: Mapping[str, Any], there: Mapping[int, Sequence[tuple[int, int]]], known: Iterable[int]
) -> set[Run]:
    """Which offsets may be missing of those that a data file had of which only the statistics are left: none where
    landing has as many lines between its bounds, in the partitions that are `known`."""
    low, high = stats.get("minValues") or {}, stats.get("maxValues") or {}
    if "kafka_offset" not in low or "kafka_partition" not in low:
        return set()
    first, last = low["kafka_offset"], high["kafka_offset"]
    partitions = [p for p in known if low["kafka_partition"] <= p <= high["kafka_partition"]]
    gaps = {run for partition in partitions for run in _gaps(there, partition, first, last)}
    landed = len(partitions) * (last - first + 1) - sum(end - begin + 1 for _, begin, end in gaps)
    return gaps if landed < stats.get("numRecords", 0) else set()


def _joined(runs: Iterable[Run]) -> dict[int, list[tuple[int, int]]]:
    """First and last offset of each stretch without a gap, by partition, in order."""
    joined: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for partition, first, last in sorted(runs):
        found = joined[partition]
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return joined


def _gaps(there: Mapping[int, Sequence[tuple[int, int]]], partition: int, first: int, last: int) -> list[Run]:
    """What of the offsets from `first` to `last` is not there."""
    gaps = []
    for begin, end in there.get(partition, ()):
        if end < first:
            continue
        if begin > last:
            break
        if begin > first:
            gaps.append((partition, first, begin - 1))
        first = end + 1
    return [*gaps, (partition, first, last)] if first <= last else gaps
