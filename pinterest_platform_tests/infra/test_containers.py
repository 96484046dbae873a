"""What runs in a container: image, task definition and override put together, as ECS does it."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from pinterest_platform.cli.app import app
from pinterest_platform.exports.mwaa.dag import files
from pinterest_platform.settings import load_settings
from pinterest_platform_tests import landing_data
from pinterest_platform_tests.cli.conftest import Cli, cli
from pinterest_platform_tests.infra.images import Image, arguments
from pinterest_platform_tests.infra.stacks import PREFIX, Account

__all__ = ["cli"]

OURS = ["dagster", "spark", "stream", "posting", "mwaa"]


def containers(account: Account) -> dict[str, dict[str, Any]]:
    tasks = account.of_type("AWS::ECS::TaskDefinition")
    return {
        f"{task.stack}/{container['Name']}": container
        for task in tasks
        for container in task.properties["ContainerDefinitions"]
    }


def override_of_the_dag(address: str) -> dict[str, Any]:
    """What the exported DAG overrides of its task; the operator's arguments are kept as they are."""
    settings = load_settings(topic_prefix=PREFIX, _env_file=None)
    written = files(landing_data.catalog(), settings, target="ecs", granularity="table", airflow="2.10.3")
    [dag] = [text for name, text in written.items() if name.endswith("_dag.py")]
    functions = [node for node in ast.parse(dag).body if getattr(node, "name", "") in ("where", "work")]
    names: dict[str, Any] = {"EcsRunTaskOperator": dict, "POLL_SECONDS": 1}
    exec(compile(ast.fix_missing_locations(ast.Module([*functions], [])), "dag", "exec"), names)
    [override] = names["work"](address, task_id="any")["overrides"]["containerOverrides"]
    return dict(override)


def assert_program_takes(words: list[str]) -> None:
    """The installed program's command line takes these arguments."""
    assert words[0] == "pinterest-platform"
    found: Any = typer.main.get_command(app)
    rest = words[1:]
    while isinstance(found, click.Group):
        assert rest[0] in found.commands, words
        found = found.commands[rest.pop(0)]
    found.make_context(found.name, rest)


def test_commands_of_containers_are_those_of_the_program(account: Account) -> None:
    found = {name: arguments(container) for name, container in containers(account).items() if "Command" in container}
    assert {name.split("/")[0] for name in found} == set(OURS)
    ours = {name: words for name, words in found.items() if not words[0].startswith(("dagster", "spark", "bash"))}
    assert sorted(ours) == ["mwaa/refresh", "posting/posting", "stream/stream"]
    for words in ours.values():
        assert_program_takes(words)


def test_task_of_the_dag_refreshes_its_table(account: Account, cli: Cli, tmp_path: Path) -> None:
    """The very arguments that ECS gives to the process, with the template's settings but for where the data is."""
    container = containers(account)["mwaa/refresh"]
    words = arguments(container, override_of_the_dag("raw/pin")["command"])
    assert_program_takes(words)
    told = {entry["Name"]: entry["Value"] for entry in container["Environment"]}
    moved = {name: str(tmp_path / name) for name in ("PINTEREST_LANDING", "PINTEREST_LAKE")}
    assert moved.keys() <= told.keys()
    (tmp_path / "PINTEREST_LANDING").mkdir()
    done = cli(*words[1:], **{**told, **moved})
    assert (done.returncode, "raw/pin" in done.stdout) == (0, True), done.stdout + done.stderr


def test_dag_names_the_container_that_the_variable_names() -> None:
    assert override_of_the_dag("raw/pin")["name"] == f"{{{{ var.json.get('{PREFIX}_ecs')['container'] }}}}"


@pytest.fixture
def proxy() -> Image:
    return Image("kafka-rest", "proxy")


def test_proxy_and_what_waits_for_its_brokers_find_the_library_of_iam(proxy: Image, tmp_path: Path) -> None:
    """confluent-docker-utils' `cub` gives `CUB_CLASSPATH` to a shell, unquoted, after `java -cp`."""
    [iam] = [rest.split()[-1] for rest in proxy.all("COPY")]
    for folder in (iam, "/usr/share/java/cp-base-new"):
        (tmp_path / folder[1:]).mkdir(parents=True)
        for name in ("a.jar", "b.jar"):
            (tmp_path / folder[1:] / name).touch()

    def given(class_path: str) -> list[str]:
        command = f"printf '%s\\n' {class_path}".replace("/usr/", f"{tmp_path}/usr/").replace(
            "/opt/", f"{tmp_path}/opt/"
        )
        return subprocess.run(command, shell=True, capture_output=True, text=True).stdout.splitlines()

    # Kafka's own classes come first: the library of IAM has some of them too.
    assert given(proxy.environment["CUB_CLASSPATH"]) == [f"{tmp_path}/usr/share/java/cp-base-new/*:{tmp_path}{iam}/*"]
    assert proxy.environment["CLASSPATH"] == f"{iam}/*"
