"""The local stack as users have it: up, killed in every part, up again, down, and nothing of it lost.

The tests are steps of one story, told on one stack.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines import build_engine
from pinterest_platform.kafka.topics import list_topics
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.stack import Stack
from pinterest_platform_tests.cli.conftest import Cli, runner, started
from pinterest_platform_tests.forked import Program

pytestmark = pytest.mark.servers

SERVERS = ("mysql", "kafka", "s3", "rest", "connect")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="module")
def stack(folder: Path) -> Stack:
    settings: Settings = load_settings(_env_file=None, data=folder / "data", source_url="", dagster_home_folder=None)
    return Stack(settings, PINTEREST)


@pytest.fixture(scope="module")
def cli(folder: Path, stack: Stack) -> Iterator[Cli]:
    """The program, in a folder where the stack is up at first; down in the end, whatever happened."""
    call = runner(folder)
    try:
        succeed(call("stack", "up"))
        yield call
    finally:
        for server in stack.servers.values():
            server.kill()


def succeed(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def up(stack: Stack) -> dict[str, str]:
    """What `stack up` finds, or does, of each server: `runs` or `started`."""
    told: dict[str, str] = {}
    stack.up(lambda name, what: told.__setitem__(name, what.partition(",")[0]))
    return {name: what for name, what in told.items() if name in SERVERS}


def killed_and_up_again(stack: Stack, name: str) -> None:
    os.kill(stack.servers[name].pid, signal.SIGKILL)
    wait_until(lambda: not stack.servers[name].is_running())
    assert up(stack) == dict.fromkeys(SERVERS, "runs") | {name: "started"}


def variables(call: Cli) -> dict[str, str]:
    """What `eval "$(pinterest-platform stack env)"` sets."""
    lines = [shlex.split(line) for line in succeed(call("stack", "env")).splitlines()]
    assert all(len(words) == 2 and words[0] == "export" for words in lines)
    return dict(words[1].split("=", 1) for words in lines)


def wait_until(condition: Callable[[], bool], seconds: float = 90.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def records(stack: Stack) -> int:
    """In the topics."""
    return sum(topic.records for topic in list_topics(stack.settings, RECORDS))


def landed(stack: Stack) -> int:
    """Different rows in the landing zone, read from its objects; no offset is there twice."""
    client = stack.s3.client()
    offsets: list[tuple[str, int, int]] = []
    rows: set[tuple[str, int]] = set()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket="pinterest-platform", Prefix="landing/"):
        for each in page.get("Contents", ()):
            lines = client.get_object(Bucket="pinterest-platform", Key=each["Key"])["Body"].read().splitlines()
            for line in map(json.loads, lines):
                offsets.append((line["_topic"], line["_partition"], line["_offset"]))
                rows.add((line["_topic"], line["index"] if "index" in line else line["ind"]))
    assert len(set(offsets)) == len(offsets)
    return len(rows)


def test_up_posted_to_killed_run_and_down(cli: Cli, stack: Stack) -> None:
    shown = succeed(cli("stack", "status"))
    for server in SERVERS:
        assert f" {server} " in shown
    assert shown.count(" up ") == len(SERVERS)
    assert "0e2bc66a6297-landing running" in shown

    used = variables(cli)
    succeed(cli("generate", "--rows", "60", **used))
    succeed(cli("post", "--to", "rest", **used))
    killed_and_up_again(stack, "s3")
    wait_until(lambda: stack.not_landed() == 0)
    assert landed(stack) == 60 * 3
    succeed(cli("run", "--select", "+cleaned/pin", **used))
    counted = cli("query", "--format", "csv", "SELECT count(*) AS n FROM cleaned.pin", **used)
    assert succeed(counted).split() == ["n", "60"]

    secret, said = used["AWS_SECRET_ACCESS_KEY"], succeed(cli("stack", "logs"))
    assert "ready for connections" in said
    assert secret not in said
    assert secret not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout

    assert succeed(cli("stack", "down")).count("stopped") == len(SERVERS)
    assert not any(server.is_running() for server in stack.servers.values())
    done = cli("stack", "status")
    assert (done.returncode, done.stdout.count(" stopped ")) == (1, len(SERVERS))
    assert list((stack.s3.folder / "objects" / "pinterest-platform" / "landing").rglob("*.json"))


@pytest.mark.long
def test_up_again_changes_nothing(cli: Cli, stack: Stack) -> None:
    up(stack)
    before = {name: server.pid for name, server in stack.servers.items()}
    done = cli("stack", "up")
    assert done.stdout.count(" runs") == len(SERVERS)
    assert variables(cli)["AWS_SECRET_ACCESS_KEY"] not in done.stdout + done.stderr
    assert {name: server.pid for name, server in stack.servers.items()} == before


@pytest.mark.long
def test_every_part_killed_while_posting_loses_nothing(cli: Cli, stack: Stack, folder: Path) -> None:
    used = variables(cli)
    succeed(cli("generate", "--rows", "600", "--replace", **used))
    before = records(stack)
    with started(folder, "post", "--to", "rest", "--rate", "20", **used) as posting:
        wait_until(lambda: records(stack) > before)
        for name in SERVERS:
            if name != "mysql":
                killed_and_up_again(stack, name)
        assert posting.wait() == 0, posting.output
        assert "600 postings sent" in posting.output
    # The death of the source ends a posting, to be resumed; what matters is that its rows are still there.
    killed_and_up_again(stack, "mysql")
    assert "600 postings, 0 of them new" in succeed(cli("generate", "--rows", "600", **used))
    assert stack.environment().items() <= used.items()
    wait_until(lambda: stack.not_landed() == 0)
    assert landed(stack) == 600 * 3


def known(used: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[object, ...]]]:
    """Rows of the cleaned and analytic tables of a lake, and the offsets in raw and rejected."""
    for name, value in used.items():
        monkeypatch.setenv(name, value)
    offsets = "SELECT kafka_topic, kafka_partition, kafka_offset FROM "
    union = " UNION ALL ".join(offsets + f"raw.{table}" for table in ("pin", "geo", "user", "rejected"))
    catalog = Catalog.load(PINTEREST)
    queries = {"offsets": union} | {name: f"SELECT * FROM {name.replace('/', '.')}" for name in catalog.models}
    engine = build_engine(load_settings(_env_file=None), catalog)
    try:
        return {name: sorted(engine.query(sql).rows, key=repr) for name, sql in queries.items()}
    finally:
        engine.close()


@pytest.mark.long
@pytest.mark.timeout(900)
def test_whole_way_with_everything_killed_is_that_of_a_clean_run(
    cli: Cli, stack: Stack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Runs and servers killed while posting goes on, the poster too; then two runs at once."""
    used = variables(cli)
    rng = random.Random(7)
    succeed(cli("generate", "--rows", "900", "--replace", **used))

    def start(*words: str) -> Program:
        return started(folder, *words, **used)

    with start("post", "--to", "rest", "--rate", "30") as posting:
        for name in ("connect", "s3", "kafka"):
            with start("run") as run:
                with suppress(subprocess.TimeoutExpired):
                    run.wait(rng.uniform(2, 10))
                os.kill(stack.servers[name].pid, signal.SIGKILL)
                run.kill()
            wait_until(lambda name=name: not stack.servers[name].is_running())
            up(stack)
        posting.kill()
    with start("post", "--to", "rest", "--resume") as rest, start("run") as one, start("run") as other:
        assert [each.wait() for each in (rest, one, other)] == [0, 0, 0]
    wait_until(lambda: stack.not_landed() == 0)
    succeed(cli("run", **used))
    clean = used | {"PINTEREST_LAKE": "s3://pinterest-platform/clean", "DAGSTER_HOME": str(folder / "clean")}
    succeed(cli("run", **clean))
    found, expected = known(used, monkeypatch), known(clean, monkeypatch)
    assert len(set(found["offsets"])) == len(found["offsets"]) >= 900 * 3
    assert len(found["cleaned/pin"]) == 900
    assert found == expected


