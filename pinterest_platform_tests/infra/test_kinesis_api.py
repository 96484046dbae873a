"""The API before Kinesis as the stack describes it, its mapping templates evaluated, before a real Kinesis server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import airspeed
import pytest
import requests

from pinterest_platform.kinesis.streams import create_streams
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.database import SourceDatabase
from pinterest_platform.pinterest.source.loading import load
from pinterest_platform.posting.emulator import post
from pinterest_platform.posting.orders import Sequential
from pinterest_platform.posting.senders.destination import SenderDestination
from pinterest_platform.posting.senders.http.kinesis_api import KinesisApiSender
from pinterest_platform.posting.senders.sender import Record
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform_tests.infra.stacks import Account
from pinterest_platform_tests.infra.test_access import as_list
from pinterest_platform_tests.integration.kinesis.api_gateway import METHODS, ApiGateway
from pinterest_platform_tests.integration.kinesis.streams import held
from pinterest_platform_tests.integration.kinesis.test_api_gateway import NASTY

ROWS = 30


@pytest.fixture
def gateway(account: Account, kinesis: KinesisServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiGateway]:
    """The gateway of the tests, with nothing of its own but what the stack says: methods, actions and templates."""
    for name, value in kinesis.environment().items():
        monkeypatch.setenv(name, value)
    paths = {"<kinesis-api.Api.RootResourceId>": ""}
    for resource in account.of_type("AWS::ApiGateway::Resource"):
        parent, part = resource.properties["ParentId"], resource.properties["PathPart"]
        paths[f"<{resource.id}>"] = f"{paths[parent]}/{part}"
    methods, templates = {}, {}
    for method in account.of_type("AWS::ApiGateway::Method"):
        integration, verb = method.properties["Integration"], method.properties["HttpMethod"]
        action = integration["Uri"].rpartition("/")[2]
        methods[verb, paths[method.properties["ResourceId"]]] = (action, action)
        templates[action] = airspeed.Template(integration["RequestTemplates"]["application/json"])
    assert methods.keys() == METHODS.keys()
    with ApiGateway(kinesis.endpoint) as gateway:
        gateway.methods, gateway.templates = methods, templates
        yield gateway


@pytest.fixture
def settings(kinesis: KinesisServer, gateway: ApiGateway, topic_prefix: str, tmp_path: Path) -> Settings:
    return load_settings(
        data=tmp_path, topic_prefix=topic_prefix, kinesis_endpoint=kinesis.endpoint, kinesis_api_url=gateway.url
    )


def test_postings_arrive_whole_and_once(settings: Settings, gateway: ApiGateway, kinesis: KinesisServer) -> None:
    load(settings.source, ROWS, 1)
    create_streams(settings, RECORDS, 2)
    streams = {record: settings.kinesis_stream(record) for record in RECORDS}
    with SourceDatabase(settings.source) as source:
        destination = SenderDestination(
            RECORDS, streams, KinesisApiSender(gateway.url), settings.data / "refused.jsonl"
        )
        assert post(source, Sequential(), destination, count=ROWS).acknowledged == ROWS
    for record, stream in streams.items():
        arrived = {int(each.key): json.loads(each.data) for each in held(kinesis.client(), stream)}
        assert arrived == dict(enumerate(rows(settings, record))), record


@pytest.mark.parametrize("count", [1, len(NASTY)])
def test_any_text_arrives_as_it_is(settings: Settings, gateway: ApiGateway, kinesis: KinesisServer, count: int) -> None:
    create_streams(settings, RECORDS, 1)
    stream, sender = settings.kinesis_stream("pin"), KinesisApiSender(gateway.url)
    values = [{"index": n, "title": text, "number": 1.5, "none": None} for n, text in enumerate(NASTY)]
    records = [Record(stream, str(value["index"]), json.dumps(value, ensure_ascii=False)) for value in values]
    for first in range(0, len(records), count):
        assert sender.submit(records[first : first + count]).refusals() == []
    sender.close()
    taken = {path.rpartition("/")[2] for verb, path in gateway.requests if verb == "PUT"}
    assert taken == {"record" if count == 1 else "records"}, "a batch that is refused is sent again record by record"
    arrived = sorted((each.key, json.loads(each.data)) for each in held(kinesis.client(), stream))
    assert arrived == [(str(value["index"]), value) for value in values]


def test_streams_are_listed_made_described_and_deleted(
    settings: Settings, gateway: ApiGateway, kinesis: KinesisServer
) -> None:
    # The first hundred names are listed.
    stream = f"0-{settings.kinesis_stream('pin')}"
    url = f"{gateway.url}/streams"
    assert requests.post(f"{url}/{stream}", json={"ShardCount": 3}, timeout=30).status_code == 200
    kinesis.client().get_waiter("stream_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    assert stream in names(requests.get(url, timeout=30))
    summary = requests.get(f"{url}/{stream}", timeout=30).json()["StreamDescriptionSummary"]
    assert (summary["StreamName"], summary["OpenShardCount"]) == (stream, 3)
    assert requests.delete(f"{url}/{stream}", timeout=30).status_code == 200
    kinesis.client().get_waiter("stream_not_exists").wait(StreamName=stream, WaiterConfig={"Delay": 1})
    assert stream not in names(requests.get(url, timeout=30))


def test_a_stream_gets_one_shard_unless_said_otherwise(gateway: ApiGateway) -> None:
    assert json.loads(gateway.request_of("CreateStream", "s", b"{}")) == {"StreamName": "s", "ShardCount": 1}


@pytest.mark.parametrize("action", ["PutRecord", "PutRecords"])
@pytest.mark.parametrize("key", ['7", "StreamName": "other', "it's \\ one", "a/b\n"])
def test_partition_key_is_a_text_and_nothing_more(gateway: ApiGateway, action: str, key: str) -> None:
    one = {"Data": {"ind": 7}, "PartitionKey": key}
    several = {"records": [{"data": "7", "partition-key": key}]}
    body = json.dumps(one if action == "PutRecord" else several).encode()
    made = json.loads(gateway.request_of(action, "s", body), object_pairs_hook=once)
    assert made["StreamName"] == "s"
    assert (made if action == "PutRecord" else made["Records"][0])["PartitionKey"] == key


def test_number_of_shards_and_name_are_nothing_more(gateway: ApiGateway) -> None:
    body = json.dumps({"ShardCount": '1, "StreamName": "other"'}).encode()
    made = json.loads(gateway.request_of("CreateStream", 's", "ShardCount": 9, "x": "', body), object_pairs_hook=once)
    assert made == {"StreamName": 's", "ShardCount": 9, "x": "', "ShardCount": '1, "StreamName": "other"'}


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def test_streams_are_made_and_deleted_by_the_api_on_request_only(account: Account) -> None:
    [policy] = account.get("kinesis-api.Role").properties["Policies"]
    actions = {action for each in policy["PolicyDocument"]["Statement"] for action in as_list(each["Action"])}
    assert not actions & {"kinesis:CreateStream", "kinesis:DeleteStream"}


def rows(settings: Settings, record: str) -> list[dict[str, Any]]:
    """The source's own rows; SQLite keeps microseconds too, which nobody sends."""
    with closing(sqlite3.connect(settings.source.removeprefix("sqlite:///"))) as database:
        database.row_factory = sqlite3.Row
        found = [dict(row) for row in database.execute(f"SELECT * FROM {RECORDS[record].source_table} ORDER BY 1")]
    times = {"timestamp", "date_joined"}
    return [{name: value[:19] if name in times else value for name, value in row.items()} for row in found]


def names(reply: requests.Response) -> list[str]:
    found: dict[str, Any] = reply.json()
    return list(found["StreamNames"])
