"""Ctrl-C: posting stops cleanly and goes on where it was."""

from __future__ import annotations

import re
from pathlib import Path

from pinterest_platform_tests.cli.conftest import Cli, started


def test_posting_stops_cleanly_and_resumes(cli: Cli, tmp_path: Path) -> None:
    assert cli("generate", "--rows", "3000").returncode == 0
    checkpoint = tmp_path / "data" / "posting" / "landing.json"
    with started(tmp_path, "post", "--rate", "500", "--flush-size", "10") as posting:
        posting.wait_until(lambda: checkpoint.exists() and re.search(r'"postings": *[1-9]', checkpoint.read_text()))
        posting.interrupt()
        assert posting.wait() == 0
    assert "Stopped." in posting.output
    [sent] = re.findall(r"([\d,]+) postings sent", posting.output)
    assert 0 < int(sent.replace(",", "")) < 3000
    assert cli("post", "--resume").returncode == 0
    lines = [
        line
        for path in (tmp_path / "data" / "landing" / "topics").glob("*.pin/partition=*/*.json")
        for line in path.read_text().splitlines()
    ]
    assert len(lines) == 3000
    assert len({re.search(r'"index": ?(\d+)', line)[1] for line in lines}) == 3000  # type: ignore[index]
