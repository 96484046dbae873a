"""How streams flow, from the figures of their commits: records a second, lag, and where the time from put to visible
went. Reading streams is the business of `streaming`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pinterest_platform.engines.contract import Engine
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.versions import committed_at
from pinterest_platform.streaming import Batch, Stream

#: Commits of a stream that are looked at.
MOST_TIMINGS = 60
#: Time over which a speed is taken. Figures are written twice a minute.
_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Timing:
    """One commit of a stream, its times in seconds: an average record waited in the stream to be read, the first one
    read until the batch was complete, all of them until it was cleaned and committed. What comes from the time of
    arrival is None where the stream tells none."""

    committed: datetime
    records: int
    wait: float | None
    read: float
    clean: float
    commit: float
    visible_p50: float | None
    visible_p99: float | None


@dataclass(frozen=True)
class StreamFlow:
    """One stream: rows of its table, when that was committed to last, and its newest commits with figures, oldest
    first. `lag` is by shard, in milliseconds on Kinesis, in records on Kafka."""

    name: str
    origin: str
    source: str
    rows: int
    rejected: int
    committed: datetime | None
    lag: Mapping[str, int]
    timings: Sequence[Timing]

    def records_per_second(self, now: datetime) -> float:
        """Over the last minute that figures are there for; 0 where none came for long."""
        if not self.timings or now - self.timings[-1].committed > 2 * _WINDOW:
            return 0.0
        newest = self.timings[-1].committed
        counted = [t for t in self.timings if t.committed > newest - _WINDOW]
        span = (newest - counted[0].committed).total_seconds()
        # The records of the first came before the time that is looked at.
        return sum(t.records for t in counted[1:]) / span if span else 0.0

    @property
    def unit(self) -> str:
        """What `lag` counts."""
        return "ms" if self.source == "kinesis" else "records"


def timing(batch: Batch) -> Timing:
    """The figures of a batch that is committed."""
    return Timing(
        batch.committed_at.replace(tzinfo=UTC),
        batch.records,
        batch.wait_seconds,
        batch.read_seconds,
        batch.clean_seconds,
        batch.commit_seconds,
        batch.visible_p50_seconds,
        batch.visible_p99_seconds,
    )


def look_at_streams(lake: Lake, engine: Engine, streams: Iterable[Stream]) -> list[StreamFlow]:
    """How each stream is that has a table.

    Raises:
        LakeError: a table cannot be read.
    """
    streams = list(streams)
    if not streams:
        return []
    columns = (
        "committed_at, records, wait_seconds, read_seconds, clean_seconds, commit_seconds, visible_p50_seconds, "
        "visible_p99_seconds"
    )
    newest = engine.inspect(
        f"SELECT stream, batch, lag, {columns} FROM stream.batches "
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY stream ORDER BY batch DESC) <= {MOST_TIMINGS} ORDER BY stream, batch"
    ).rows
    rejected = dict(engine.inspect("SELECT stream, COUNT(*) AS records FROM stream.rejected GROUP BY stream").rows)
    found = []
    for stream in streams:
        if table := lake.open(stream.address):
            told = [row for row in newest if row[0] == stream.origin]
            found.append(
                StreamFlow(
                    name=stream.name,
                    origin=stream.origin,
                    source=stream.source,
                    rows=table.count(),
                    rejected=rejected.get(stream.origin, 0),
                    committed=committed_at(table),
                    lag=json.loads(told[-1][2] or "{}") if told else {},
                    timings=[Timing(committed.replace(tzinfo=UTC), *rest) for _, _, _, committed, *rest in told],
                )
            )
    return found
