"""The Kafka Connect worker of the local stack, with the sink that lands the topics.

`connector.py` and `infra/kafka-connect` have the settings of the connector. The sink's source is in
`infra/kafka-connect` too, and is built once into the cache.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import urllib.request
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pinterest_platform.cache import cache_folder, once
from pinterest_platform.stack.connector import PROJECT, filled_in
from pinterest_platform.stack.downloads import call, kafka_jars
from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.prerequisites import JAVA, MAVEN, require
from pinterest_platform.stack.process import Launch, Server

_LOGGING = """\
rootLogger.level=WARN
rootLogger.appenderRef.out.ref=OUT
appender.out.type=Console
appender.out.name=OUT
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n
logger.tasks.name=org.apache.kafka.connect.runtime.WorkerSinkTask
logger.tasks.level=INFO
"""


class ConnectWorker(Server):
    """A worker that runs one connector. Its REST interface at `url` reports the state.

    Args:
        folder: Settings and log. The brokers keep the offsets.
        bootstrap_servers: The brokers.
        connector: Settings from `connector_settings`. After a change, call `start` again.
        environment: AWS credentials.
    """

    def __init__(
        self,
        folder: Path,
        bootstrap_servers: str,
        connector: Mapping[str, str],
        environment: Mapping[str, str],
        name: str = "connect",
    ) -> None:
        super().__init__(name, folder)
        self.connector = connector
        self._bootstrap_servers = bootstrap_servers
        self._environment = environment

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port()}"

    def start(self) -> None:
        """Start like every server. If the worker is running, restart its failed tasks."""
        if self.is_running():
            with suppress(OSError):
                name = self.connector["name"]
                self._call("POST", f"connectors/{name}/restart?includeTasks=true&onlyFailed=true")
        super().start()

    def prepare(self) -> None:
        kafka_jars(self.progress)
        sink_plugins(self.progress)

    def launch(self) -> Launch:
        worker = filled_in(
            "worker",
            {
                "bootstrap_servers": self._bootstrap_servers,
                "port": self.port(),
                "plugins": sink_plugins(self.progress),
                "folder": self.folder,
            },
        )
        logging = f"-Dlog4j2.configurationFile={self.folder}/log4j2.properties"
        java = ["java", "-Xmx384m", "-XX:+UseSerialGC", logging, "-cp", f"{kafka_jars(self.progress)}/*"]
        return Launch(
            [*java, "org.apache.kafka.connect.cli.ConnectStandalone", "worker.properties", "connector.properties"],
            environment=self._environment,
            files={
                "worker.properties": _properties(worker),
                "connector.properties": _properties(self.connector),
                "log4j2.properties": _LOGGING,
            },
        )

    def ask(self) -> str:
        """Check that the connector and each of its tasks run. A connector whose tasks have failed still counts as
        running.

        Raises:
            StackError: one does not run. The message has the first line of the reason.
        """
        name = self.connector["name"]
        status = self._call("GET", f"connectors/{name}/status")
        states = {"connector": status["connector"], **{f"task {task['id']}": task for task in status["tasks"]}}
        for what, state in states.items():
            if state["state"] != "RUNNING":
                why = _reason(state.get("trace", ""))
                raise StackError(f"{what} of {name} is {state['state']}{f': {why}' if why else ''}")
        if not status["tasks"]:
            raise StackError(f"{name} has no task yet")
        return f"{name} running, {len(status['tasks'])} tasks"

    def _call(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.url}/{path}", method=method)
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.loads(answer.read() or b"null")


def sink_plugins(progress: Callable[[str], None]) -> Path:
    """Return the folder with the sink's plugin, for a worker's `plugin.path`.

    Raises:
        StackError: Java or Maven is missing, or the sink could not be built.
    """
    sources = sorted(file for file in [PROJECT / "pom.xml", *PROJECT.glob("src/main/**/*")] if file.is_file())
    digest = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()[:12]

    def build(folder: Path) -> None:
        require(JAVA, MAVEN)
        progress("building the Connect sink with Maven (half a minute, once)")
        target = folder / "target"
        goals = ["package", "-Dmaven.test.skip=true", f"-Dbuild.folder={target}"]
        call(["mvn", "--quiet", "--batch-mode", "--file", str(PROJECT / "pom.xml"), *goals], {})
        with zipfile.ZipFile(target / "landing-sink-plugin.zip") as plugin:
            plugin.extractall(folder)
        shutil.rmtree(target)

    return once(cache_folder() / f"landing-sink-{digest}", build)


def _properties(values: Mapping[str, str]) -> str:
    """Format a Java properties file. It uses the escapes of JSON."""
    return "".join(f"{key}={json.dumps(value)[1:-1]}\n" for key, value in values.items())


def _reason(trace: str) -> str:
    """The innermost message of a Java stack trace."""
    causes = [line.strip() for line in trace.splitlines() if line and not line.startswith("\t")]
    return causes[0] if causes else ""
