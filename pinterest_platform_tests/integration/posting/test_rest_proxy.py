"""Our REST proxy answers as the contract of version 2 says, errors included."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from pinterest_platform.settings import Settings
from pinterest_platform_tests.integration.posting.conftest import held

JSON = "application/vnd.kafka.json.v2+json"


def send(settings: Settings, body: str, content_type: str = JSON, topic: str | None = None) -> requests.Response:
    url = f"{settings.rest_url}/topics/{topic or settings.topic('geo')}"
    return requests.post(url, body.encode(), headers={"Content-Type": content_type}, timeout=60)


def records(*records: dict[str, Any]) -> str:
    return json.dumps({"records": records}, ensure_ascii=False)


def test_each_record_has_partition_and_offset(settings: Settings) -> None:
    reply = send(settings, records({"key": 1, "value": {"ind": 1}}, {"key": 1, "value": {"ind": 2}}))
    assert reply.status_code == 200
    assert reply.headers["Content-Type"] == "application/vnd.kafka.v2+json"
    assert set(reply.json()) == {"offsets", "key_schema_id", "value_schema_id"}
    first, second = reply.json()["offsets"]
    assert first == {"partition": first["partition"], "offset": 0, "error_code": None, "error": None}
    assert second == {**first, "offset": 1}


def test_records_are_kept_as_they_came(settings: Settings) -> None:
    value = {"text": 'Zoë 🎉 "x"\n', "long": 123456789012345678901234567890, "none": None, "number": 0.1, "list": [1]}
    sent = [{"key": 7, "value": value}, {"key": "7", "value": "text"}, {"key": 8, "value": None}]
    reply = send(settings, records(*sent, {"value": 3, "partition": 2}))
    assert [entry["error_code"] for entry in reply.json()["offsets"]] == [None] * 4
    found = {(record.key, record.value): record.partition for record in held(settings)["geo"]}
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert set(found) == {(b"7", compact), (b'"7"', b'"text"'), (None, b"3"), (b"8", None)}
    assert found[None, b"3"] == 2  # type: ignore[index]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ('{"records":[]}', JSON, 422),
        ("{}", JSON, 422),
        ("[1]", JSON, 422),
        ('{"records":[{"valu":1}]}', JSON, 422),
        ('{"records":[{"value":1,"more":2}]}', JSON, 422),
        ('{"records":[{"value":', JSON, 400),
        ('{"records":[{"value":NaN}]}', JSON, 400),
        ('{"records":' + "[" * 100_000, JSON, 400),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), JSON, 400),
        ('{"records":[{"value":1}]}', "application/json", 415),
        ('{"records":[{"value":"eA=="}]}', "application/vnd.kafka.binary.v2+json", 415),
    ],
)
def test_request_that_is_none_is_refused_whole(settings: Settings, body: str, content_type: str, status: int) -> None:
    reply = send(settings, body, content_type)
    assert (reply.status_code, reply.json()["error_code"]) == (status, status)
    assert reply.json()["message"]
    assert not held(settings)["geo"]


def test_unknown_topic_fails_each_record_at_once(settings: Settings) -> None:
    reply = send(settings, records(*[{"value": number} for number in range(500)]), topic="unknown.topic")
    assert reply.status_code == 200
    assert [entry["error_code"] for entry in reply.json()["offsets"]] == [50003] * 500
    assert reply.elapsed.total_seconds() < 30


def test_one_bad_record_fails_alone(settings: Settings) -> None:
    reply = send(settings, records({"value": "x" * 2_000_000}, {"value": 1}, {"value": 1, "partition": 77}))
    large, fine, nowhere = reply.json()["offsets"]
    assert (large["error_code"], fine["error_code"], nowhere["error_code"]) == (50002, None, 50002)
    assert "too large" in large["error"]
    assert "Unknown partition" in nowhere["error"]
    assert [record.value for record in held(settings)["geo"]] == [b"1"]


def test_topics_are_listed_and_described(settings: Settings) -> None:
    topics = requests.get(f"{settings.rest_url}/topics", timeout=30).json()
    assert {settings.topic("pin"), settings.topic("geo"), settings.topic("user")} <= set(topics)
    topic = requests.get(f"{settings.rest_url}/topics/{settings.topic('pin')}", timeout=30).json()
    replicas = [{"broker": 1, "leader": True, "in_sync": True}]
    partitions = [{"partition": number, "leader": 1, "replicas": replicas} for number in range(3)]
    assert topic == {"name": settings.topic("pin"), "configs": {}, "partitions": partitions}
    missing = requests.get(f"{settings.rest_url}/topics/nobody", timeout=30)
    assert (missing.status_code, missing.json()["error_code"]) == (404, 40401)
