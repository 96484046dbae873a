"""Measures streams from the metrics of their commits: records per second, lag, and the phases from put to visible.
`streaming` reads the streams.
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

#: The most commits of a stream to read.
MOST_TIMINGS = 60
#: Time over which a rate is averaged. Metrics are written twice a minute.
_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True)
class Timing:
    """One commit of a stream, with times in seconds.

    - `wait`: how long the average record waited in the stream.
    - `read`: from reading the first record until the batch was complete.
    - `clean`, `commit`: to clean and to commit the batch.
    - `visible_p50`, `visible_p99`: from put to visible. Like `wait`, None if the stream has no arrival times.
    """

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
    """One stream: the rows and last commit of its table, and its newest commits with metrics, oldest first. `lag` is by
    shard, in milliseconds on Kinesis and in records on Kafka."""

    name: str
    origin: str
    source: str
    rows: int
    rejected: int
    committed: datetime | None
    lag: Mapping[str, int]
    timings: Sequence[Timing]

    def records_per_second(self, now: datetime) -> float:
        """The rate over the newest minute with metrics. 0 if the last commit is long ago."""
        if not self.timings or now - self.timings[-1].committed > 2 * _WINDOW:
            return 0.0
        newest = self.timings[-1].committed
        counted = [t for t in self.timings if t.committed > newest - _WINDOW]
        span = (newest - counted[0].committed).total_seconds()
        # The records of the first commit arrived before this span.
        return sum(t.records for t in counted[1:]) / span if span else 0.0

    @property
    def unit(self) -> str:
        """The unit of `lag`."""
        return "ms" if self.source == "kinesis" else "records"


def timing(batch: Batch) -> Timing:
    """The metrics of a committed batch."""
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
    """The state of each stream that has a table.

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
