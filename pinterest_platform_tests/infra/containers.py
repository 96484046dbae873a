"""Containers of a task definition as processes, in a folder that is laid out as their image says.

Their packages are those of the tests. Not tried so: that pip can install them in the image, the image's user, what RDS
and MSK check that local servers do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pinterest_platform_tests.infra.images import arguments, image_of
from pinterest_platform_tests.infra.stacks import Account

#: Programs of the packages, which an image has in its PATH.
_PROGRAMS = Path(sys.executable).parent


def known_to_aws(postgres: str, bucket: str) -> dict[str, str]:
    """Variables whose values only AWS knows, of local servers."""
    database = urlsplit(postgres)
    return {
        "DAGSTER_POSTGRES_HOST": str(database.hostname),
        "DAGSTER_POSTGRES_USER": str(database.username),
        "DAGSTER_POSTGRES_PASSWORD": "any",
        "DAGSTER_LOGS_BUCKET": bucket,
        "PINTEREST_LANDING": f"s3://{bucket}/landing",
        "PINTEREST_LAKE": f"s3://{bucket}/lake",
    }


class Containers:
    """The containers of a task, and of tasks of the same image `beside` it. `told` replaces values of their environment
    that only AWS knows, `local` is what clients need of local servers, `words` replaces, in commands, ports that others
    may have and names that no name service has."""

    def __init__(
        self,
        account: Account,
        task: str,
        root: Path,
        told: dict[str, str],
        local: dict[str, str],
        words: dict[str, str] | None = None,
        beside: Sequence[str] = (),
    ) -> None:
        tasks = [account.get(name).properties["ContainerDefinitions"] for name in (task, *beside)]
        self._definitions = {container["Name"]: container for containers in tasks for container in containers}
        self._root, self._told, self._local, self._words = root, told, local, words or {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._image = image_of(tasks[0][0])
        self.home = self._image.lay_out(root)
        self._running = ExitStack()

    def environment(self, name: str) -> dict[str, str]:
        container = self._definitions[name]
        given = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
        secrets = {entry["Name"]: "" for entry in container.get("Secrets", [])}
        kept = {n: os.environ[n] for n in ("HOME", "LANG") if n in os.environ}
        kept["PATH"] = f"{_PROGRAMS}:{os.environ['PATH']}"
        image = {n: v.replace("/opt/", f"{self._root}/opt/") for n, v in self._image.environment.items()}
        values = {**given, **secrets}
        return {**kept, **image, **values, **{n: v for n, v in self._told.items() if n in values}, **self._local}

    def command(self, words: list[str]) -> list[str]:
        for old, new in self._words.items():
            words = [word.replace(old, new) for word in words]
        program, *rest = words
        return [str(_PROGRAMS / program) if (_PROGRAMS / program).exists() else program, *rest]

    def start(self, name: str, number: int = 0) -> None:
        """One of those of that name, where a service has several."""
        log = self.log(name, number).open("w")
        process = subprocess.Popen(
            self.command(arguments(self._definitions[name])),
            cwd=self.home, env=self.environment(name), stdout=log, stderr=log,
        )  # fmt: skip
        self._processes[f"{name}{number}"] = process
        self._running.callback(_stop, process)
        self._running.callback(log.close)

    def run(self, name: str, override: list[str]) -> subprocess.CompletedProcess[str]:
        """Until it ends, with another command, as `RunTask` starts it."""
        command = self.command(arguments(self._definitions[name], override))
        return subprocess.run(
            command, cwd=self.home, env=self.environment(name), capture_output=True, text=True, timeout=240
        )

    def is_healthy(self, name: str) -> bool:
        _, *words = self._definitions[name]["HealthCheck"]["Command"]
        done = subprocess.run(self.command(words), cwd=self.home, env=self.environment(name), capture_output=True)
        return done.returncode == 0

    def use(self, postgres: str) -> None:
        """Let Dagster's home name that database, whose server has no certificate."""
        database, settings = urlsplit(postgres), self.home / "dagster.yaml"
        text = settings.read_text().replace("port: 5432", f"port: {database.port}")
        text = text.replace("sslmode: verify-full", "sslmode: disable")
        settings.write_text(text.replace("db_name: dagster", f"db_name: {database.path[1:]}"))

    def process(self, name: str, number: int = 0) -> subprocess.Popen[bytes]:
        return self._processes[f"{name}{number}"]

    def terminate(self, name: str) -> int:
        """Its exit status. It must end within the time that ECS gives it."""
        self.process(name).terminate()
        return self.process(name).wait(self._definitions[name].get("StopTimeout", 30))

    def log(self, name: str, number: int = 0) -> Path:
        return self._root / f"{name}{number}.log"

    def logs(self) -> str:
        return "\n".join(f"== {log.name}\n{log.read_text()[-2_000:]}" for log in self._root.glob("*.log"))

    def stop(self) -> None:
        self._running.close()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """As ECS does it, which waits for 30 seconds."""
    process.terminate()
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(containers: Containers, condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 180
    while not (found := condition()):
        assert time.monotonic() < deadline, containers.logs()
        time.sleep(0.5)
    return found
