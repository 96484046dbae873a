"""Posting to real topics, both ways: what is there afterwards, as long as nobody dies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

from pinterest_platform.kafka.connection import client_options
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import PostingResult, post
from pinterest_platform.posting.landing.partitioner import partition_of
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.rest import RestSender
from pinterest_platform.posting.senders.kafka import ProducerSender
from pinterest_platform.posting.senders.refused import send_again
from pinterest_platform.posting.senders.sender import Sender
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.integration.posting.conftest import ROWS, held, keys, send_all, topics_of

MakeSender = Callable[[Settings], Sender]
ALL = list(range(ROWS))

both_ways = pytest.mark.parametrize(
    "make", [lambda settings: RestSender(settings.rest_url), ProducerSender], ids=["rest", "kafka"]
)


@both_ways
def test_each_record_is_there_once_in_its_partition(
    source: SourceDatabase, settings: Settings, make: MakeSender
) -> None:
    result = send_all(source, settings, make(settings))
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    rows = {posting.ind: posting for batch in source.read_in_order() for posting in batch}
    for name, records in held(settings).items():
        assert keys(records) == ALL
        for record in records:
            assert record.partition == partition_of(int(record.key), 3)
            assert json.loads(record.value) == rows[int(record.key)].record(name)
        for number in range(3):
            of_partition = [int(record.key) for record in records if record.partition == number]
            assert of_partition == sorted(of_partition)


def test_both_ways_write_the_same_bytes(source: SourceDatabase, settings: Settings) -> None:
    send_all(source, settings, RestSender(settings.rest_url), count=200)
    send_all(source, settings, ProducerSender(settings), count=200)
    for records in held(settings).values():
        by_key: dict[bytes, set[tuple[int, bytes]]] = {}
        for record in records:
            by_key.setdefault(record.key, set()).add((record.partition, record.value))
        assert len(by_key) == 200
        assert all(len(different) == 1 for different in by_key.values())


@both_ways
def test_unknown_topic_is_named(source: SourceDatabase, settings: Settings, make: MakeSender) -> None:
    elsewhere = load_settings(**{**settings.model_dump(), "topic_prefix": "nobody.made.these"})
    with pytest.raises(DestinationError, match=r"nobody\.made\.these\.pin.*topics create"):
        send_all(source, elsewhere, make(elsewhere))


@both_ways
def test_record_too_large_is_kept_until_the_topic_takes_it(
    source: SourceDatabase, settings: Settings, make: MakeSender, tmp_path: Path
) -> None:
    count, limit = 200, 800
    set_limit(settings, limit)
    result = send_all(source, settings, make(settings), count=count)
    fitting = held(settings)
    assert result.acknowledged == count
    rows = [posting.record("pin") for posting in source.read_rows(ALL[:count])]
    sizes = [len(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()) for row in rows]
    # Beside its key and value a record takes less than 100 bytes in a batch of its own.
    assert sum(size > limit for size in sizes) <= result.refused <= sum(size > limit - 100 for size in sizes) < count
    assert 0 < len(fitting["pin"]) == count - result.refused
    assert keys(fitting["geo"]) == keys(fitting["user"]) == ALL[:count]

    set_limit(settings, 1_048_588)
    again = send_again(tmp_path / "refused.jsonl", make(settings))
    assert (again.accepted, again.refused) == (result.refused, 0)
    assert keys(held(settings)["pin"]) == ALL[:count]


@both_ways
def test_two_posters_do_not_disturb_each_other(
    source_url: str, settings: Settings, make: MakeSender, tmp_path: Path
) -> None:
    results: list[PostingResult] = []

    def run(name: str) -> None:
        with SourceDatabase(source_url) as source:
            destination = SenderDestination(
                RECORDS, topics_of(settings), make(settings), tmp_path / name / "refused.jsonl"
            )
            results.append(post(source, Sequential(), destination))

    threads = [Thread(target=run, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.acknowledged for result in results] == [ROWS, ROWS]
    for records in held(settings).values():
        assert keys(records) == sorted([*ALL, *ALL])


def set_limit(settings: Settings, size: int) -> None:
    """How large a batch of records the topic of pins takes, in bytes."""
    from kafka.admin import ConfigResource, KafkaAdminClient

    with KafkaAdminClient(**client_options(settings)) as admin:
        admin.alter_configs([ConfigResource("TOPIC", settings.topic("pin"), {"max.message.bytes": str(size)})])
