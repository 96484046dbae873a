"""The local Kinesis server keeps what was put, whatever becomes of the server; posting outlives it."""

from __future__ import annotations

import socket
from threading import Thread
from typing import Any

import pytest

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform_tests.integration.kinesis.conftest import ALL, ROWS, keys, posted
from pinterest_platform_tests.integration.kinesis.streams import held, make_stream, put, shards, wait_until_active
from pinterest_platform_tests.integration.kinesis.way import Way

pytestmark = pytest.mark.kills_servers


def test_killed_server_keeps_records_and_shards(kinesis: KinesisServer, topic_prefix: str) -> None:
    client = kinesis.client()
    make_stream(client, topic_prefix, shards=2)
    put(client, topic_prefix, [(str(number), b"%d" % number) for number in range(1_200)])
    client.split_shard(
        StreamName=topic_prefix, ShardToSplit=shards(client, topic_prefix)[0]["ShardId"], NewStartingHashKey="1000"
    )
    wait_until_active(client, topic_prefix)
    before = held(client, topic_prefix)
    kinesis.kill()
    kinesis.start()
    assert held(client, topic_prefix) == before
    assert len(shards(client, topic_prefix)) == 4
    assert sorted(int(record.data) for record in before) == list(range(1_200))
    assert all(record.data == record.key.encode() for record in before)


def test_client_that_breaks_off_does_no_harm(kinesis: KinesisServer) -> None:
    pid = kinesis.pid
    with socket.create_connection(("127.0.0.1", kinesis.port())) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
    for _ in range(3):
        kinesis.ask()
    assert kinesis.is_running()
    assert kinesis.pid == pid


def test_server_killed_while_posting(way: Way, source: SourceDatabase, client: Any, kinesis: KinesisServer) -> None:
    again = Thread(target=kinesis.start)

    def kill(sent: int) -> None:
        if sent >= ROWS // 2 and again.ident is None:
            kinesis.kill()
            again.start()

    result = way.post(source, progress=kill)
    again.join()
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    assert all(set(keys(records)) == set(ALL) for records in posted(way.settings, client).values())
