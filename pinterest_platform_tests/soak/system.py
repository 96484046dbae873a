"""The whole system of a soak: the servers of the local stack, Dagster as it is deployed, the poster, the stream job.

What is killed, and when, is the business of `kills`; what must hold in the end that of `verdict`.
"""

from __future__ import annotations

import importlib.resources
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import dagster as dg
import yaml
from confluent_kafka import Producer

from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.postgres import PostgresServer
from pinterest_platform.stack.prerequisites import POSTGRES
from pinterest_platform.stack.process import Launch, Server
from pinterest_platform.stack.stack import BUCKET, Stack

_PROGRAMS = Path(sys.executable).parent
#: Seconds between the end of a process and its next start, as a container has.
_PAUSE = 1.0
#: What a process had on its way when it was killed may still take effect.
_SETTLED = 1.0


@dataclass(frozen=True)
class Part:
    """A process of the system. `works` tells whether it has done something since a time, beside answering."""

    name: str
    #: Told anew each time: a server may be told other addresses than before.
    server: Callable[[], Server]
    works: Callable[[float], bool] = lambda _: True


class Command(Server):
    """A program of ours that runs all the time, and a port that it answers on, if it does."""

    def __init__(self, name: str, folder: Path, command: Sequence[str], environment: dict[str, str]) -> None:
        super().__init__(name, folder)
        self._command, self._environment = command, environment

    def launch(self) -> Launch:
        words = [word.format(port=self.port()) if "{port}" in word else word for word in self._command]
        return Launch([str(_PROGRAMS / words[0]), *words[1:]], self._environment)

    def ask(self) -> str:
        if any("{port}" in word for word in self._command):
            socket.create_connection(("127.0.0.1", self.port()), timeout=5).close()
        return "it is there"


