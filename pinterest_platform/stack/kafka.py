"""The Kafka broker of the local stack: one node, KRaft, small.

Settings suit a laptop: one replica, and a log that survives a crash of the broker, but not of the machine. Other
modules define the topics.
"""

from __future__ import annotations

import base64
import subprocess
import uuid
from pathlib import Path

from pinterest_platform.stack.downloads import kafka_jars
from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.process import Launch, Server

_SETTINGS = """\
process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.quorum.voters=1@127.0.0.1:{controller}
log.dirs={data}

# Topics are created explicitly, with their settings. A misspelt name is an error.
auto.create.topics.enable=false
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0

# A restarted broker registers again only after its old session has ended.
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500

# The default is 128 MB.
log.cleaner.dedupe.buffer.size=4194304
"""
_LOGGING = """\
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
"""


class KafkaBroker(Server):
    """A broker at `bootstrap_servers`, plaintext, for this machine only. It does not create topics automatically."""

    def __init__(self, folder: Path, name: str = "kafka") -> None:
        super().__init__(name, folder)

    @property
    def bootstrap_servers(self) -> str:
        return f"127.0.0.1:{self.port('broker')}"

    def prepare(self) -> None:
        jars = kafka_jars(self.progress)
        data = self.folder / "data"
        if (data / "meta.properties").exists():
            return
        self.progress("formatting its storage")
        settings = self.folder / "format.properties"
        settings.write_text(self._settings())
        # Like `StorageTool random-uuid`, but without another second of Java.
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "_")
        tool = ["java", "-cp", f"{jars}/*", "kafka.tools.StorageTool", "format", "--ignore-formatted"]
        options = ["--cluster-id", cluster, "--config", str(settings)]
        result = subprocess.run([*tool, *options], capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            raise StackError(f"{self.name}: cannot format its storage:\n{result.stdout}{result.stderr}")
        settings.unlink()

    def launch(self) -> Launch:
        jars = kafka_jars(self.progress)
        logging = f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties"
        java = ["java", "-Xmx128m", "-XX:+UseSerialGC", logging, "-cp", f"{jars}/*"]
        return Launch(
            [*java, "kafka.Kafka", "server.properties"],
            files={"server.properties": self._settings(), "log4j2.properties": _LOGGING},
        )

    def ask(self) -> str:
        from kafka import KafkaAdminClient

        # Short, because this is called repeatedly until the broker is up.
        patience = {"bootstrap_timeout_ms": 2_000, "reconnect_backoff_max_ms": 100, "request_timeout_ms": 5_000}
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap_servers, **patience)
        try:
            return f"{len(admin.list_topics())} topics"
        finally:
            admin.close()

    def _settings(self) -> str:
        return _SETTINGS.format(
            broker=self.port("broker"), controller=self.port("controller"), data=self.folder / "data"
        )
