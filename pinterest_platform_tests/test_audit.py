"""`make audit` asks for advisories about what `requirements.txt` pins."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s;]+(\s*;.*)?")


def test_each_version_is_pinned_as_an_audit_without_resolving_needs() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#") and not _PINNED.fullmatch(line)] == []


def test_the_command_that_asks() -> None:
    printed = subprocess.run(["make", "--just-print", "audit"], cwd=ROOT, capture_output=True, text=True, check=True)
    [asking] = [line for line in printed.stdout.splitlines() if "--requirement" in line]
    program, *options = shlex.split(asking.partition(" || ")[0])
    assert program == ".venv/audit/bin/pip-audit"
    assert options[:2] == ["--requirement", "requirements.txt"]
    assert {"--no-deps", "--disable-pip"} <= set(options)
