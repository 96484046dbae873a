"""The work of an executor on a batch: it writes records as data files into the table folders, without a commit.

The driver receives the file names and commits them. A task that dies or runs twice leaves unused files, which
`optimize` removes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pinterest_platform.catalog import Model
from pinterest_platform.lake.files import DataFile
from pinterest_platform.pseudonyms import Pseudonyms
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.streaming.cleaning import Cleaner, timestamp
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.source import Chunk
from pinterest_platform.streaming.stream_tables import REJECTED

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable

    from pinterest_platform.engines.duckdb.session import Session

#: The input of a task.
RECORDS = "shard_id string, sequence_number string, arrived_ms bigint, data binary"
#: The output of a task.
TOLD = "done string, arrived_ms array<bigint>"


@dataclass(frozen=True)
class Work:
    """How a query's records are cleaned and where they go. Two values are equal if their `query` is."""

    query: str
    lake: str = field(compare=False)
    memory_limit: str = field(compare=False)
    stream: Stream = field(compare=False)
    schema: RecordSchema = field(compare=False)
    model: Model = field(compare=False)
    pseudonyms: Pseudonyms | None = field(default=None, compare=False)

    @property
    def after(self) -> int:
        """The difference between a record's sequence number and the position just after it."""
        return 1 if self.stream.source == "kafka" else 0


@dataclass(frozen=True)
class Done:
    """The result of a task: data files of the stream's own table and `stream/rejected`, shard positions after its
    records, and metrics as in `Batch`. `began` is the time of its first record."""

    events: list[DataFile]
    rejected: list[DataFile]
    positions: dict[str, int]
    records: int
    refused: int
    bytes: int
    began: float
    read_seconds: float
    clean_seconds: float


def done_of(told: str) -> Done:
    values: dict[str, Any] = json.loads(told)
    files = {name: [DataFile(**file) for file in values[name]] for name in ("events", "rejected")}
    return Done(**{**values, **files})


def do(
    work: Work, behind: Mapping[str, int], refused: Mapping[str, int], arriving: Iterable[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """The function for `mapInArrow`. It turns `RECORDS` into one row of `TOLD`, or no row if no record is new. `behind`
    holds the shard positions of the stream's own table, `refused` those of `stream/rejected`."""
    import pyarrow as pa

    asked = time.time()
    chunks = list(_chunks(arriving, behind, work.after))
    if not chunks:
        return
    read, size = time.time(), sum(chunk.size for chunk in chunks)
    opened = _opened(work)
    chunks = [*opened.cleaner.unpack(chunks)]
    rejected = opened.cleaner.clean(chunks)
    news = [r for r in rejected if r.position > refused.get(r.chunk.shard, 0)]
    now = timestamp(time.time())
    done = Done(
        events=opened.session.write(opened.events, opened.cleaner.rows(now), ordered=True),
        rejected=opened.session.write(opened.rejected, opened.cleaner.refused(news, now), ordered=True) if news else [],
        positions={chunk.shard: chunk.marks[chunk.shard] for chunk in chunks},
        records=sum(len(chunk.data) for chunk in chunks),
        refused=len(rejected),
        bytes=size,
        began=chunks[0].read_at,
        read_seconds=read - asked,
        clean_seconds=time.time() - read,
    )
    arrived = [ms for chunk in chunks for ms in chunk.arrived if ms is not None]
    yield pa.RecordBatch.from_arrays(
        [pa.array([json.dumps(asdict(done))]), pa.array([arrived], pa.list_(pa.int64()))], ["done", "arrived_ms"]
    )


def _chunks(arriving: Iterable[pa.RecordBatch], behind: Mapping[str, int], after: int) -> Iterator[Chunk]:
    """Records beyond the positions of their shards, in order, one chunk per shard."""
    records: dict[str, list[tuple[int, int | None, bytes]]] = {}
    for batch in arriving:
        for shard, number, ms, data in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            if int(number) + after > behind.get(shard, -1):
                records.setdefault(shard, []).append((int(number), ms, data))
    for shard, found in records.items():
        found.sort(key=lambda record: record[0])
        numbers, arrived, contents = zip(*found, strict=True)
        position = numbers[-1] + after
        yield Chunk(shard, contents, list(map(str, numbers)), arrived, marks={shard: position}, after=after)


@dataclass(frozen=True)
class _Opened:
    """The state that a worker keeps between the batches of a query. It uses only the location of the tables."""

    session: Session
    cleaner: Cleaner
    events: DeltaTable
    rejected: DeltaTable


@lru_cache(maxsize=4)
def _opened(work: Work) -> _Opened:
    from pinterest_platform.engines.duckdb.session import Session
    from pinterest_platform.lake.lake import Lake

    session = Session(Lake(work.lake), work.memory_limit, work.pseudonyms)
    session.db.execute("SET threads = 1")
    cleaner = Cleaner(session, work.stream, work.schema, work.model)
    return _Opened(session, cleaner, session.lake.require(work.stream.address), session.lake.require(REJECTED.address))
