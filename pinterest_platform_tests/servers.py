"""Real servers for tests: Kafka broker, S3 server, MySQL, PostgreSQL, Kinesis, each started when a test asks for it.

A test that asks for one of these fixtures is marked `servers` by itself, whatever folder it is in; one that starts
servers otherwise says `@pytest.mark.servers`. `make test-core` runs all others, which need Python only.

All workers of a run share `broker`, `s3_server`, `mysql_server`, `postgres_server`, `kinesis` and `connect`: the first
test that needs one starts it, and the run stops it at its end. A module that kills servers is marked `kills_servers`
and gets its own, but for `connect`. Fresh for each test: `topic_prefix` (also of streams), `bucket`, `database` (of
MySQL), `postgres`.
"""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest
from filelock import FileLock

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import load_settings
from pinterest_platform.stack.connect import ConnectWorker
from pinterest_platform.stack.connector import connector_settings
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.kinesis import KinesisServer
from pinterest_platform.stack.mysql import MySQLServer
from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform.stack.process import Server
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.cost import Account, Meter, spent
from pinterest_platform_tests.secured_broker import SecuredBroker

S = TypeVar("S", bound=Server)
_FIXTURES = {"broker", "s3_server", "mysql_server", "postgres_server", "kinesis", "connect"}

#: Bucket of the connector that the shared Connect worker starts with. It has no topics.
_IDLE = "idle-connector"


def _connect_worker(folder: Path) -> ConnectWorker:
    """Between the broker and the S3 server in the folders beside it."""
    s3 = S3Server(folder.with_name("s3"))
    settings = load_settings(landing=f"s3://{_IDLE}", topic_prefix=_IDLE, _env_file=None)
    region = s3.environment()["AWS_REGION"]
    connector = connector_settings(settings, RECORDS, region=region, endpoint=s3.endpoint, tasks=1, replication=1)
    return ConnectWorker(folder, KafkaBroker(folder.with_name("kafka")).bootstrap_servers, connector, s3.environment())


#: In the order in which they are stopped.
_SERVERS: dict[str, Callable[[Path], Server]] = {
    "connect": _connect_worker,
    "kafka": SecuredBroker,
    "s3": S3Server,
    "mysql": MySQLServer,
    "postgres": PostgresServer,
    "kinesis": KinesisServer,
}

#: For every Java started from here on: one that lives for seconds should not spend them on compiling itself well. Spark
#: has so many classes that without the sizes compiled code is thrown out and made again, and all memory searched.
_JAVA = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:MetaspaceSize=256m"


class SharedServers:
    """The servers that all workers of a run share, each in a folder below `root`. The process that collects results
    owns them: workers come and go."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._started: dict[str, Server] = {}

    def server(self, name: str) -> Server:
        """The server, which runs."""
        if name not in self._started:
            server = _SERVERS[name](self.root / name)
            with FileLock(self.root / f"{name}.lock"):
                server.start()
            self._started[name] = server
        return self._started[name]

    def stop(self) -> dict[str, float]:
        """Stop all that run; the CPU-seconds that each took."""
        cost = {}
        for name, kind in _SERVERS.items():
            if (self.root / name).exists() and (server := kind(self.root / name)).is_running():
                cost[name] = spent(server.pid)
                server.stop()
        return cost


class _Owner:
    """What the process that collects results does: it hands the folder of servers to workers, and stops them."""

    def __init__(self, shared: SharedServers, account: Account, folder: tempfile.TemporaryDirectory[str]) -> None:
        self._shared = shared
        self._account = account
        self._folder = folder

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        node.workerinput["servers"] = str(self._shared.root)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        self._account.servers = self._shared.stop()
        self._folder.cleanup()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "servers: needs real servers, and so Java, Maven, MariaDB, PostgreSQL (`make test`)"
    )
    config.addinivalue_line("markers", "kills_servers: a module whose servers are its own, because it kills them")
    os.environ.setdefault("JDK_JAVA_OPTIONS", _JAVA)
    workerinput = getattr(config, "workerinput", None)
    if workerinput is None:
        folder = tempfile.TemporaryDirectory(prefix="servers-", ignore_cleanup_errors=True)
        shared, account = SharedServers(Path(folder.name)), Account()
        config.pluginmanager.register(account)
        config.pluginmanager.register(_Owner(shared, account, folder))
    else:
        shared = SharedServers(Path(workerinput["servers"]))
    config.stash[_SHARED] = shared
    if workerinput is not None or not config.getoption("numprocesses", None):
        config.pluginmanager.register(Meter(shared.root))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("servers")


_SHARED = pytest.StashKey[SharedServers]()


def _serve(kind: type[S], name: str, request: pytest.FixtureRequest, folders: pytest.TempPathFactory) -> Iterator[S]:
    if request.node.get_closest_marker("kills_servers"):
        own = kind(folders.mktemp(name))
        own.start()
        yield own
        own.stop()
    else:
        server = request.config.stash[_SHARED].server(name)
        assert isinstance(server, kind)
        yield server


@pytest.fixture(scope="module")
def broker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    yield from _serve(KafkaBroker, "kafka", request, tmp_path_factory)


@pytest.fixture(scope="module")
def s3_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    yield from _serve(S3Server, "s3", request, tmp_path_factory)


@pytest.fixture(scope="module")
def mysql_server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MySQLServer]:
    yield from _serve(MySQLServer, "mysql", request, tmp_path_factory)


@pytest.fixture(scope="module")
def postgres_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[PostgresServer]:
    yield from _serve(PostgresServer, "postgres", request, tmp_path_factory)


@pytest.fixture(scope="module")
def kinesis(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[KinesisServer]:
    yield from _serve(KinesisServer, "kinesis", request, tmp_path_factory)


@pytest.fixture(scope="module")
def connect(request: pytest.FixtureRequest, broker: KafkaBroker, s3_server: S3Server) -> ConnectWorker:
    """A worker between the two that runs any number of connectors: `integration/connect` adds and removes its own."""
    del broker
    client = s3_server.client()
    with suppress(client.exceptions.BucketAlreadyOwnedByYou):
        client.create_bucket(Bucket=_IDLE)
    server = request.config.stash[_SHARED].server("connect")
    assert isinstance(server, ConnectWorker)
    return server


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


@pytest.fixture(scope="module")
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


@pytest.fixture
def postgres(postgres_server: PostgresServer) -> str:
    """SQLAlchemy URL of an empty database of PostgreSQL."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with postgres_server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return postgres_server.url_of(name)
