"""Real servers for tests: a Kafka broker, an S3 server, a MySQL, a Kinesis, each started when a test first asks for it.

A test that asks for one of these fixtures is marked `servers` by itself, whatever folder it is in; one that starts
servers otherwise says `@pytest.mark.servers`. `make test-core` runs all others, which need Python only.

Session scope: `broker`, `s3_server`, `mysql_server`, `kinesis`; a test that kills one starts it again before it ends.
Fresh for each test: `topic_prefix` (also of streams), `bucket`, `database`.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from typing import Any, TypeVar

import pytest

from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform.stack.mysql import MySQLServer
from pinterest_platform.stack.process import Server
from pinterest_platform.stack.s3 import S3Server

S = TypeVar("S", bound=Server)
_FIXTURES = {"broker", "s3_server", "mysql_server", "kinesis"}

#: For every Java started from here on: one that lives for seconds should not spend them on compiling itself well.
_JAVA = "-XX:TieredStopAtLevel=1"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "servers: needs real servers, and so Java, Maven, MariaDB (`make test`)")
    os.environ.setdefault("JDK_JAVA_OPTIONS", _JAVA)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


def _serve(server: S) -> Iterator[S]:
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    yield from _serve(KafkaBroker(tmp_path_factory.mktemp("broker")))


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    yield from _serve(S3Server(tmp_path_factory.mktemp("s3")))


@pytest.fixture(scope="session")
def mysql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MySQLServer]:
    yield from _serve(MySQLServer(tmp_path_factory.mktemp("mysql")))


@pytest.fixture(scope="session")
def kinesis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KinesisServer]:
    yield from _serve(KinesisServer(tmp_path_factory.mktemp("kinesis")))


def only_aws_of(server: S3Server | KinesisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables with which clients find the server, and nothing else of AWS's."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/nowhere")
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def topic_prefix() -> str:
    """For the topics or streams of one test, which it makes itself."""
    return f"t{uuid.uuid4().hex[:11]}"


@pytest.fixture(scope="session")
def s3_client(s3_server: S3Server) -> Any:
    """A boto3 client of the server. It takes a while to make one."""
    return s3_server.client()


def make_bucket(s3_client: Any) -> str:
    """Name of an empty bucket."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    s3_client.create_bucket(Bucket=name)
    return name


@pytest.fixture
def bucket(s3_client: Any) -> str:
    """Name of an empty bucket of the test's own."""
    return make_bucket(s3_client)


@pytest.fixture
def database(mysql_server: MySQLServer) -> str:
    """SQLAlchemy URL of an empty database."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with mysql_server.connect() as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
    return mysql_server.url_of(name)
