"""The gateway before Kinesis: whom it lets in, what its own answers mean, and that its mapping templates can be trusted
with any row."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.auth import rest_auth
from pinterest_platform.posting.senders.http.kinesis_api import KinesisApiSender
from pinterest_platform.posting.senders.sender import Record
from pinterest_platform.settings import Settings
from pinterest_platform_tests.integration.kinesis.api_gateway import ApiGateway, Handler
from pinterest_platform_tests.integration.kinesis.conftest import keys, posted
from pinterest_platform_tests.integration.kinesis.scripted_kinesis import ScriptedKinesis, answer
from pinterest_platform_tests.integration.kinesis.streams import held, streams_of
from pinterest_platform_tests.posting.test_rest_auth import is_signed, set_credentials

NASTY = ['a"b\\c', "line\nend\r\t", "$input.json('$')", "#end #set($x = 1)", "🙂 漢字 \u2028 𝓑", "</script>", ""]


def send(settings: Settings, source: SourceDatabase, count: int = 20, give_up: float = 30, **changes: Any) -> int:
    given = settings.model_copy(update=changes)
    sender = KinesisApiSender(given.kinesis_api_url, rest_auth(given, given.kinesis_api_url), give_up=give_up)
    destination = SenderDestination(RECORDS, streams_of(given), sender, given.data / "refused.jsonl")
    return post(source, Sequential(), destination, count=count).acknowledged


@pytest.mark.parametrize("count", [1, len(NASTY)])
def test_any_text_arrives_as_it_is(settings: Settings, gateway: ApiGateway, client: Any, count: int) -> None:
    stream, sender = settings.kinesis_stream("pin"), KinesisApiSender(gateway.url)
    values = [{"index": n, "title": text, "number": 1.5, "none": None} for n, text in enumerate(NASTY)]
    records = [Record(stream, str(v["index"]), json.dumps(v, ensure_ascii=False)) for v in values]
    for first in range(0, len(records), count):
        assert sender.submit(records[first : first + count]).refusals() == []
    sender.close()
    arrived = {record.key: json.loads(record.data) for record in held(client, stream)}
    assert arrived == {str(value["index"]): value for value in values}
    assert {path.rpartition("/")[2] for _, path in gateway.requests} == {"record" if count == 1 else "records"}


def test_templates_make_kinesis_requests(gateway: ApiGateway) -> None:
    one = {"StreamName": "elsewhere", "Data": {"ind": 7, "timestamp": "2020-01-02 03:04:05"}, "PartitionKey": "7"}
    several = {"records": [{"data": '{"ind":7}', "partition-key": "7"}, {"data": '{"ind":8}', "partition-key": "8"}]}
    made = json.loads(gateway.request_of("put-record.vtl", "s", json.dumps(one).encode()))
    assert json.loads(base64.b64decode(made.pop("Data"))) == one["Data"]
    assert made == {"StreamName": "s", "PartitionKey": "7"}
    made = json.loads(gateway.request_of("put-records.vtl", "s", json.dumps(several).encode()))
    assert [(r["PartitionKey"], base64.b64decode(r["Data"])) for r in made.pop("Records")] == [
        ("7", b'{"ind":7}'),
        ("8", b'{"ind":8}'),
    ]
    assert made == {"StreamName": "s"}
    assert json.loads(gateway.request_of("describe-stream.vtl", "s", b"")) == {"StreamName": "s"}


def test_error_in_a_reply_of_success_is_seen(
    settings: Settings, gateway: ApiGateway, source: SourceDatabase, client: Any
) -> None:
    gateway.maps_errors = False
    throttled = answer(400, "ProvisionedThroughputExceededException")
    with ScriptedKinesis(settings.kinesis_endpoint, *[throttled] * 5) as kinesis:
        gateway.kinesis = kinesis.url
        assert send(settings, source) == 20
    assert all(keys(records) == list(range(20)) for records in posted(settings, client).values())
    gateway.kinesis = settings.kinesis_endpoint
    with pytest.raises(DestinationError, match="has no stream 'streaming-nobodys-pin'"):
        send(settings, source, topic_prefix="nobodys")


@pytest.mark.parametrize(
    "answer", [(429, {"message": "Too Many Requests"}), (504, {"message": "Endpoint request timed out"})]
)
def test_gateway_in_trouble_is_asked_again(
    settings: Settings, gateway: ApiGateway, source: SourceDatabase, client: Any, answer: tuple[int, Any]
) -> None:
    gateway.answers = [(*answer, {"Retry-After": "0.01"})] * 5
    assert send(settings, source) == 20
    assert not gateway.answers
    assert all(keys(records) == list(range(20)) for records in posted(settings, client).values())


def test_request_too_large_is_sent_in_parts(
    settings: Settings, gateway: ApiGateway, source: SourceDatabase, client: Any
) -> None:
    gateway.most_bytes = 5_000
    assert send(settings, source) == 20
    pins = [path for _, path in gateway.requests if settings.kinesis_stream("pin") in path]
    assert len(pins) > 4, "each pin has hundreds of bytes"
    assert all(keys(records) == list(range(20)) for records in posted(settings, client).values())


@pytest.mark.parametrize(
    ("status", "content", "expected"),
    [
        (403, {"message": "Forbidden"}, "HTTP 403.*PINTEREST_REST_AUTH"),
        (404, {"message": "Not Found"}, "HTTP 404.*/streams/{stream-name}/record"),
        (200, {"message": "hello"}, "not a reply of an API Gateway.*PINTEREST_KINESIS_API_URL"),
        (200, {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1"}]}, "not a reply of an API Gateway"),
        (400, {"__type": "AccessDeniedException", "Message": "not you"}, "not you.*Grant .* kinesis:PutRecords"),
    ],
)
def test_what_cannot_pass_ends_the_posting(
    settings: Settings, gateway: ApiGateway, source: SourceDatabase, status: int, content: Any, expected: str
) -> None:
    gateway.answers = [(status, content, {})] * 3
    with pytest.raises(DestinationError, match=expected):
        send(settings, source)


def test_url_without_its_stage_is_told(settings: Settings, gateway: ApiGateway, source: SourceDatabase) -> None:
    with pytest.raises(DestinationError, match="Missing Authentication Token"):
        send(settings, source, kinesis_api_url=gateway.url.removesuffix("/test"))


def test_api_key_lets_in(settings: Settings, gateway: ApiGateway, source: SourceDatabase) -> None:
    def has_key(handler: Handler, _: bytes) -> bool:
        return handler.headers["x-api-key"] == "k3y"

    gateway.guard = has_key
    with_key = settings.model_copy(update={"rest_auth": "api_key"})
    assert send(with_key, source, rest_api_key=SecretStr("k3y")) == 20
    with pytest.raises(DestinationError, match=r"403.*Forbidden") as caught:
        send(with_key, source, rest_api_key=SecretStr("wr0ng"))
    assert "wr0ng" not in str(caught.value)


def test_signature_is_aws_own(
    settings: Settings,
    gateway: ApiGateway,
    source: SourceDatabase,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    set_credentials(monkeypatch, tmp_path)
    gateway.guard = is_signed
    assert send(settings, source, rest_auth="sigv4") == 20
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(DestinationError, match="403"):
        send(settings, source, rest_auth="sigv4")
