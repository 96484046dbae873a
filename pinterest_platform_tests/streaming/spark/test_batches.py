"""What `foreachBatch` does with batches that are handed to it again, or that a source cuts in another way."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from pinterest_platform.lake.errors import LakeConflictError, LakeError
from pinterest_platform.settings import Settings
from pinterest_platform.streaming import REJECTED, Stream, StreamError, stream_table
from pinterest_platform.streaming.spark.batches import BatchWriter, Begun
from pinterest_platform.streaming.spark.tasks import RECORDS, Work
from pinterest_platform.streaming.table import StreamTable
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import (
    FIRST,
    catalog,
    session_of,
    settings_of,
    stream_of,
    table_rows,
)

SHARDS = ("shardId-000000000000", "shardId-000000000001")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_of(tmp_path)


@pytest.fixture
def stream(settings: Settings) -> Stream:
    return stream_of(settings)


def frame(spark: SparkSession, *inds: int) -> DataFrame:
    """A record each, in one shard or the other; every fifth is no pin."""
    rows: Sequence[tuple[Any, ...]] = [
        (SHARDS[ind % 2], str(FIRST + ind), 1_700_000_000_000, pin(ind) if ind % 5 else b"%d" % ind) for ind in inds
    ]
    return spark.createDataFrame(rows, RECORDS).repartition(2, "shard_id")


def writer(settings: Settings, stream: Stream, query: str) -> BatchWriter:
    """One that begins where the tables are."""
    model, session = catalog().models[stream.model], session_of(settings)
    with closing(session):
        events = StreamTable(session, stream, stream_table(stream, model))
        rejected = StreamTable(session, stream, REJECTED)
        with closing(events), closing(rejected):
            begun = Begun(events.batches, events.marks(SHARDS), rejected.marks(SHARDS))
    return BatchWriter(
        Work(query, settings.lake_root, "1GB", stream, catalog().domain.records[stream.record], model), begun
    )


def inds(settings: Settings) -> list[int]:
    """Of all records, where each is."""
    rejected = [int(line) for (line,) in table_rows(settings, "stream/rejected", "line")]
    return sorted([ind for (ind,) in table_rows(settings, "stream/pin", "ind")] + rejected)


def test_records_that_come_again_are_left_out(spark: SparkSession, settings: Settings, stream: Stream) -> None:
    """In the same query and in the next one, alone and among others."""
    with closing(writer(settings, stream, "first")) as first:
        for batch in (range(10), range(10), range(5, 15)):
            first(frame(spark, *batch), 0)
    assert inds(settings) == list(range(15))
    with closing(writer(settings, stream, "second")) as second:
        second(frame(spark, *range(20)), 0)
    assert inds(settings) == list(range(20))
    batches = table_rows(settings, "stream/batches", "batch, records, rows, rejected")
    assert batches == [(1, 10, 8, 2), (2, 5, 4, 1), (3, 5, 4, 1)], "no commit of a batch that brings nothing"


def test_records_that_hold_several_are_unpacked_and_come_once(
    spark: SparkSession, settings: Settings, stream: Stream
) -> None:
    rows = [(SHARDS[0], str(FIRST + n), 1_700_000_000_000, gzip.compress(pin(n) + pin(n + 10) + b"5")) for n in (1, 2)]
    with closing(writer(settings, stream, "packed")) as packed:
        for batch in (rows[:1], rows):
            packed(spark.createDataFrame(batch, RECORDS), 0)
    assert table_rows(settings, "stream/pin", "ind, sequence_number") == [
        (ind, f"{FIRST + ind % 10}/{ind // 10}") for ind in (1, 2, 11, 12)
    ]
    rejected = table_rows(settings, "stream/rejected", "line, sequence_number")
    assert rejected == [("5", f"{FIRST + n}/2") for n in (1, 2)]
    assert table_rows(settings, "stream/batches", "records, rows, rejected") == [(3, 2, 1)] * 2


@pytest.mark.parametrize("call", [0, 1], ids=["before rejected is committed", "before the rows are"])
def test_a_query_that_dies(
    spark: SparkSession, settings: Settings, stream: Stream, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """The next one is given its batch among others."""
    with monkeypatch.context() as patch, closing(writer(settings, stream, f"dies {call}")) as dies:
        fail(patch, call, LakeError("dies here"))
        with pytest.raises(LakeError, match="dies here"):
            dies(frame(spark, *range(10)), 0)
    with closing(writer(settings, stream, f"goes on {call}")) as goes_on:
        goes_on(frame(spark, *range(15)), 0)
    assert inds(settings) == list(range(15))


def test_a_commit_that_breaks_off_is_made_again(
    spark: SparkSession, settings: Settings, stream: Stream, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its files are gone by then: the batch is done again, but for what is in `stream/rejected` already."""
    with closing(writer(settings, stream, "breaks off")) as broken_off:
        fail(monkeypatch, 1, LakeConflictError("it broke off"))
        broken_off(frame(spark, *range(10)), 0)
    assert inds(settings) == list(range(10))
    assert table_rows(settings, "stream/batches", "batch, records, rows, rejected") == [(1, 10, 8, 2)]


def fail(patch: pytest.MonkeyPatch, call: int, error: Exception) -> None:
    """Have that commit fail, counted from 0, before it does anything."""
    commit, number = StreamTable.commit, count()

    def failing(table: StreamTable, *arguments: Any) -> None:
        if next(number) == call:
            raise error
        commit(table, *arguments)

    patch.setattr(StreamTable, "commit", failing)


def test_a_query_that_began_before_another_job_committed_stops(
    spark: SparkSession, settings: Settings, stream: Stream
) -> None:
    with closing(writer(settings, stream, "late")) as late:
        with closing(writer(settings, stream, "early")) as early:
            early(frame(spark, 1, 2), 0)
        with pytest.raises(StreamError, match="stream/pin: another job commits to it"):
            late(frame(spark, 1, 2, 3), 0)
    assert inds(settings) == [1, 2]
