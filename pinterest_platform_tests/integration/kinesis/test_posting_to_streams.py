"""Posting to real streams, straight and through API Gateway: what is there afterwards, and what happens to records that
Kinesis does not take at once, or at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.senders.http.kinesis_api import KinesisApiSender
from pinterest_platform.posting.senders.kinesis import KinesisSender
from pinterest_platform.posting.senders.refused import send_again
from pinterest_platform.posting.senders.sender import Record, Sender
from pinterest_platform.settings import Settings
from pinterest_platform_tests.integration.kinesis.api_gateway import ApiGateway
from pinterest_platform_tests.integration.kinesis.conftest import ALL, ROWS, SHARDS, keys, posted
from pinterest_platform_tests.integration.kinesis.scripted_kinesis import (
    answer,
    fail_some,
    refuse,
    reset_in_reply,
)
from pinterest_platform_tests.integration.kinesis.streams import held, streams_of
from pinterest_platform_tests.integration.kinesis.way import Way

LIMIT = 1024 * 1024


def test_each_row_is_there_once_as_it_is(way: Way, source: SourceDatabase, client: Any) -> None:
    result = way.post(source)
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    rows = {posting.ind: posting for batch in source.read_in_order() for posting in batch}
    for name, records in posted(way.settings, client).items():
        assert keys(records) == ALL
        assert all(json.loads(record.data) == rows[int(record.key)].record(name) for record in records)
        by_shard: dict[str, list[int]] = {}
        for record in records:
            by_shard.setdefault(record.shard, []).append(int(record.key))
        assert len(by_shard) == SHARDS
        assert all(of_shard == sorted(of_shard) for of_shard in by_shard.values())


def test_single_row_is_there_as_it_is(way: Way, source: SourceDatabase, client: Any) -> None:
    way.post(source, count=1)
    [posting] = source.read_rows([0])
    for name, records in posted(way.settings, client).items():
        assert [(record.key, json.loads(record.data)) for record in records] == [("0", posting.record(name))]


def test_both_ways_write_the_same_bytes(
    settings: Settings, gateway: ApiGateway, source: SourceDatabase, client: Any
) -> None:
    for name in ("kinesis", "kinesis-api"):
        Way(name, settings, gateway).post(source, count=300)
    for records in posted(settings, client).values():
        by_key: dict[str, list[bytes]] = {}
        for record in records:
            by_key.setdefault(record.key, []).append(record.data)
        assert len(by_key) == 300
        assert all(one == other for one, other in by_key.values())


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "InternalFailure"])
def test_only_failed_records_are_sent_again(way: Way, source: SourceDatabase, client: Any, code: str) -> None:
    with way.scripted(*[fail_some(code, every=3)] * 6) as kinesis:
        result = way.post(source, count=500)
    assert (result.acknowledged, result.refused) == (500, 0)
    assert all(keys(records) == ALL[:500] for records in posted(way.settings, client).values())
    for stream in streams_of(way.settings).values():
        for before, after in zip(calls := kinesis.keys_of(stream), calls[1:], strict=False):
            assert after == before[::3]


def test_request_that_may_pass_later_is_sent_again(way: Way, source: SourceDatabase, client: Any) -> None:
    faults = [
        answer(400, "ProvisionedThroughputExceededException"),
        answer(400, "LimitExceededException"),
        answer(500, "InternalFailure"),
        answer(503, "ServiceUnavailable"),
        fail_some("ProvisionedThroughputExceededException", every=1),
    ]
    with way.scripted(*faults, *faults) as kinesis:
        assert way.post(source, count=50).acknowledged == 50
        assert not kinesis.faults
    assert all(keys(records) == ALL[:50] for records in posted(way.settings, client).values())


def test_reply_that_is_lost_loses_nothing(way: Way, source: SourceDatabase, client: Any) -> None:
    with way.scripted(*[reset_in_reply] * 3):
        assert way.post(source, count=50).acknowledged == 50
    assert all(set(keys(records)) == set(ALL[:50]) for records in posted(way.settings, client).values())


def test_throttled_for_ever_it_gives_up_and_can_be_resumed(
    way: Way, source: SourceDatabase, client: Any, tmp_path: Path
) -> None:
    checkpoint = tmp_path / "checkpoint.json"
    with way.scripted(forever=answer(400, "ProvisionedThroughputExceededException")):
        with pytest.raises(
            DestinationError, match=r"accepts no records for 'streaming-.*ProvisionedThroughput.*--resume"
        ):
            way.post(source, way.sender(give_up=0.3), count=50, checkpoint=checkpoint)
        assert json.loads(checkpoint.read_text())["postings"] == 0
    # The same place as before: the server that failed stood where this one stands.
    held_back = json.loads(checkpoint.read_text())
    held_back["destination"] |= way.sender().identity()
    checkpoint.write_text(json.dumps(held_back))
    assert way.post(source, count=50, checkpoint=checkpoint, resume=True).acknowledged == 50
    # A request may have been on its way when posting gave up, and arrive after all.
    assert all(set(keys(records)) == set(ALL[:50]) for records in posted(way.settings, client).values())


def test_largest_records_arrive_and_larger_ones_are_refused(way: Way, client: Any) -> None:
    stream, sender = way.settings.kinesis_stream("pin"), way.sender()
    sizes = [LIMIT] * 7 + [LIMIT + 1, 10]
    records = [Record(stream, str(n), '"' + "x" * (size - len(str(n)) - 2) + '"') for n, size in enumerate(sizes)]
    with way.scripted() as kinesis:
        sender = way.sender()
        [refusal] = sender.submit(records).refusals()
        sender.close()
        # Five of them fill a request.
        assert kinesis.keys_of(stream)[0] == ["0", "1", "2", "3", "4"]
    assert refusal.record == records[7]
    assert (refusal.code, refusal.error) == ("too large", "1,048,577 bytes with its key; Kinesis allows 1,048,576")
    arrived = {record.key: record.data for record in held(client, stream)}
    assert arrived == {record.key: record.value.encode() for record in records if record.key != "7"}


def test_record_that_is_refused_is_kept_and_sent_again(
    way: Way, source: SourceDatabase, client: Any, tmp_path: Path
) -> None:
    with way.scripted(forever=refuse("77")):
        result = way.post(source, count=100)
    assert (result.acknowledged, result.refused) == (100, 3)
    refused = tmp_path / "refused.jsonl"
    lines = [json.loads(line) for line in refused.read_text().splitlines()]
    assert {(line["topic"], line["key"]) for line in lines} == {(s, 77) for s in streams_of(way.settings).values()}
    assert {(line["error_code"], line["error"]) for line in lines} == {
        ("ValidationException", "a record is not allowed")
    }
    again = send_again(refused, way.sender())
    assert (again.accepted, again.refused) == (3, 0)
    [posting] = source.read_rows([77])
    for name, records in posted(way.settings, client).items():
        assert keys(records) == ALL[:100]
        [record] = [record for record in records if record.key == "77"]
        assert json.loads(record.data) == posting.record(name)


def test_missing_stream_is_named(way: Way, source: SourceDatabase) -> None:
    way.settings = way.settings.model_copy(update={"topic_prefix": "nobody-made-these"})
    with pytest.raises(DestinationError, match=r"streaming-nobody-made-these-pin'.*streams create"):
        way.post(source)


def test_stream_deleted_while_posting_ends_it(way: Way, source: SourceDatabase, client: Any) -> None:
    stream, sent_before = way.settings.kinesis_stream("geo"), []

    def delete(sent: int) -> None:
        if not sent_before:
            client.delete_stream(StreamName=stream)
        sent_before.append(sent)

    with pytest.raises(DestinationError, match=rf"{stream}.*ResourceNotFoundException.*streams create"):
        way.post(source, progress=delete)


def test_nobody_listens(way: Way, source: SourceDatabase) -> None:
    settings = way.settings.model_copy(update={"kinesis_endpoint": "http://127.0.0.1:9"})
    nobody: Callable[[], Sender] = {
        "kinesis": lambda: KinesisSender(settings),
        "kinesis-api": lambda: KinesisApiSender("http://127.0.0.1:9/test"),
    }[way.name]
    with pytest.raises(DestinationError, match=r"127\.0\.0\.1:9.*PINTEREST_KINESIS_(ENDPOINT|API_URL)"):
        way.post(source, nobody())
