"""A Kinesis stream of each test's own, and the settings with which a job reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform.streaming import Stream
from pinterest_platform_tests.integration.kinesis.streams import held, make_stream, put, shards, wait_until_active
from pinterest_platform_tests.integration.streaming.jobs import identities
from pinterest_platform_tests.landing_data import pin
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows


@dataclass(frozen=True)
class Pins:
    """A Kinesis stream of pins on a real server, and its tables."""

    settings: Settings
    client: Any
    stream: Stream

    def put(self, *records: bytes, first: int = 0) -> None:
        """Put records, their keys counted from `first`, so that they go to shards as they come."""
        put(self.client, self.stream.origin, [(str(first + n), record) for n, record in enumerate(records)])

    def put_pins(self, *inds: int) -> None:
        put(self.client, self.stream.origin, [(str(ind), pin(ind)) for ind in inds])

    def shards(self) -> list[dict[str, Any]]:
        return shards(self.client, self.stream.origin)

    def read(self, shard: dict[str, Any]) -> list[dict[str, Any]]:
        """The first records of a shard."""
        where = {"StreamName": self.stream.origin, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        answer = self.client.get_records(ShardIterator=self.client.get_shard_iterator(**where)["ShardIterator"])
        records: list[dict[str, Any]] = answer["Records"]
        return records

    def split(self, shard: str) -> None:
        """Split a shard in the middle."""
        bounds = next(s["HashKeyRange"] for s in self.shards() if s["ShardId"] == shard)
        middle = (int(bounds["StartingHashKey"]) + int(bounds["EndingHashKey"])) // 2
        self.client.split_shard(StreamName=self.stream.origin, ShardToSplit=shard, NewStartingHashKey=str(middle + 1))
        wait_until_active(self.client, self.stream.origin)

    def merge(self, shard: str, other: str) -> None:
        self.client.merge_shards(StreamName=self.stream.origin, ShardToMerge=shard, AdjacentShardToMerge=other)
        wait_until_active(self.client, self.stream.origin)

    def inds(self) -> list[int]:
        """The keys of the rows in the table."""
        return [ind for (ind,) in table_rows(self.settings, "stream/pin", "ind")]

    def rejected(self) -> list[tuple[str, str]]:
        """(line, reason) of what does not fit."""
        return table_rows(self.settings, "stream/rejected", "line, reason")

    def assert_each_once(self) -> None:
        """Each record that the stream holds is in one of the two tables, once. One that holds several rows is there as
        often, each with its place behind a slash."""
        there = identities(self.settings, "stream/pin") + identities(self.settings, "stream/rejected")
        assert len(set(there)) == len(there)
        posted = [(record.shard, record.sequence_number) for record in held(self.client, self.stream.origin)]
        assert sorted({(shard, number.partition("/")[0]) for shard, number in there}) == sorted(posted)


@pytest.fixture
def variables(kinesis: KinesisServer, topic_prefix: str) -> dict[str, str]:
    return {**kinesis.environment(), "PINTEREST_TOPIC_PREFIX": topic_prefix}


@pytest.fixture
def settings(variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return load_settings(data=tmp_path, _env_file=None)


@pytest.fixture(scope="module")
def kinesis_client(kinesis: KinesisServer) -> Any:
    return kinesis.client()


@pytest.fixture
def pins(settings: Settings, kinesis_client: Any) -> Pins:
    """A stream with two shards."""
    pins = Pins(settings, kinesis_client, stream_of(settings, trigger=0.1))
    make_stream(kinesis_client, pins.stream.origin, shards=2)
    return pins
