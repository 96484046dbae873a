"""Checks that the landing zone has everything a raw table held, before a full refresh replaces the table.

Offsets are compared, not keys: an object may have been rewritten shorter, or split differently. If a table cannot be
read, the rest of its log and data files show what it held.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Partition, first and last offset of a range without gaps.
Run = tuple[int, int, int]


@dataclass(frozen=True)
class Held:
    """The offsets that raw is known to have held of a topic. `offsets` are those of its readable rows.

    If some rows cannot be read, `damage` says why and `next_offsets` has the positions of the partitions. `lost` has
    the statistics of the missing data files, as in Delta's log, and `rejected` the offsets in the rejected table.
    """

    offsets: Sequence[Run]
    damage: str = ""
    next_offsets: Mapping[int, int] = field(default_factory=dict)
    lost: Sequence[Mapping[str, Any]] = ()
    rejected: Sequence[Run] = ()


def runs_sql(rows: str) -> str:
    """SQL, for any engine, for the `Run`s in a relation with `kafka_partition` and `kafka_offset`."""
    rank = "dense_rank() OVER (PARTITION BY kafka_partition ORDER BY kafka_offset)"
    return (
        "SELECT kafka_partition, min(kafka_offset), max(kafka_offset) FROM ("
        f"SELECT kafka_partition, kafka_offset, kafka_offset - {rank} AS run FROM {rows}"
        ") AS ranked GROUP BY kafka_partition, run"
    )


def missing_offsets(held: Held, landed: Sequence[Run], starts: Iterable[tuple[int, int]]) -> list[Run]:
    """Offsets that raw held and the landing zone lacks, in order.

    `starts` are partition and start offset of landing objects: a position may be after an object without lines.
    """
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
    """The same offsets in as few runs as possible, in order."""
    return [(p, first, last) for p, stretches in sorted(_joined(runs).items()) for first, last in stretches]


def said(runs: Sequence[Run], most: int = 5) -> str:
    """Offsets as text. If there are many, only the first ones."""
    named = [f"partition {p} {first}" + (f"-{last}" if last > first else "") for p, first, last in runs[:most]]
    more = f" and {len(runs) - most} more ranges" if len(runs) > most else ""
    return f"{', '.join(named)}{more}"


def _missing_of(
    stats: Mapping[str, Any], there: Mapping[int, Sequence[tuple[int, int]]], known: Iterable[int]
) -> set[Run]:
    """The offsets that may be missing of a data file, given only its statistics.

    None are missing if the landing zone has as many lines between its bounds, in the `known` partitions.
    """
    low, high = stats.get("minValues") or {}, stats.get("maxValues") or {}
    if "kafka_offset" not in low or "kafka_partition" not in low:
        return set()
    first, last = low["kafka_offset"], high["kafka_offset"]
    partitions = [p for p in known if low["kafka_partition"] <= p <= high["kafka_partition"]]
    gaps = {run for partition in partitions for run in _gaps(there, partition, first, last)}
    landed = len(partitions) * (last - first + 1) - sum(end - begin + 1 for _, begin, end in gaps)
    return gaps if landed < stats.get("numRecords", 0) else set()


def _joined(runs: Iterable[Run]) -> dict[int, list[tuple[int, int]]]:
    """First and last offset of each range without gaps, by partition, in order."""
    joined: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for partition, first, last in sorted(runs):
        found = joined[partition]
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return joined


def _gaps(there: Mapping[int, Sequence[tuple[int, int]]], partition: int, first: int, last: int) -> list[Run]:
    """The offsets from `first` to `last` that are missing."""
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