class System:
    """All parts by name, in the folder; `rate` postings a second."""

    def __init__(self, folder: Path, rate: float) -> None:
        self.folder = folder
        given = load_settings(_env_file=None, data=folder / "data", source_url="", dagster_home_folder=None)
        self.stack = Stack(given, PINTEREST)
        self.checkpoint = folder / "data" / "posting" / "rest.json"
        self.objects = self.stack.s3.folder / "objects" / BUCKET
        self.postgres = None if POSTGRES.trouble() else PostgresServer(folder / "postgres")
        self._post = (
            "pinterest-platform",
            "post",
            "--to",
            "rest",
            "--order",
            "course",
            "--resume",
            "--rate",
            f"{rate}",
        )
        self._producer: Producer | None = None
        stack = [Part(name, lambda name=name: self.stack.servers[name]) for name in self.stack.servers]
        database = [Part("postgres", lambda: self.postgres)] if self.postgres else []
        self.parts = {part.name: part for part in (*stack, *database, *self._programs())}

    @property
    def settings(self) -> Settings:
        return self.stack.settings

    @property
    def environment(self) -> dict[str, str]:
        return {**self.stack.environment(), "PINTEREST_STREAMS": str(self.folder / "streams.yaml")}

    @property
    def posted(self) -> int:
        """Postings that the poster knows to be acknowledged."""
        return int(json.loads(self.checkpoint.read_text())["postings"])

    def prepare(self) -> None:
        """Start the servers and make what the programs begin with, Dagster's records too."""
        self.stack.up(lambda name, what: print(f"{name} {what}", flush=True))
        entry = {"source": "kafka"}
        streams = [{**entry, "name": r, "schema": r, "model": f"cleaned/{r}"} for r in RECORDS]
        (self.folder / "streams.yaml").write_text(json.dumps({"streams": streams}))
        home = self.settings.dagster_home
        home.mkdir(parents=True)
        text = (importlib.resources.files("pinterest_platform.orchestration") / "dagster.yaml").read_text()
        if self.postgres:
            self.postgres.start()
            url = self.postgres.url.replace("postgresql:", "postgresql+psycopg2:")
            text += yaml.safe_dump({"storage": {"postgres": {"postgres_url": url}}})
        else:
            print("No PostgreSQL here (apt-get install postgresql): Dagster keeps its records in SQLite", flush=True)
        (home / "dagster.yaml").write_text(text)
        port = Command("code", self.folder / "code", (), {}).port()
        location = {"host": "127.0.0.1", "port": port, "location_name": "pinterest_platform"}
        (self.folder / "workspace.yaml").write_text(yaml.safe_dump({"load_from": [{"grpc_server": location}]}))
        with open_instance(self.settings):
            pass

    def post_what_fits_nothing(self) -> None:
        """Send a record that is no row of its schema to each topic, whether a broker is there or not."""
        if self._producer is None:
            brokers = self.settings.kafka_brokers
            self._producer = Producer({"bootstrap.servers": brokers, "enable.idempotence": True, "log_level": 0})
        for record, schema in RECORDS.items():
            self._producer.produce(self.settings.topic(record), json.dumps({schema.key: "no number"}))

    def flush(self) -> None:
        """Wait until the brokers have these records.

        Raises:
            TimeoutError: they do not take them.
        """
        if self._producer and self._producer.flush(120):
            raise TimeoutError("the broker does not take records")

    def runs_at_work(self) -> dict[str, int]:
        """Processes that execute runs, by run: they hold the locks that are their signs of life."""
        files = {file.stat().st_ino: file.name for file in (self.settings.dagster_home / "alive").glob("*")}
        locks = (line.split() for line in Path("/proc/locks").read_text().splitlines())
        held = {int(words[5].rpartition(":")[2]): int(words[4]) for words in locks if words[1] == "FLOCK"}
        return {run: held[inode] for inode, run in files.items() if inode in held}

    def _programs(self) -> list[Part]:
        code = ("dagster", "api", "grpc", "-m", "pinterest_platform.definitions", "-h", "127.0.0.1", "-p", "{port}")
        daemon = ("dagster-daemon", "run", "-w", str(self.folder / "workspace.yaml"))
        commits = self.objects / "lake" / "stream" / "pin" / "_delta_log"
        return [
            self._part("code", code),
            self._part("daemon", daemon, self._ticked),
            self._part("poster", self._post, lambda since: _changed(self.checkpoint) > since),
            self._part("stream", ("pinterest-platform", "stream"), lambda since: _changed(commits) > since),
        ]

    def _part(self, name: str, command: Sequence[str], works: Callable[[float], bool] = lambda _: True) -> Part:
        return Part(name, lambda: Command(name, self.folder / name, command, self.environment), works)

    def _ticked(self, since: float) -> bool:
        with suppress(Exception), dg.DagsterInstance.get() as instance:  # Its database may be away.
            return instance.get_daemon_heartbeats()["SENSOR"].timestamp > since
        return False


def _changed(path: Path) -> float:
    with suppress(FileNotFoundError):
        return path.stat().st_mtime
    return 0.0


class Keeper(threading.Thread):
    """Brings a part back whenever it is not there, until `ended` is set; not while `power` is off."""

    def __init__(self, part: Part, power: threading.Event) -> None:
        super().__init__(name=part.name, daemon=True)
        self.part = part
        self._power = power
        self.ended = threading.Event()
        #: When it last answered after a start, and how often it ended without being killed.
        self.answered, self.killed, self.ends = 0.0, True, 0

    def run(self) -> None:
        while not self.ended.wait(_PAUSE):
            server = self.part.server()
            if server.is_running() or not self._power.is_set():
                continue
            if not self.killed:
                self.ends += 1
                print(f"         {self.part.name} ended by itself: {server.last_lines(1).strip()[-200:]}", flush=True)
            self.killed = False
            try:
                server.start()
                self.answered = time.time()
            except Exception as error:  # It is killed while it starts, or what it needs is away: once more.
                first = str(error).partition("\n")[0]
                print(f"         {self.part.name} does not come up: {first}", flush=True)

    def works(self, since: float) -> bool:
        """Whether it has come back and done something since it was killed."""
        return self.answered >= since and self.part.works(since + _SETTLED)
