"""Every command that the README, the tour and the how-to show works where the demo has run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pinterest_platform_tests.cli.conftest import Cli, environment

ROOT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "docs/tour.md", "docs/how-to.md")
_BLOCK = re.compile(r"^```(bash|sql)\n(.*?)^```", re.MULTILINE | re.DOTALL)
#: Runs the commands that are its arguments, in one process, up to the first that fails.
ONE_AFTER_THE_OTHER = """
import shlex, sys
from pinterest_platform.cli.app import main
for command in sys.argv[1:]:
    sys.argv[1:] = shlex.split(command)
    main()
"""
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


@pytest.fixture(scope="module")
def printed(demo: Demo) -> dict[str, subprocess.CompletedProcess[str]]:
    """What each command printed, run one after the other where the demo has run."""
    call, _ = demo
    shown = dict.fromkeys(command for document in DOCUMENTS for command in commands(document))
    return {command: call(*shlex.split(command)) for command in shown}


def output_of(printed: dict[str, subprocess.CompletedProcess[str]], command: str) -> str:
    """Standard output of the one command that begins so."""
    [done] = [done for shown, done in printed.items() if shown.startswith(command)]
    return done.stdout


def test_each_command_works(printed: dict[str, subprocess.CompletedProcess[str]]) -> None:
    for command, done in printed.items():
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert done.stdout.strip() or "--out" in command or "--html" in command, command


def test_run_of_one_table_takes_what_it_needs(printed: dict[str, subprocess.CompletedProcess[str]]) -> None:
    told = output_of(printed, "run --select +analytics/top_user_by_country")
    assert {*re.findall(r"\b(?:raw|cleaned|analytics)/\w+", told)} == {
        *(f"{layer}/{name}" for layer in ("raw", "cleaned") for name in ("pin", "geo", "user")),
        "cleaned/post",
        "analytics/top_user_by_country",
    }


def test_result_as_it_was_is_beside_the_current_one(printed: dict[str, subprocess.CompletedProcess[str]]) -> None:
    told = output_of(printed, "run --select analytics/users_joined_by_year --as-of 1")
    assert "as_of/v1/analytics/users_joined_by_year" in told


def test_check_says_what_is_there(printed: dict[str, subprocess.CompletedProcess[str]]) -> None:
    told = output_of(printed, "check")
    assert "failed" not in told
    assert "19 of 27 created" in told


def test_optimize_keeps_every_row(demo: Demo) -> None:
    call, _ = demo
    count = ("query", "SELECT COUNT(*) AS n FROM cleaned.pin", "--format", "csv")
    before = call(*count).stdout
    assert call("optimize").returncode == 0
    assert call(*count).stdout == before


@pytest.mark.usefixtures("demo")
def test_analytic_of_the_how_to_is_one_file(demo_folder: Path, tmp_path: Path) -> None:
    """In a copy, so that the file is in the package of no other test, nor its table in the lake of the demo."""
    shutil.copytree(ROOT / "pinterest_platform", tmp_path / "pinterest_platform")
    shutil.copytree(demo_folder / "data", tmp_path / "data")
    [sql] = blocks("docs/how-to.md", "sql")
    (tmp_path / "pinterest_platform/pinterest/models/analytics/posts_by_category.sql").write_text(sql)
    [shown] = [_COMMAND.findall(block) for block in blocks("docs/how-to.md") if "posts_by_category" in block]
    done = subprocess.run(
        [sys.executable, "-c", ONE_AFTER_THE_OTHER, *shown],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{shown}\n{done.stdout}\n{done.stderr}"
    assert "post_count" in done.stdout


@pytest.mark.long  # That nothing is added by a run without news, or by posting again, has tests of its own.
def test_demo_again_adds_nothing(demo: Demo) -> None:
    call, _ = demo
    before = call("query", "SELECT COUNT(*) AS n FROM raw.pin", "--format", "csv").stdout
    again = call("demo")
    assert again.returncode == 0
    assert "0 postings sent" in again.stdout
    assert call("query", "SELECT COUNT(*) AS n FROM raw.pin", "--format", "csv").stdout == before
