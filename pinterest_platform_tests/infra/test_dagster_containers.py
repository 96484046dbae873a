"""The three containers of Dagster's task beside one another, as their image and their task definition say, before a
real PostgreSQL and a real S3 server: a run that is asked for at the webserver is done.

An engine for images is not needed: the image's folder is laid out, and its packages are those of the tests. Not tried
here: that pip can install them in the image, the image's user, what RDS and MSK check that local servers do not.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from pinterest_platform.stack.ports import choose_port
from pinterest_platform.stack.s3 import S3Server
from pinterest_platform_tests.infra.images import Image, arguments
from pinterest_platform_tests.infra.stacks import Account

pytestmark = pytest.mark.long

LOCATION, REPOSITORY = "pinterest_platform", "__repository__"
LAUNCH = """mutation Launch($job: String!) { launchRun(executionParams: {selector: {repositoryLocationName:
"pinterest_platform", repositoryName: "__repository__", jobName: $job}, runConfigData: {}}) { __typename
... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
STATUS = "query Status($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
HEALTHY = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"


class Containers:
    """Runs them; `told` replaces values of their environment that only AWS knows, and ports that others may have."""

    def __init__(self, account: Account, root: Path, told: dict[str, str], words: dict[str, str]) -> None:
        self._definitions = {c["Name"]: c for c in account.get("dagster.Task").properties["ContainerDefinitions"]}
        self._root, self._told, self._words = root, told, words
        self.home = Image("dagster").lay_out(root)
        self._running = ExitStack()

    def environment(self, name: str) -> dict[str, str]:
        container = self._definitions[name]
        given = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
        secrets = {entry["Name"]: "" for entry in container["Secrets"]}
        kept = {n: os.environ[n] for n in ("PATH", "HOME", "LANG") if n in os.environ}
        image = {n: v.replace("/opt/", f"{self._root}/opt/") for n, v in Image("dagster").environment.items()}
        values = {**given, **secrets}
        return {**kept, **image, **values, **{n: v for n, v in self._told.items() if n in values or "AWS" in n}}

    def command(self, words: list[str]) -> list[str]:
        program, *rest = (self._words.get(word, word) for word in words)
        return [str(Path(sys.executable).with_name(program)), *rest]

    def start(self, name: str) -> None:
        log = (self._root / f"{name}.log").open("w")
        process = subprocess.Popen(
            self.command(arguments(self._definitions[name])),
            cwd=self.home, env=self.environment(name), stdout=log, stderr=log,
        )  # fmt: skip
        self._running.callback(_stop, process)
        self._running.callback(log.close)

    def is_healthy(self, name: str) -> bool:
        _, *words = self._definitions[name]["HealthCheck"]["Command"]
        done = subprocess.run(self.command(words), cwd=self.home, env=self.environment(name), capture_output=True)
        return done.returncode == 0

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


@pytest.fixture
def page() -> str:
    return f"http://127.0.0.1:{choose_port()}"


@pytest.fixture
def containers(
    account: Account, tmp_path: Path, postgres: str, s3_server: S3Server, bucket: str, page: str
) -> Iterator[Containers]:
    database, code = urlsplit(postgres), str(choose_port())
    told = {
        **s3_server.environment(),
        "DAGSTER_POSTGRES_HOST": str(database.hostname),
        "DAGSTER_POSTGRES_USER": str(database.username),
        "DAGSTER_POSTGRES_PASSWORD": "any",
        "DAGSTER_LOGS_BUCKET": bucket,
        "PINTEREST_LANDING": f"s3://{bucket}/landing",
        "PINTEREST_LAKE": f"s3://{bucket}/lake",
        # These are not reached, and said to be none.
        "PINTEREST_SOURCE_URL": "",
        "PINTEREST_SOURCE_SECRET": "",
        "PINTEREST_KAFKA_BROKERS": "",
        "PINTEREST_KAFKA_SECURITY": "plaintext",
    }
    made = Containers(account, tmp_path, told, {"4000": code, "3000": page.rpartition(":")[2]})
    settings, workspace = made.home / "dagster.yaml", made.home / "workspace.yaml"
    text = settings.read_text().replace("port: 5432", f"port: {database.port}")
    # The local server has no certificate.
    text = text.replace("sslmode: verify-full", "sslmode: disable").replace(
        "db_name: dagster", f"db_name: {database.path[1:]}"
    )
    settings.write_text(text)
    workspace.write_text(workspace.read_text().replace("port: 4000", f"port: {code}"))
    yield made
    made.stop()


def until(containers: Containers, condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + 180
    while not (found := condition()):
        assert time.monotonic() < deadline, containers.logs()
        time.sleep(0.5)
    return found


def test_run_that_is_asked_for_at_the_webserver_is_done(
    containers: Containers, page: str, s3_client: Any, bucket: str
) -> None:
    def ask(query: str, **variables: str) -> Any:
        try:
            reply = requests.post(f"{page}/graphql", json={"query": query, "variables": variables}, timeout=60)
        except requests.ConnectionError:
            return None
        return reply.json()["data"] if reply.ok else None

    containers.start("code")
    until(containers, lambda: containers.is_healthy("code"))
    containers.start("webserver")
    containers.start("daemon")
    launched = until(containers, lambda: ask(LAUNCH, job="maintenance"))["launchRun"]
    run = launched["run"]["runId"]
    ended = ("SUCCESS", "FAILURE", "CANCELED")

    def status() -> str | None:
        found = ask(STATUS, run=run)["runOrError"]["status"]
        return found if found in ended else None

    assert until(containers, status) == "SUCCESS", containers.logs()
    printed = s3_client.list_objects_v2(Bucket=bucket, Prefix=f"compute-logs/storage/{run}/")
    assert printed["KeyCount"] > 0, "what steps print is in S3"
    daemons = ask(HEALTHY)["instance"]["daemonHealth"]["allDaemonStatuses"]
    assert [each["daemonType"] for each in daemons if each["required"] and not each["healthy"]] == []
