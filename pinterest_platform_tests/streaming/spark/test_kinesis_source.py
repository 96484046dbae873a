"""Spark's source of Kinesis as Spark calls it: what is in a batch, and that it stays the same one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from pinterest_platform.streaming import Stream
from pinterest_platform.streaming.spark.kinesis import KinesisReader, Offset
from pinterest_platform_tests.integration.streaming.conftest import Pins
from pinterest_platform_tests.integration.streaming.failing_reads import failing_reads
from pinterest_platform_tests.integration.streaming.test_kinesis import next_second_of
from pinterest_platform_tests.streaming.chunks import stream_of


@contextmanager
def reader_of(
    stream: Stream, endpoint: str, known: Mapping[str, int] | None = None, *, once: bool = True
) -> Iterator[KinesisReader]:
    options = {"stream": stream.model_dump_json(by_alias=True, exclude_defaults=True), "endpoint": endpoint}
    reader = KinesisReader({**options, "known": json.dumps(known or {})})
    if once:
        reader.prepareForTriggerAvailableNow()
    yield reader
    reader.stop()


def batches(reader: KinesisReader) -> Iterator[tuple[Offset, Offset]]:
    """Start and end of each batch until there is no more."""
    start = reader.initialOffset()
    while (end := reader.latestOffset(start, reader.getDefaultReadLimit())) != start:
        yield start, end
        start = end


def records(reader: KinesisReader, start: Offset, end: Offset) -> list[dict[str, Any]]:
    return [row for place in reader.partitions(start, end) for rows in reader.read(place) for row in rows.to_pylist()]


def inds(reader: KinesisReader, start: Offset, end: Offset) -> list[int]:
    return [json.loads(record["data"])["index"] for record in records(reader, start, end)]


def test_children_come_in_batches_after_their_parents(pins: Pins) -> None:
    """Of a split and of a merge, and a batch is within the limits."""
    stream = stream_of(pins.settings, limits={"records": 20})
    pins.put_pins(*range(30))
    first, second = (shard["ShardId"] for shard in pins.shards())
    pins.split(first)
    pins.put_pins(*range(30, 60))
    pins.merge(pins.shards()[-1]["ShardId"], second)
    pins.put_pins(*range(60, 90))
    with reader_of(stream, pins.settings.kinesis_endpoint) as reader:
        found = [records(reader, start, end) for start, end in batches(reader)]
    of = {n: {record["shardId"] for record in batch} for n, batch in enumerate(found)}
    merged = pins.shards()[-1]["ShardId"]
    assert max(len(batch) for batch in found) <= 20
    assert max(n for n, shards in of.items() if second in shards) < min(
        n for n, shards in of.items() if merged in shards
    )
    assert sorted(json.loads(record["data"])["index"] for batch in found for record in batch) == list(range(90))


def test_a_batch_is_the_same_one_however_often_it_is_read(pins: Pins) -> None:
    """Also by another process, once more has come."""
    pins.put_pins(*range(20))
    with reader_of(pins.stream, pins.settings.kinesis_endpoint, once=False) as reader:
        start, end = next(batches(reader))
        before = inds(reader, start, end)
    pins.put_pins(*range(20, 40))
    with reader_of(pins.stream, pins.settings.kinesis_endpoint, once=False) as reader:
        assert inds(reader, start, end) == before
        assert sorted(before + inds(reader, end, reader.latestOffset(end, reader.getDefaultReadLimit()))) == [
            *range(40)
        ]


def test_bytes_bound_a_batch_but_one_record_is_always_in_it(pins: Pins) -> None:
    pins.put_pins(*range(10))
    stream = stream_of(pins.settings, limits={"bytes": 1})
    with reader_of(stream, pins.settings.kinesis_endpoint) as reader:
        assert len(records(reader, *next(batches(reader)))) == 2, "one a shard"


def test_shards_without_position_are_read_from_the_first_start_on(pins: Pins) -> None:
    pins.put_pins(*range(10))
    started = round(next_second_of(pins).timestamp() * 1000)
    pins.put_pins(*range(10, 30))
    stream = stream_of(pins.settings, starting_position="latest")
    with reader_of(stream, pins.settings.kinesis_endpoint, {"started": started}) as reader:
        found = [ind for start, end in batches(reader) for ind in inds(reader, start, end)]
    assert sorted(found) == list(range(10, 30))


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "ProvisionedThroughputExceededException"])
def test_reading_again_what_was_refused(pins: Pins, code: str) -> None:
    pins.put_pins(*range(20))
    with (
        failing_reads(pins.settings.kinesis_endpoint) as server,
        reader_of(pins.stream, server.url, once=False) as reader,
    ):
        server.codes = [code] * 2
        start, end = next(batches(reader))
        server.codes = [code] * 2
        assert sorted(inds(reader, start, end)) == list(range(20))
        assert not server.codes
