"""What a REST proxy or its gateway may answer besides success, and that nothing acknowledged is lost over it."""

from __future__ import annotations

import json
from collections import Counter
from email.utils import formatdate
from pathlib import Path

import pytest

from pinterest_platform.backoff import retry_after
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import PostingResult, post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.rest import RestSender
from pinterest_platform.posting.senders.refused import send_again
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.posting.conftest import TOPICS
from pinterest_platform_tests.posting.scripted_proxy import (
    Fault,
    ScriptedProxy,
    answer,
    fail_some,
    failed,
    reset_in_reply,
    too_large,
)

ROWS = 1_000
EACH_ONCE = Counter(range(ROWS))


def send_all(source: SourceDatabase, proxy: ScriptedProxy, folder: Path, give_up: float = 30) -> PostingResult:
    sender = RestSender(proxy.url, batch=100, give_up=give_up)
    return post(source, Sequential(), SenderDestination(RECORDS, TOPICS, sender, folder / "refused.jsonl"))


def test_records_have_the_envelope_and_arrive_in_order(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy() as proxy:
        result = send_all(small, proxy, tmp_path)
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    [posting] = small.read_rows([7])
    for record, topic in TOPICS.items():
        assert proxy.keys(topic) == list(range(ROWS))
        assert proxy.topics[topic][7] == {"key": 7, "value": posting.record(record)}
    assert {headers["Content-Type"] for _, _, headers, _ in proxy.requests} == {"application/vnd.kafka.json.v2+json"}
    assert {count for *_, count in proxy.requests} == {100}
    assert not (tmp_path / "refused.jsonl").exists()


@pytest.mark.parametrize(
    "fault",
    [
        answer(500, {"error_code": 50002, "message": "Kafka error"}),
        answer(502),
        answer(504, {"message": "Endpoint request timed out"}),
        answer(429, {"message": "Too Many Requests"}),
        answer(408),
        fail_some(50003, every=1),
        fail_some(50003, every=3),
        fail_some(2, every=3),
    ],
)
def test_what_may_pass_is_tried_again(small: SourceDatabase, tmp_path: Path, fault: Fault) -> None:
    with ScriptedProxy(*[fault] * 6) as proxy:
        result = send_all(small, proxy, tmp_path)
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    for topic in TOPICS.values():
        assert Counter(proxy.keys(topic)) == EACH_ONCE


def test_reset_in_mid_reply_loses_nothing(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy(*[reset_in_reply] * 5) as proxy:
        assert send_all(small, proxy, tmp_path).acknowledged == ROWS
    for topic in TOPICS.values():
        assert set(proxy.keys(topic)) == set(range(ROWS))
    assert sum(len(proxy.keys(topic)) for topic in TOPICS.values()) == 3 * ROWS + 5 * 100


def test_retry_after_is_honoured(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy(answer(429, Retry_After="1")) as proxy:
        send_all(small, proxy, tmp_path)
    throttled = proxy.requests[0][1]
    first, second = [moment for moment, topic, *_ in proxy.requests if topic == throttled][:2]
    assert second - first >= 1


def test_retry_after_may_be_a_date() -> None:
    assert retry_after(formatdate(1_000_030, usegmt=True), now=lambda: 1_000_000) == 30
    assert retry_after("7") == 7
    assert retry_after("soon") == retry_after(None) == 0


def test_gives_up_with_the_reason_and_keeps_count(small: SourceDatabase, tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint.json"
    with ScriptedProxy(forever=answer(503, {"message": "Service Unavailable"})) as proxy:
        destination = SenderDestination(RECORDS, TOPICS, RestSender(proxy.url, give_up=0.3), tmp_path / "refused.jsonl")
        with pytest.raises(DestinationError, match=r"t\.(pin|geo|user).*HTTP 503.*Service Unavailable"):
            post(small, Sequential(), destination, checkpoint=checkpoint)
        assert json.loads(checkpoint.read_text())["postings"] == 0
        proxy.forever = None
        again = SenderDestination(RECORDS, TOPICS, RestSender(proxy.url), tmp_path / "refused.jsonl")
        assert post(small, Sequential(), again, checkpoint=checkpoint, resume=True).acknowledged == ROWS
    # A request of the first posting may have been on its way when the proxy was well again.
    assert set(proxy.keys("t.pin")) == set(range(ROWS))


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (answer(403, {"message": "Forbidden"}), "PINTEREST_REST_AUTH"),
        (answer(403, {"message": "Missing Authentication Token"}), "PINTEREST_REST_URL ends with the stage"),
        (answer(401, {"error_code": 401, "message": "Unauthorized"}), "PINTEREST_REST_AUTH"),
        (answer(404, {"error_code": 40401, "message": "Topic not found."}), "topics create"),
        (answer(415, {"error_code": 415, "message": "HTTP 415 Unsupported Media Type"}), "PINTEREST_REST_URL"),
        (answer(301, Location="https://gateway.example.com"), "redirects to https://gateway.example.com"),
        (answer(200, {"offsets": [{"error_code": "bad"}] * 100}), "not a reply of a Kafka REST proxy"),
        (answer(200, {"message": "hello"}), "not a reply of a Kafka REST proxy"),
        (answer(200, {"offsets": [failed(50003, "x")]}), "not a reply of a Kafka REST proxy"),
        (fail_some(40301, every=1), "40301"),
    ],
)
def test_what_cannot_pass_ends_the_posting(small: SourceDatabase, tmp_path: Path, fault: Fault, expected: str) -> None:
    with ScriptedProxy(forever=fault) as proxy, pytest.raises(DestinationError, match=expected):
        send_all(small, proxy, tmp_path)
    assert len(proxy.requests) <= len(TOPICS)


def test_password_in_the_url_is_not_shown(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy() as proxy:
        pass
    sender = RestSender(proxy.url.replace("://", "://ann:p@ss-w0rd@"))
    assert "w0rd" not in str(sender.identity())
    with pytest.raises(DestinationError, match=r"http://\*\*\*@127.0.0.1:\d+ cannot be reached") as error:
        post(small, Sequential(), SenderDestination(RECORDS, TOPICS, sender, tmp_path / "refused.jsonl"))
    assert "w0rd" not in str(error.value)


def test_nobody_listens(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy() as proxy:
        pass
    with pytest.raises(DestinationError, match=r"refused.*PINTEREST_REST_URL"):
        send_all(small, proxy, tmp_path)


def test_request_too_large_is_sent_in_parts(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy(forever=too_large(30)) as proxy:
        result = send_all(small, proxy, tmp_path)
    assert (result.acknowledged, result.refused) == (ROWS, 0)
    for topic in TOPICS.values():
        assert proxy.keys(topic) == list(range(ROWS))


def test_record_too_large_is_refused(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy(forever=too_large(0)) as proxy:
        sender = RestSender(proxy.url)
        result = post(
            small, Sequential(), SenderDestination(RECORDS, TOPICS, sender, tmp_path / "refused.jsonl"), count=3
        )
    assert (result.acknowledged, result.refused) == (3, 9)


def test_refused_records_are_kept_and_sent_again(small: SourceDatabase, tmp_path: Path) -> None:
    refused = tmp_path / "refused.jsonl"
    with ScriptedProxy(*[fail_some(50002, every=50)] * 30) as proxy:
        result = send_all(small, proxy, tmp_path)
        assert (result.acknowledged, result.refused) == (ROWS, 60)
        assert len(refused.read_text().splitlines()) == 60
        lines = [json.loads(line) for line in refused.read_text().splitlines()]
        assert {(line["error_code"], line["error"]) for line in lines} == {(50002, "some reason")}
        assert Counter(line["topic"] for line in lines) == dict.fromkeys(TOPICS.values(), 20)

        proxy.faults = [fail_some(50002, every=2)] * 3
        again = send_again(refused, RestSender(proxy.url))
        assert (again.accepted, again.refused) == (30, 30)
        assert len(refused.read_text().splitlines()) == 30
        again = send_again(refused, RestSender(proxy.url))
        assert (again.accepted, again.refused) == (30, 0)
    assert not refused.exists()
    rows = {posting.ind: posting for batch in small.read_in_order() for posting in batch}
    for name, topic in TOPICS.items():
        assert Counter(proxy.keys(topic)) == EACH_ONCE
        assert all(record["value"] == rows[record["key"]].record(name) for record in proxy.topics[topic])
        assert all(record["value"][RECORDS[name].key] == record["key"] for record in proxy.topics[topic])


def test_posting_that_goes_on_counts_what_was_refused_before(small: SourceDatabase, tmp_path: Path) -> None:
    """`post` ends with exit status 1 where any record of the order was refused, whichever run sent it."""
    results = []
    with ScriptedProxy(*[fail_some(50002, every=50)] * len(TOPICS)) as proxy:
        for count in (100, 200):
            sender = RestSender(proxy.url, batch=100)
            destination = SenderDestination(RECORDS, TOPICS, sender, tmp_path / "refused.jsonl")
            checkpoint = tmp_path / "checkpoint.json"
            results.append(post(small, Sequential(), destination, count=count, checkpoint=checkpoint, resume=True))
    assert [(result.posted, result.refused) for result in results] == [(100, 6), (100, 6)]


def test_command_ends_with_status_1_as_long_as_records_are_refused(small_url: str, tmp_path: Path) -> None:
    call, refused = runner(tmp_path), tmp_path / "data" / "posting" / "rest.refused.jsonl"
    with ScriptedProxy(*[fail_some(50002, every=50)] * len(TOPICS)) as proxy:
        variables = {"PINTEREST_SOURCE_URL": small_url, "PINTEREST_REST_URL": proxy.url}
        for _ in range(2):  # The second has nothing left to do.
            done = call("post", "--to", "rest", "--count", "100", "--resume", **variables)
            assert done.returncode == 1, done.stderr
            assert f"6 records refused. They are kept, with the reason, in {refused}." in done.stdout
        assert call("post", "--to", "rest", "--retry", str(refused), **variables).returncode == 0


def test_sending_again_that_fails_keeps_the_rest(small: SourceDatabase, tmp_path: Path) -> None:
    refused = tmp_path / "refused.jsonl"
    with ScriptedProxy(*[fail_some(50002, every=1)] * 30) as proxy:
        assert send_all(small, proxy, tmp_path).refused == 3 * ROWS
        proxy.forever = answer(403)
        before = refused.read_text()
        with pytest.raises(DestinationError, match="HTTP 403"):
            send_again(refused, RestSender(proxy.url))
    assert sorted(refused.read_text().splitlines()) == sorted(before.splitlines())


def test_line_that_is_no_refused_record_sends_nothing(small: SourceDatabase, tmp_path: Path) -> None:
    refused = tmp_path / "refused.jsonl"
    with ScriptedProxy(*[fail_some(50002, every=1)] * 30) as proxy:
        send_all(small, proxy, tmp_path)
        proxy.requests.clear()
        with refused.open("a") as file:
            file.write('{"index": 3}\n')
        with pytest.raises(DestinationError, match="line 3001"):
            send_again(refused, RestSender(proxy.url))
        assert not proxy.requests


def test_half_a_line_left_by_a_kill_is_cut(small: SourceDatabase, tmp_path: Path) -> None:
    refused = tmp_path / "refused.jsonl"
    with ScriptedProxy(*[fail_some(50002, every=1)] * 30) as proxy:
        send_all(small, proxy, tmp_path)
        refused.write_bytes(refused.read_bytes() + b'{"topic":"t.pin","key":1,"va')
        assert send_again(refused, RestSender(proxy.url)).accepted == 3 * ROWS


def test_file_of_refused_records_has_one_user(small: SourceDatabase, tmp_path: Path) -> None:
    with ScriptedProxy() as proxy:
        first = SenderDestination(RECORDS, TOPICS, RestSender(proxy.url), tmp_path / "refused.jsonl")
        first.open(None)
        with pytest.raises(DestinationError, match="Another posting uses"):
            send_all(small, proxy, tmp_path)
        first.close()
        assert send_all(small, proxy, tmp_path).acknowledged == ROWS
