"""Every command that the README, the tour and the how-to show works where the demo has run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from pinterest_platform_tests.cli.conftest import Cli, environment, runner

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "docs/tour.md", "docs/how-to.md")
_BLOCK = re.compile(r"^```(bash|sql)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\.venv/bin/pinterest-platform (.+)$", re.MULTILINE)


def blocks(document: str, language: str = "bash") -> list[str]:
    """The blocks of commands, or of SQL, in a document."""
    return [text for kind, text in _BLOCK.findall((ROOT / document).read_text()) if kind == language]


def commands(document: str) -> list[str]:
    """The commands of a document, but for those that need a server or a file that it says how to write."""
    found = [block for block in blocks(document) if "export " not in block and "posts_by_category" not in block]
    return [command for block in found for command in _COMMAND.findall(block)]


Demo = tuple[Cli, subprocess.CompletedProcess[str]]


def test_documents_show_commands() -> None:
    assert [len(commands(document)) >= 5 for document in DOCUMENTS] == [True, True, True]


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


def test_each_command_works(demo: Demo) -> None:
    call, _ = demo
    for command in dict.fromkeys(command for document in DOCUMENTS for command in commands(document)):
        done = call(*shlex.split(command))
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip() or "--out" in command or "--html" in command, command


def test_analytic_of_the_how_to_is_one_file(tmp_path: Path) -> None:
    """In a copy, so that the file is in the package of no other test."""
    call = runner(tmp_path)
    for made in (
        ("source", "load", "--rows", "100"),
        ("post", "--order", "sequential"),
        ("run", "--select", "+cleaned/pin"),
    ):
        assert call(*made).returncode == 0
    shutil.copytree(ROOT / "pinterest_platform", tmp_path / "pinterest_platform")
    [sql] = blocks("docs/how-to.md", "sql")
    (tmp_path / "pinterest_platform/models/analytics/posts_by_category.sql").write_text(sql)
    [shown] = [_COMMAND.findall(block) for block in blocks("docs/how-to.md") if "posts_by_category" in block]
    program = [sys.executable, "-c", "from pinterest_platform.cli.app import main; main()"]
    for command in shown:
        done = subprocess.run(
            [*program, *shlex.split(command)],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert "post_count" in done.stdout


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
