"""What docs/deploy.md and the READMEs of infra say to type exists, and what they add up is right."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from pinterest_platform.cli.app import app
from pinterest_platform_tests.infra.stacks import INFRA, MAKEFILE, STACKS

DEPLOY = (INFRA.parent / "docs" / "deploy.md").read_text()
README = (INFRA / "README.md").read_text()
COMMANDS = [
    *re.findall(r'COMMAND="([^"]+)"', DEPLOY),
    *re.findall(r"pinterest-platform ((?:export|query|stream)[^`\n]*)", DEPLOY),
    *(command for command in re.findall(r"`((?:post|export) [^`]+)`", DEPLOY)),
]


def test_targets_and_stacks_exist() -> None:
    shown = re.findall(r"make -C infra ([\w-]+)([^`\n#]*)", DEPLOY + README)
    assert {target for target, _ in shown} == {"deploy", "plan", "destroy", "pin", "run", "source-reader", "stop", "ui"}
    assert all(re.search(rf"^{target}:", MAKEFILE, re.MULTILINE) for target, _ in shown)
    named = {
        name
        for _, rest in shown
        for found in re.findall(r'STACKS="?([\w -]+?)"?(?:$| )', rest)
        for name in found.split()
    }
    assert named <= set(STACKS)
    assert {"mwaa", "databricks", "storage"} <= named


def test_readme_tells_every_stack_in_order() -> None:
    assert re.findall(r"^\| `([\w-]+)`", README, re.MULTILINE) == STACKS


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_exist(command: str) -> None:
    found: Any = typer.main.get_command(app)
    words = shlex.split(command)
    while commands := getattr(found, "commands", None):
        assert words[0] in commands, command
        found = commands[words.pop(0)]
    options = {name for parameter in found.params for name in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_files_exist() -> None:
    for folder, text in ((INFRA.parent / "docs", DEPLOY), (INFRA, README)):
        for target in re.findall(r"\]\(([^):#]+)\)", text):
            assert (folder / target).exists(), target


def test_costs_under_load_add_up() -> None:
    table = DEPLOY[DEPLOY.index("| under load") :].split("\n\n")[0].splitlines()[2:]
    rows = [[cell.strip(" *") for cell in row.strip("|").split("|")] for row in table]
    *parts, total = rows
    assert sum(float(row[-1]) for row in parts) == pytest.approx(float(total[-1]), abs=0.005)


def test_images_are_made_of_what_is_there() -> None:
    for dockerfile in INFRA.glob("*/Dockerfile"):
        copied = re.findall(r"^COPY (?!--)(.+) \S+$", dockerfile.read_text(), re.MULTILINE)
        ignored = dockerfile.with_name("Dockerfile.dockerignore")
        let_in = re.findall(r"^!(.+)$", ignored.read_text(), re.MULTILINE) if ignored.exists() else []
        for source in (source for line in copied for source in line.split()):
            assert (INFRA.parent / source).exists(), f"{dockerfile}: {source}"
            assert any(source == kept or Path(kept) in Path(source).parents for kept in let_in), source
