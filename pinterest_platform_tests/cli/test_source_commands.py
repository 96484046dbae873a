"""The commands that fill and look at the source database."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform_tests.cli.conftest import Cli


def test_rows_of_a_folder_are_loaded_and_checked(cli: Cli, tmp_path: Path) -> None:
    for record in RECORDS:
        lines = [json.dumps(posting.record(record)) for posting in generate(30)]
        (tmp_path / f"{record}.jsonl").write_text("\n".join(lines) + "\n")
    for new in (30, 0):
        done = cli("source", "load", "--from", ".")
        assert (done.returncode, f"holds 30 postings, {new} of them new" in done.stdout) == (0, True), done.stderr
    done = cli("source", "check")
    assert (done.returncode, done.stdout.count("as expected")) == (0, 3), done.stdout + done.stderr
    with sqlite3.connect(tmp_path / "data" / "source.db") as connection:
        connection.execute("DELETE FROM user_data WHERE ind = 29")
    done = cli("source", "check")
    assert (done.returncode, "1 rows fewer than another of the three" in done.stdout) == (1, True), done.stdout


def test_folder_without_rows_is_a_message(cli: Cli) -> None:
    done = cli("source", "load", "--from", "nowhere")
    assert done.returncode == 1
    assert "nowhere/pin.jsonl: cannot be read: No such file" in done.stderr
    assert "Traceback" not in done.stderr
