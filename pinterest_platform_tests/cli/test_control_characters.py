"""What data says to a terminal is shown, and not done."""

from __future__ import annotations

import json

import pytest

from pinterest_platform.cli.output import console, errors, print_table
from pinterest_platform_tests.cli.conftest import Cli

TITLE, COLOUR, BELL = "\x1b]0;owned\x07", "\x9b31m", "\x07\x08\r\x7f"


def test_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(["na\x1b[2Jme"], [[TITLE], [COLOUR], [BELL], ["Zoë ß 東京 👍"]], title="ti\x07tle")
    printed = capsys.readouterr().out
    for shown in (r"na\x1b[2Jme", r"\x1b]0;owned\x07", r"\x9b31m", r"\x07\x08\x0d\x7f", r"ti\x07tle", "ß 東京 👍"):
        assert shown in printed
    assert all(line.isprintable() for line in printed.splitlines())
    assert len({len(line) for line in printed.splitlines()[1:4]}) == 1


def test_in_a_line_and_in_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    for each in (console(), errors()):
        each.print(f"[red]failed[/] {TITLE}{COLOUR}{BELL}", soft_wrap=True)
    assert capsys.readouterr() == (r"failed \x1b]0;owned\x07\x9b31m\x07\x08\x0d\x7f" "\n",) * 2


def test_in_the_rows_of_a_query(cli: Cli) -> None:
    sql = f"SELECT '{TITLE}' AS a, '{COLOUR}' AS b"
    table, lines = cli("query", sql).stdout, cli("query", sql, "--format", "json").stdout
    assert r"\x1b]0;owned\x07" in table
    assert r"\x9b31m" in table
    assert json.loads(lines) == {"a": TITLE, "b": COLOUR}
    assert all(line.isprintable() for line in (table + lines).splitlines())
