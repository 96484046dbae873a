"""A Spark data source for Kinesis, in Python, with the columns of the `kinesis` format on Databricks.

An offset holds the marks of the stream as text (see `streaming.kinesis`): how far each shard is read. The driver reads
ahead to find the end of a batch. Executors then read one shard each, up to that end. A replayed batch is therefore the
same batch. Each record is read twice. Kinesis allows this: a shard delivers 2 MB per second and accepts 1 MB.

Options:

- `stream`: the entry of the streams file as JSON.
- `known`: the marks to start from, as JSON.
- `endpoint`: the Kinesis endpoint.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.datasource import (
    DataSource,
    DataSourceStreamReader,
    InputPartition,
)
from pyspark.sql.streaming.datasource import ReadLimit, ReadMaxRows, SupportsTriggerAvailableNow

from pinterest_platform.settings import load_settings
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.kinesis import closed, ended, first_time, sleep
from pinterest_platform.streaming.kinesis_api import KinesisApi

if TYPE_CHECKING:
    import pyarrow as pa

FORMAT = "kinesis"
_SCHEMA = (
    "partitionKey string, data binary, stream string, shardId string, sequenceNumber string, "
    "approximateArrivalTimestamp timestamp"
)
#: Seconds between two reads of a shard. Kinesis allows five per second, and executors read too.
_BETWEEN_READS = 0.4
#: Shards that the driver reads ahead in parallel.
_SIDE_BY_SIDE = 16

#: Marks, with positions as text: they have too many digits for JSON.
Offset = dict[str, str]


class KinesisDataSource(DataSource):
    """See `DataSource` of PySpark."""

    @classmethod
    def name(cls) -> str:
        return FORMAT

    def schema(self) -> str:
        return _SCHEMA

    def streamReader(self, schema: object) -> KinesisReader:  # noqa: ARG002
        return KinesisReader(self.options)


@dataclass
class _Place(InputPartition):
    """The records of a shard after one position, up to another one. None is the beginning of the shard."""

    shard: str
    after: str | None
    to: str


@dataclass
class _Ahead:
    """The position up to which the driver has read a shard, and when. The next batch continues there."""

    position: str | None
    iterator: str
    asked: float = -math.inf


class KinesisReader(DataSourceStreamReader, SupportsTriggerAvailableNow):
    """See `DataSourceStreamReader` of PySpark."""

    def __init__(self, options: Mapping[str, str]) -> None:
        self._stream = Stream.model_validate_json(options["stream"])
        self._known = {mark: int(value) for mark, value in json.loads(options["known"]).items()}
        self._endpoint = options["endpoint"]
        self._opened: KinesisApi | None = None
        self._shards: list[dict[str, Any]] = []
        self._ahead: dict[str, _Ahead] = {}
        #: For an available-now run: the time in milliseconds from which it need not read records, and the shards of
        #: which it has read enough.
        self._until: int | None = None
        self._enough: set[str] = set()

    @property
    def _api(self) -> KinesisApi:
        # Opened on first use, because readers are sent to executors.
        if self._opened is None:
            self._opened = KinesisApi(load_settings(kinesis_endpoint=self._endpoint, _env_file=None), self._stream)
        return self._opened

    def initialOffset(self) -> Offset:
        return {mark: str(value) for mark, value in self._known.items()}

    def getDefaultReadLimit(self) -> ReadLimit:
        return ReadMaxRows(self._stream.limits.records)

    def prepareForTriggerAvailableNow(self) -> None:
        self._shards, now = self._api.shards(sleep)
        # Kinesis gives the time in whole seconds.
        self._until = now + 1000

    def latestOffset(self, start: Offset, limit: ReadLimit) -> Offset:
        if not self._shards:
            self._shards, _ = self._api.shards(sleep)
        shards = [shard for shard in self._readable(start) if shard not in self._enough]
        if not shards:
            return start
        records = limit.max_rows if isinstance(limit, ReadMaxRows) else None
        share = _Share(records and max(1, records // len(shards)), max(1, self._stream.limits.bytes // len(shards)))
        with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
            found = pool.map(lambda shard: self._read_ahead(shard, start.get(shard), share), shards)
            news = {mark: value for marks in found for mark, value in marks.items()}
        if any(ended(shard) in news for shard in shards):
            self._shards, _ = self._api.shards(sleep)
        return start | news

    def partitions(self, start: Offset, end: Offset) -> Sequence[_Place]:
        moved = {mark: to for mark, to in end.items() if to != start.get(mark) and not mark.endswith(ended(""))}
        return [_Place(shard, start.get(shard), to) for shard, to in moved.items()]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        assert isinstance(partition, _Place), "`partitions` returns this class"
        try:
            yield from self._read(partition)
        finally:
            self.stop()

    def _read(self, partition: _Place) -> Iterator[pa.RecordBatch]:
        after, to = partition.after, int(partition.to)
        iterator: str | None = self._iterator(partition.shard, after)
        while iterator and (after is None or int(after) < to):
            answer = self._api.records(iterator, sleep)
            if answer is None:
                iterator = self._iterator(partition.shard, after)
                continue
            records = [record for record in answer["Records"] if int(record["SequenceNumber"]) <= to]
            if records:
                after = records[-1]["SequenceNumber"]
                yield self._rows(partition.shard, records)
            iterator = answer.get("NextShardIterator")
            if not records:
                sleep(_BETWEEN_READS)

    def stop(self) -> None:
        if self._opened:
            self._opened.close()

    def _readable(self, start: Offset) -> list[str]:
        """Shards that are not read to their end, and whose parents are or no longer exist."""
        listed = {shard["ShardId"] for shard in self._shards}
        over = {name for name in listed if ended(name) in start}
        return [
            shard["ShardId"]
            for shard in self._shards
            if shard["ShardId"] not in over
            and {shard.get("ParentShardId"), shard.get("AdjacentParentShardId")} & listed <= over
        ]

    def _read_ahead(self, shard: str, position: str | None, share: _Share) -> Offset:
        """The marks of a shard once its share of a batch is read."""
        ahead = self._ahead.pop(shard, None)
        if ahead is None or ahead.position != position:
            ahead = _Ahead(position, self._iterator(shard, position))
        records = size = 0
        while True:
            sleep(max(0.0, ahead.asked + _BETWEEN_READS - time.monotonic()))
            ahead.asked = time.monotonic()
            answer = self._api.records(ahead.iterator, sleep)
            if answer is None:
                ahead.iterator = self._iterator(shard, ahead.position)
                continue
            for record in answer["Records"]:
                records, size = records + 1, size + len(record["Data"]) * 3 // 4
                if records > 1 and share.is_exceeded(records, size):
                    # The next batch reads this record and the following ones again.
                    return {shard: str(ahead.position)}
                ahead.position = record["SequenceNumber"]
            marks = {shard: ahead.position} if ahead.position else {}
            if not answer.get("NextShardIterator"):
                return {**marks, ended(shard): "1"}
            ahead.iterator = answer["NextShardIterator"]
            # Kinesis reports the end of a closed shard a moment after its last record.
            if shard not in closed(self._shards):
                if self._is_all(answer):
                    self._enough.add(shard)
                if shard in self._enough or not answer.get("MillisBehindLatest"):
                    self._ahead[shard] = ahead
                    return marks

    def _is_all(self, answer: Mapping[str, Any]) -> bool:
        """Whether an available-now run has read enough of a shard with this answer."""
        if self._until is None:
            return False
        if not answer["Records"]:
            return not answer.get("MillisBehindLatest")
        newest = max(record["ApproximateArrivalTimestamp"] for record in answer["Records"])
        return bool(newest * 1000 >= self._until)

    def _iterator(self, shard: str, position: str | None) -> str:
        start = first_time(self._stream.starting_position, self._known)
        return self._api.iterator(shard, None if position is None else int(position), start, sleep)

    def _rows(self, shard: str, records: Sequence[Mapping[str, Any]]) -> pa.RecordBatch:
        import pyarrow as pa

        arrived = [round(record["ApproximateArrivalTimestamp"] * 1000) * 1000 for record in records]
        return pa.RecordBatch.from_pydict(
            {
                "partitionKey": pa.array([record["PartitionKey"] for record in records], pa.string()),
                "data": pa.array([base64.b64decode(record["Data"]) for record in records], pa.binary()),
                "stream": pa.array([self._stream.origin] * len(records), pa.string()),
                "shardId": pa.array([shard] * len(records), pa.string()),
                "sequenceNumber": pa.array([record["SequenceNumber"] for record in records], pa.string()),
                "approximateArrivalTimestamp": pa.array(arrived, pa.timestamp("us", tz="UTC")),
            }
        )


@dataclass(frozen=True)
class _Share:
    """The largest part of a batch for one shard. It always includes one record."""

    records: int | None
    bytes: int

    def is_exceeded(self, records: int, size: int) -> bool:
        return (self.records is not None and records > self.records) or size > self.bytes
