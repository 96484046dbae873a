"""Servers die while posting goes on and a stream is read: what they took is there, and nothing is missing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from pinterest_platform.kafka.topics import TopicNeeds, create_topics
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.emulator import PostingResult
from pinterest_platform.posting.senders.http.rest import RestSender
from pinterest_platform.posting.senders.kafka import ProducerSender
from pinterest_platform.posting.senders.sender import Sender
from pinterest_platform.settings import Settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.process import Server
from pinterest_platform.stack.rest_proxy import RestProxy
from pinterest_platform_tests.integration.posting.conftest import ROWS, held, keys, send_all
from pinterest_platform_tests.integration.streaming.jobs import Running
from pinterest_platform_tests.integration.streaming.topics import ENTRY
from pinterest_platform_tests.streaming.chunks import stream_of, table_rows

pytestmark = pytest.mark.kills_servers
ALL = list(range(ROWS))


class Restart:
    """Kills a server when half is sent, and starts it again while posting goes on."""

    def __init__(self, server: Server) -> None:
        self._server, self._thread = server, Thread(target=server.start)

    def __call__(self, sent: int) -> None:
        if sent >= ROWS // 2 and self._thread.ident is None:
            self._server.kill()
            self._thread.start()

    def wait(self) -> None:
        self._thread.join()


def test_broker_killed_while_both_ways_post_and_a_stream_is_read(
    source_url: str, settings: Settings, broker: KafkaBroker
) -> None:
    by_rest = settings.model_copy(
        update={"topic_prefix": f"{settings.topic_prefix}.rest", "data": settings.data / "rest"}
    )
    create_topics(by_rest, RECORDS, TopicNeeds())
    restart = Restart(broker)

    def send(where: Settings, sender: Sender, **options: object) -> PostingResult:
        with SourceDatabase(source_url) as source:
            return send_all(source, where, sender, rate=500, **options)

    def kill_once_it_is_read(sent: int) -> None:
        if sent >= ROWS // 2:
            job.wait_until(lambda: job.rows)
        restart(sent)

    with Running(settings, stream_of(settings, **ENTRY)) as job, ThreadPoolExecutor(2) as pool:
        posters = [
            pool.submit(send, settings, ProducerSender(settings), progress=kill_once_it_is_read),
            pool.submit(send, by_rest, RestSender(settings.rest_url)),
        ]
        results = [poster.result() for poster in posters]
        restart.wait()
        job.wait_until(lambda: job.rows == ROWS)
    assert [(result.acknowledged, result.refused) for result in results] == [(ROWS, 0)] * 2
    # Its idempotent producer sends again without doubling.
    assert all(keys(records) == ALL for records in held(settings).values())
    assert all(set(keys(records)) == set(ALL) for records in held(by_rest).values())
    assert [ind for (ind,) in table_rows(settings, "stream/pin", "ind")] == ALL


def test_proxy_killed_while_posting(source: SourceDatabase, settings: Settings, proxy: RestProxy) -> None:
    restart = Restart(proxy)
    result = send_all(source, settings, RestSender(settings.rest_url, batch=50), progress=restart)
    restart.wait()
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    for records in held(settings).values():
        assert set(keys(records)) == set(ALL)
