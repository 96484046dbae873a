"""What data says to a terminal is shown, and not done."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal

import pytest

from pinterest_platform.cli.output import console, errors, print_table, write_csv
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
    table, lines, cells = (cli("query", sql, "--format", kind).stdout for kind in ("table", "json", "csv"))
    assert r"\x1b]0;owned\x07" in table
    assert r"\x9b31m" in table
    assert json.loads(lines) == {"a": TITLE, "b": COLOUR}
    assert cells.splitlines() == ["a,b", r"\x1b]0;owned\x07,\x9b31m"]
    assert all(line.isprintable() for line in (table + lines).splitlines())


@pytest.mark.parametrize(
    "text", ["=1+1", "+cmd|'/c calc'!A0", "-1+1", "@SUM(A1)", "\t=1", "\n=1", "＝1+1", "－a", "-", "+"]
)
def test_a_spreadsheet_takes_no_text_for_a_formula(text: str) -> None:
    assert in_a_spreadsheet(text) == "'" + text
    assert in_a_spreadsheet("a" + text) == "a" + text
    assert in_a_spreadsheet("\r" + text) == r"'\x0d" + text


@pytest.mark.parametrize("number", [-5, -1.5, Decimal("-0.10"), "-5", "+49", "-1.5e-3", "-0.10"])
def test_in_a_spreadsheet_numbers_stay_numbers(number: object) -> None:
    assert in_a_spreadsheet(number) == str(number)


def in_a_spreadsheet(value: object) -> str:
    """What a cell holds when it is read back."""
    file = io.StringIO(newline="")
    write_csv(file, ["value", "next"], [[value, None]])
    rows = list(csv.reader(io.StringIO(file.getvalue(), newline="")))
    assert rows == [["value", "next"], [rows[1][0], ""]]
    return rows[1][0]
