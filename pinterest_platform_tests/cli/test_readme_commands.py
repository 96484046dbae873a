"""Every command that the README shows works where the demo has run."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from pinterest_platform_tests.cli.conftest import Cli

README = Path(__file__).parents[2] / "README.md"
COMMANDS = re.findall(r"^\.venv/bin/pinterest-platform (.+)$", README.read_text(), re.MULTILINE)

Demo = tuple[Cli, subprocess.CompletedProcess[str]]


def test_readme_shows_commands() -> None:
    assert len(COMMANDS) >= 8


def test_demo_shows_results_rejected_lines_and_the_way_to_the_ui(demo: Demo) -> None:
    _, done = demo
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in (
        "11,154 postings sent",
        "most_popular_category_by_year",
        "not JSON: expected one JSON object",
        "make dev",
    ):
        assert expected in done.stdout


def test_each_command_of_the_readme_works(demo: Demo) -> None:
    call, _ = demo
    for command in COMMANDS:
        done = call(*shlex.split(command))
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip(), command


def test_demo_again_adds_nothing(demo: Demo) -> None:
    call, _ = demo
    before = call("query", "SELECT COUNT(*) AS n FROM raw.pin", "--format", "csv").stdout
    again = call("demo")
    assert again.returncode == 0
    assert "0 postings sent" in again.stdout
    assert call("query", "SELECT COUNT(*) AS n FROM raw.pin", "--format", "csv").stdout == before


def test_run_of_one_table_takes_what_it_needs(demo: Demo) -> None:
    call, _ = demo
    done = call("run", "--select", "+analytics/users_joined_by_year")
    assert done.returncode == 0
    assert "raw/user" in done.stdout
    assert "raw/pin" not in done.stdout


def test_result_as_it_was_is_beside_the_current_one(demo: Demo) -> None:
    call, _ = demo
    done = call("run", "--select", "analytics/users_joined_by_year", "--as-of", "1")
    assert done.returncode == 0, done.stdout
    assert "as_of/v1/analytics/users_joined_by_year" in done.stdout


def test_check_says_what_is_there(demo: Demo) -> None:
    call, _ = demo
    done = call("check")
    assert done.returncode == 0, done.stdout
    assert "failed" not in done.stdout
    assert "18 of 26 made" in done.stdout


def test_optimize_keeps_every_row(demo: Demo) -> None:
    call, _ = demo
    count = ("query", "SELECT COUNT(*) AS n FROM cleaned.pin", "--format", "csv")
    before = call(*count).stdout
    assert call("optimize").returncode == 0
    assert call(*count).stdout == before
