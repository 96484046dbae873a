"""Imports go one way, from the top floor down, and only `orchestration` knows Dagster: read from the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping, Set
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pinterest_platform
from pinterest_platform.engines.spark.package import LEFT_OUT

PACKAGE = Path(pinterest_platform.__file__).parent

#: The rooms, a file or folder of the package each, from the bottom: a room imports from the floors below its own.
FLOORS = (
    {"errors", "addresses", "folders", "sql", "backoff", "cache", "aws", "failpoints", "patterns", "pseudonyms"},
    {"setting_types"},
    {"settings", "schemas", "s3", "memory"},
    {"domain", "secrets_manager"},
    {"domains", "pseudonym_secret", "catalog", "kafka", "kinesis", "landing"},
    {"airflow", "lake", "posting", "stack", "starter"},
    {"engines"},
    {"live"},
    {"streaming"},
    {"flow"},
    {"report"},
    {"tasks"},
    {"privacy"},
    {"pinterest", "retail"},
    {"exports", "orchestration"},
    {"definitions", "retail_definitions", "notebook"},
    {"cli"},
)


@cache
def imports() -> Mapping[str, Set[str]]:
    """What each module of the package imports, wherever in it, of the package and of others; by dotted names."""
    modules = {module_name(path): path for path in PACKAGE.rglob("*.py")}
    return {name: frozenset(imported(path, modules)) for name, path in modules.items()}


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


def imported(path: Path, modules: Mapping[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: a relative import"
            module = str(node.module)
            yield from (f"{module}.{a.name}" if f"{module}.{a.name}" in modules else module for a in node.names)


def room(module: str) -> str:
    return module.split(".")[1]


def inside(names: Set[str]) -> list[str]:
    return sorted(name for name in names if name.startswith(f"{PACKAGE.name}."))


def test_every_room_has_a_floor() -> None:
    rooms = {room(name) for name in imports() if name != PACKAGE.name}
    assert rooms == set().union(*FLOORS)


def test_no_import_runs_up() -> None:
    floor = {name: number for number, rooms in enumerate(FLOORS) for name in rooms}
    up = [
        f"{module} imports {other}"
        for module, names in imports().items()
        if module != PACKAGE.name and room(module) in floor
        for other in inside(names)
        if room(other) != room(module) and floor[room(other)] >= floor[room(module)]
    ]
    assert up == []


@pytest.mark.parametrize("domain", ["pinterest", "retail"])
def test_no_room_knows_a_domain_but_its_own_commands(domain: str) -> None:
    """The platform finds a domain by its name, so that any other could be there instead."""
    knowing = {
        module
        for module, names in imports().items()
        if module != PACKAGE.name and room(module) != domain and any(room(name) == domain for name in inside(names))
    }
    assert knowing
    assert {module for module in knowing if not module.startswith(f"{PACKAGE.name}.cli.{domain}")} == set()


def test_no_circle_inside_a_room() -> None:
    graph = {module: set(inside(names)) for module, names in imports().items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" imports ".join(reversed(error.args[1]))) from None


def test_workers_of_spark_are_sent_all_they_import() -> None:
    missing = [
        f"{module} imports {other}"
        for module, names in imports().items()
        if module != PACKAGE.name and room(module) not in LEFT_OUT
        for other in inside(names)
        if room(other) in LEFT_OUT
    ]
    assert missing == []
    assert set().union(*FLOORS) >= LEFT_OUT


def test_only_orchestration_knows_dagster() -> None:
    knowing = {
        module for module, names in imports().items() if any(name.split(".")[0].startswith("dagster") for name in names)
    }
    assert knowing
    assert {room(module) for module in knowing} == {"orchestration"}


def loaded(folder: Path, *command: str) -> tuple[str, Set[str]]:
    """What a command prints in a process of its own, where nothing has landed, and the packages it loads."""
    program = (
        "import sys\n"
        "from pinterest_platform.cli.app import app\n"
        f"app({[*command]}, standalone_mode=False)\n"
        "print(*{name.split('.')[0] for name in sys.modules})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PINTEREST_DATA": str(folder), "HOME": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    printed, _, packages = done.stdout.rstrip("\n").rpartition("\n")
    return printed, frozenset(packages.split())


def test_refresh_loads_no_dagster(tmp_path: Path) -> None:
    """A task on ECS, Databricks or Airflow."""
    printed, packages = loaded(tmp_path, "refresh", "raw/pin")
    assert "raw/pin: 0 rows" in printed
    assert "pinterest_platform" in packages
    assert [name for name in packages if name.startswith("dagster")] == []
