"""The local stack as a whole: its servers, their order, and the environment variables to use them.

Each server has its own module. The commands are in `cli/stack.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from pinterest_platform.domain import Domain
from pinterest_platform.errors import PlatformError
from pinterest_platform.kafka.offsets import read_offsets
from pinterest_platform.settings import Settings
from pinterest_platform.stack.connect import ConnectWorker
from pinterest_platform.stack.connector import connector_settings
from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.kafka import KafkaBroker
from pinterest_platform.stack.mysql import MySQLServer
from pinterest_platform.stack.prerequisites import JAVA, MARIADB, MAVEN, require, require_packages
from pinterest_platform.stack.process import Server
from pinterest_platform.stack.rest_proxy import RestProxy
from pinterest_platform.stack.s3 import S3Server

BUCKET = "pinterest-platform"
#: Inside the data folder.
FOLDER = "stack"
#: Seconds until the sink closes a partly filled object. Short, because a user of a laptop waits for it.
_FLUSH_SECONDS = 2.0

#: Called with the name of a server and its progress.
Tell = Callable[[str, str], None]


@dataclass(frozen=True)
class ServerStatus:
    """State of a server. `state` is `up`, `stopped` or `no response`. `says` is its answer or its error."""

    name: str
    state: str
    address: str
    says: str


class Stack:
    """MySQL, Kafka broker, S3, REST proxy and Connect worker, with all their data in `<data>/stack`.

    If `settings` name a source database, the stack uses it and starts no MySQL.
    """

    def __init__(self, settings: Settings, domain: Domain) -> None:
        self.folder = settings.data / FOLDER
        self.mysql = MySQLServer(self.folder / "mysql")
        self.broker = KafkaBroker(self.folder / "kafka")
        self.s3 = S3Server(self.folder / "s3")
        self._given, self._domain = settings, domain

    @property
    def own_source(self) -> bool:
        """Whether the source database is the stack's own."""
        return not self._given.source_secret and self._given.source_url in ("", self.mysql.url)

    @property
    def rest(self) -> RestProxy:
        return RestProxy(self.folder / "rest", self.broker.bootstrap_servers)

    @property
    def connect(self) -> ConnectWorker:
        environment = self.s3.environment()
        connector = connector_settings(
            self.settings,
            self._domain.records,
            region=environment["AWS_REGION"],
            endpoint=self.s3.endpoint,
            flush_seconds=_FLUSH_SECONDS,
            tasks=1,
            replication=1,
        )
        return ConnectWorker(self.folder / "connect", self.broker.bootstrap_servers, connector, environment)

    @property
    def servers(self) -> dict[str, Server]:
        """All servers by name, in start order."""
        servers: tuple[Server, ...] = (self.mysql, self.broker, self.s3, self.rest, self.connect)
        return {server.name: server for server in servers}

    @property
    def settings(self) -> Settings:
        """The given settings, with the stack's addresses."""
        return self._given.model_copy(
            update={
                "source_url": self.mysql.url if self.own_source else self._given.source_url,
                "landing": f"s3://{BUCKET}/landing",
                "lake": f"s3://{BUCKET}/lake",
                "rest_url": self.rest.url,
                "rest_auth": "none",
                "kafka_brokers": self.broker.bootstrap_servers,
                "kafka_security": "plaintext",
                # Keeps runs on the stack's lake apart from those on a folder.
                "dagster_home_folder": self.folder / "dagster",
            }
        )

    def environment(self) -> dict[str, str]:
        """Environment variables for commands that use the stack, secrets included."""
        settings = self.settings
        return {
            "PINTEREST_DATA": str(settings.data),
            "PINTEREST_SOURCE_URL": settings.source_url,
            "PINTEREST_REST_URL": settings.rest_url,
            "PINTEREST_REST_AUTH": settings.rest_auth,
            "PINTEREST_KAFKA_BROKERS": settings.kafka_brokers,
            "PINTEREST_KAFKA_SECURITY": settings.kafka_security,
            "PINTEREST_LANDING": settings.landing,
            "PINTEREST_LAKE": settings.lake,
            "DAGSTER_HOME": str(settings.dagster_home),
            **self.s3.environment(),
        }

    def up(self, tell: Tell) -> None:
        """Start servers that are down, and create the topics and the bucket. Existing ones stay as they are.

        Raises:
            StackError: a program is missing, or a server does not start.
        """
        require_packages()
        require(JAVA, MAVEN, *([MARIADB] if self.own_source else []))
        with self._locked(tell):
            for server in (*([self.mysql] if self.own_source else []), self.broker, self.s3):
                _start(server, tell)
            self._make_topics(tell)
            self._make_bucket(tell)
            # Last, because both need the addresses of the others.
            _start(self.rest, tell)
            _start(self.connect, tell)

    def down(self, tell: Tell) -> None:
        """Stop running servers. Their data stays."""
        with self._locked(tell):
            # In reverse, so that each server stops before those that it uses.
            for server in reversed(self.servers.values()):
                if server.is_running():
                    server.stop()
                    tell(server.name, "stopped")

    def status(self) -> list[ServerStatus]:
        """The state of each server."""
        addresses = {
            self.mysql.name: self.mysql.url,
            self.broker.name: self.broker.bootstrap_servers,
            self.s3.name: self.s3.endpoint,
            self.rest.name: self.rest.url,
            self.connect.name: self.connect.url,
        }
        found = [_status(server, addresses[name]) for name, server in self.servers.items()]
        return found if self.own_source else [self._given_source(), *found[1:]]

    def not_landed(self) -> int:
        """Records in the topics that Connect has not yet written to S3 or to the dead letters."""
        # The sink commits an offset when all records before it are safe, so this is never too low.
        settings, now = self.settings, datetime.now(UTC)
        topics = [read_offsets(settings, settings.topic(record), now) for record in self._domain.records]
        return sum(at.end - max(at.first, at.committed) for topic in topics for at in topic.values())

    def _given_source(self) -> ServerStatus:
        """Ask the domain, which also reports the address."""
        try:
            address, _, says = self._domain.probes(self._given)["source"]().rpartition(": ")
            return ServerStatus("source", "up", address, says)
        except PlatformError as error:
            return ServerStatus("source", "no response", "PINTEREST_SOURCE_URL", str(error))

    def _make_topics(self, tell: Tell) -> None:
        from pinterest_platform.kafka.topics import TopicNeeds, create_topics

        topics, made = create_topics(self.settings, self._domain.records, TopicNeeds(replication=1))
        for topic in topics:
            if topic.name in made:
                tell("topic", f"{topic.name} created, {topic.partitions} partitions")

    def _make_bucket(self, tell: Tell) -> None:
        client = self.s3.client()
        if BUCKET not in [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]:
            client.create_bucket(Bucket=BUCKET)
            tell("bucket", f"{BUCKET} created")

    @contextmanager
    def _locked(self, tell: Tell) -> Iterator[None]:
        """Allow one `up` or `down` at a time. The kernel frees the lock of a killed one."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.folder / "lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            tell("stack", "waiting for another `stack up` or `stack down`")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()


def _start(server: Server, tell: Tell) -> None:
    server.progress = lambda text: tell(server.name, text)
    before = server.pid if server.is_running() else None
    server.start()
    tell(server.name, f"{'runs' if server.pid == before else 'started'}, {server.ask()}")


def _status(server: Server, address: str) -> ServerStatus:
    if not server.is_running():
        return ServerStatus(server.name, "stopped", address, "")
    try:
        return ServerStatus(server.name, "up", address, server.ask())
    except Exception as error:
        return ServerStatus(server.name, "no response", address, str(error) or type(error).__name__)


def find_stack(settings: Settings, domain: Domain) -> Stack:
    """Return the stack in the data folder.

    Raises:
        StackError: the data folder has no stack.
    """
    folder = settings.data / FOLDER
    if not folder.exists():
        raise StackError(f"{folder} does not exist. Create the stack: `pinterest-platform stack up`")
    return Stack(settings, domain)
