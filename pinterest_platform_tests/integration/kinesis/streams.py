"""Streams on a real Kinesis server, as tests make, fill and read them."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import Settings


@dataclass(frozen=True)
class Held:
    """A record as a stream holds it; `data` is what was put, base64 undone once."""

    shard: str
    sequence_number: str
    key: str
    data: bytes


def make_stream(client: Any, name: str, shards: int = 1) -> None:
    """Make a stream and wait until it takes records. `client` is `KinesisServer.client()`."""
    client.create_stream(StreamName=name, ShardCount=shards)
    wait_until_active(client, name)


def wait_until_active(client: Any, name: str) -> None:
    """Wait for the end of what changes the stream, such as `split_shard` or `merge_shards`."""
    deadline = time.monotonic() + 30
    while client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] != "ACTIVE":
        assert time.monotonic() < deadline, f"stream {name} does not become active"
        time.sleep(0.005)


def put(client: Any, name: str, records: Iterable[tuple[str, bytes]]) -> None:
    """Put records, each a key and its data, 500 a request."""
    entries = [{"PartitionKey": key, "Data": data} for key, data in records]
    for first in range(0, len(entries), 500):
        reply = client.put_records(StreamName=name, Records=entries[first : first + 500])
        assert reply["FailedRecordCount"] == 0, reply


def held(client: Any, name: str) -> list[Held]:
    """All records of a stream, shard by shard (closed ones included) in the order of their sequence numbers."""
    return [record for shard in shards(client, name) for record in _of_shard(client, name, shard["ShardId"])]


def shards(client: Any, name: str) -> list[dict[str, Any]]:
    """The shards of a stream, as ListShards describes them."""
    found: list[dict[str, Any]] = client.list_shards(StreamName=name)["Shards"]
    return found


def _of_shard(client: Any, name: str, shard: str) -> list[Held]:
    where = {"StreamName": name, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    iterator = client.get_shard_iterator(**where)["ShardIterator"]
    found: list[Held] = []
    while iterator is not None:
        reply = client.get_records(ShardIterator=iterator, Limit=10_000)
        found += [Held(shard, r["SequenceNumber"], r["PartitionKey"], r["Data"]) for r in reply["Records"]]
        # An open shard always gives a next iterator; it is at its end when there was nothing.
        iterator = reply.get("NextShardIterator") if reply["Records"] else None
    return found


def streams_of(settings: Settings) -> dict[str, str]:
    return {record: settings.kinesis_stream(record) for record in RECORDS}
