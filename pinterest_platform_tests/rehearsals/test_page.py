"""What docs/runbook.md names exists: commands, their options, targets of make, files, tests, sections."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import typer

from pinterest_platform.cli.app import app

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "runbook.md").read_text()
#: The parts of every section about a bad day.
SAYS = ("**Symptoms**", "**Run**", "**Data loss**", "**Duration**", "**Verify**", "**Tested by**")


def sections() -> dict[str, str]:
    parts = re.split(r"^## (.+)\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_bad_day_is_told_whole() -> None:
    days = [name for name, text in sections().items() if "**Symptoms**" in text]
    assert len(days) == 9
    for name in days:
        assert [part for part in SAYS if part not in sections()[name]] == [], name


def test_commands_exist() -> None:
    whole = PAGE.replace("\\\n", " ")
    commands = re.findall(
        r"pinterest-platform ((?:query|repair|report|rejected|restore|run|tables|status)[^`\n#]*)", whole
    )
    assert len(commands) > 20
    for command in commands:
        found: Any = typer.main.get_command(app)
        words = shlex.split(re.sub(r"<[^>]+>", "x", command.split(" says ")[0]))
        found = found.commands[words.pop(0)]
        options = {name for parameter in found.params for name in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, command


def test_targets_files_tests_and_sections_exist() -> None:
    makefile = (ROOT / "infra" / "Makefile").read_text()
    targets = set(re.findall(r"make -C infra (\w+)", PAGE))
    assert targets == {"deploy", "start", "stop"}
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    paths = set(re.findall(r"(?:infra|pinterest_platform_tests)/[\w/.-]+\.(?:py|properties)", PAGE))
    assert len(paths) > 8
    assert [path for path in paths if not (ROOT / path).exists()] == ["infra/environments/dr.properties"]
    anchors = {re.sub(r"[^\w -]", "", name).lower().replace(" ", "-") for name in sections()}
    assert set(re.findall(r"\(#([\w-]+)\)", PAGE)) <= anchors
