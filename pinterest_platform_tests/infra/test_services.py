"""The containers of Dagster and of streams beside one another, as their image and their task definitions say, before
real servers: a run that is asked for at the webserver is done, what is put into a stream is in its table.

ECS is moto's, which starts no containers: the test starts those that it was asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pinterest_platform.kinesis.streams import create_streams
from pinterest_platform.lake.lake import Lake
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform.stack.ports import choose_port
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests import landing_data
from pinterest_platform_tests.infra.containers import Containers, known_to_aws, until
from pinterest_platform_tests.infra.ecs import asked_to_start
from pinterest_platform_tests.infra.stacks import Account
from pinterest_platform_tests.infra.webserver import Webserver
from pinterest_platform_tests.integration.kinesis.streams import held

pytestmark = pytest.mark.long

HEALTHY = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


@pytest.fixture
def page() -> Webserver:
    return Webserver(choose_port())


@pytest.fixture
def told(postgres: str, bucket: str) -> dict[str, str]:
    # These are not reached, and said to be none.
    none = dict.fromkeys(("PINTEREST_SOURCE_URL", "PINTEREST_SOURCE_SECRET", "PINTEREST_KAFKA_BROKERS"), "")
    return {**known_to_aws(postgres, bucket), **none, "PINTEREST_KAFKA_SECURITY": "plaintext"}


@pytest.fixture
def containers(
    account: Account,
    tmp_path: Path,
    postgres: str,
    s3_server: S3Server,
    told: dict[str, str],
    page: Webserver,
    ecs: dict[str, str],
) -> Iterator[Containers]:
    code = str(choose_port())
    ports = {"4000": code, "3000": str(page.port)}
    made = Containers(account, "dagster.Task", tmp_path, told, {**s3_server.environment(), **ecs}, ports)
    made.use(postgres)
    workspace = made.home / "workspace.yaml"
    workspace.write_text(workspace.read_text().replace("port: 4000", f"port: {code}"))
    yield made
    made.stop()


def test_run_that_is_asked_for_at_the_webserver_is_done_in_a_task_of_its_own(
    containers: Containers,
    account: Account,
    tmp_path: Path,
    told: dict[str, str],
    s3_server: S3Server,
    page: Webserver,
    s3_client: Any,
    bucket: str,
) -> None:
    containers.start("code")
    until(containers, lambda: containers.is_healthy("code"))
    containers.start("webserver")
    containers.start("daemon")
    run = until(containers, lambda: page.launch("maintenance"))
    command = until(containers, lambda: asked_to_start("pinterest-dev-run", run))
    daemons = page.ask(HEALTHY)["instance"]["daemonHealth"]["allDaemonStatuses"]
    assert [each["daemonType"] for each in daemons if each["required"] and not each["healthy"]] == []
    # As long as Dagster is deployed again.
    containers.terminate("code")
    task = Containers(account, "dagster.RunTask", tmp_path / "run", told, s3_server.environment())
    done = task.run("run", command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert until(containers, lambda: page.ended(run)) == "SUCCESS", containers.logs()
    printed = s3_client.list_objects_v2(Bucket=bucket, Prefix=f"compute-logs/storage/{run}/")
    assert printed["KeyCount"] > 0, "what steps print is in S3"


def test_what_is_put_into_a_stream_is_in_its_table_and_told(
    account: Account,
    tmp_path: Path,
    postgres: str,
    s3_server: S3Server,
    bucket: str,
    kinesis: KinesisServer,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = {**kinesis.environment(), **s3_server.environment(), "PINTEREST_STREAM_TRIGGER": "0"}
    told = {**known_to_aws(postgres, bucket), "PINTEREST_TOPIC_PREFIX": topic_prefix}
    for name, value in s3_server.environment().items():
        monkeypatch.setenv(name, value)
    settings = load_settings(topic_prefix=topic_prefix, kinesis_endpoint=kinesis.endpoint, _env_file=None)
    create_streams(settings, RECORDS, 1)
    for index in range(3):
        kinesis.client().put_record(
            StreamName=settings.kinesis_stream("pin"), Data=landing_data.pin(index), PartitionKey=str(index)
        )
    containers = Containers(account, "stream.Task", tmp_path, told, local)
    containers.use(postgres)
    containers.start("stream")
    try:
        lake = Lake(told["PINTEREST_LAKE"])
        until(containers, lambda: (table := lake.open("stream/pin")) and table.count() == 3)
        until(containers, lambda: materializations(postgres, "stream/pin"))
        assert containers.terminate("stream") == 0, containers.logs()
    finally:
        containers.stop()


def test_commands_of_the_page_run_beside_the_source(
    account: Account,
    tmp_path: Path,
    database: str,
    kinesis: KinesisServer,
    broker: KafkaBroker,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in kinesis.environment().items():
        monkeypatch.setenv(name, value)
    told = {
        "PINTEREST_TOPIC_PREFIX": topic_prefix,
        "PINTEREST_SOURCE_URL": database,
        "PINTEREST_SOURCE_SECRET": "",
        "PINTEREST_KAFKA_BROKERS": broker.bootstrap_servers,
        "PINTEREST_KAFKA_SECURITY": "plaintext",
    }
    settings = load_settings(topic_prefix=topic_prefix, kinesis_endpoint=kinesis.endpoint, _env_file=None)
    create_streams(settings, RECORDS, 1)
    posting = Containers(account, "posting.Task", tmp_path, told, kinesis.environment())
    post = "post --to kinesis --order sequential --count 5"
    # There the topics are made by their stack.
    for command in ("source load --rows 50", "topics create --replication 1", "topics list", post):
        done = posting.run("posting", command.split())
        assert done.returncode == 0, done.stdout + done.stderr
    assert len(held(kinesis.client(), settings.kinesis_stream("pin"))) == 5


def materializations(postgres: str, address: str) -> int:
    with psycopg.connect(postgres) as connection:
        try:
            found = connection.execute(
                "SELECT COUNT(*) FROM event_logs WHERE asset_key = %s", [json.dumps(address.split("/"))]
            ).fetchone()
        except psycopg.errors.UndefinedTable:
            return 0
    return int(found[0]) if found else 0