@pytest.mark.long
@pytest.mark.usefixtures("cli")
def test_up_killed_in_the_middle_is_picked_up(stack: Stack, folder: Path) -> None:
    stack.down(lambda *_: None)
    before = stack.broker.pid

    def broker_has_begun() -> bool:
        with suppress(StackError):
            return stack.broker.is_running() and stack.broker.pid != before
        return False

    with started(folder, "stack", "up") as killed:
        killed.wait_until(broker_has_begun)
        killed.kill()
    pid = stack.broker.pid
    assert up(stack).keys() == set(SERVERS)
    assert stack.broker.pid == pid
    assert landed(stack) == 900 * 3


@pytest.mark.long
def test_port_taken_meanwhile_is_replaced_and_everyone_told(cli: Cli, stack: Stack) -> None:
    port = stack.broker.port("broker")
    stack.broker.kill()
    with socket.create_server(("127.0.0.1", port)):
        assert up(stack) == {each: "runs" if each in ("mysql", "s3") else "started" for each in SERVERS}
        assert stack.broker.port("broker") != port
        succeed(cli("post", "--to", "rest", "--stop", "10", **variables(cli)))
        wait_until(lambda: stack.not_landed() == 0)
    assert landed(stack) == 900 * 3


@pytest.mark.long
def test_logs_are_shown_and_followed(cli: Cli, folder: Path) -> None:
    with started(folder, "stack", "logs", "rest", "-f") as following:
        following.wait_until(lambda: following.output)
        following.interrupt()
        following.wait(60)
    assert "the stack has no server 'postgres'" in cli("stack", "logs", "postgres").stderr


def test_own_source_takes_the_place_of_mysql(tmp_path: Path, cli: Cli) -> None:
    url = f"sqlite:///{tmp_path}/source.db"
    succeed(cli("generate", "--rows", "5", PINTEREST_SOURCE_URL=url))
    shown = cli("stack", "status", PINTEREST_SOURCE_URL=url).stdout
    assert "5 postings" in shown
    assert "mysql" not in shown


def test_without_a_stack_it_is_said(tmp_path: Path) -> None:
    done = runner(tmp_path)("stack", "env")
    assert (done.returncode, done.stdout) == (1, "")
    assert "does not exist. Create the stack:" in done.stderr
    assert not (tmp_path / "data").exists()


def test_install_finds_all_that_is_there(tmp_path: Path) -> None:
    """Or fetches and builds it."""
    assert "Java, Maven, MariaDB and PostgreSQL are installed." in succeed(runner(tmp_path)("stack", "install"))


def test_missing_programs_are_told_before_anything_is_started(tmp_path: Path) -> None:
    # Only the virtual environment's programs are left.
    done = runner(tmp_path)("stack", "up", PATH=str(Path(sys.executable).parent))
    assert done.returncode == 1
    assert "`java` is not in the PATH" in done.stderr
    assert "`mvn` is not in the PATH" in done.stderr
    assert "apt-get install -y --no-install-recommends default-jdk-headless maven" in done.stderr
    assert not (tmp_path / "data" / "stack" / "kafka" / "log").exists()
