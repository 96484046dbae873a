"""`make audit` asks for advisories about what `requirements.txt` pins; here without the network."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
_PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==[^\s;]+(\s*;.*)?")


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments, "audit"], cwd=ROOT, capture_output=True, text=True, check=False)


def test_each_version_is_pinned_as_an_audit_without_resolving_needs() -> None:
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if line and not line.startswith("#") and not _PINNED.fullmatch(line)] == []


def test_the_command_that_asks() -> None:
    commands = make("--just-print").stdout.replace("\\\n", " ").splitlines()
    program, *options = shlex.split(commands[-1].lstrip("@"))
    assert program == ".venv/audit/bin/pip-audit"
    assert options[:2] == ["--requirement", "requirements.txt"]
    assert {"--no-deps", "--disable-pip"} <= set(options)


def test_without_a_network_it_says_so() -> None:
    done = make("PYPI=pypi.invalid")
    assert done.returncode != 0
    assert "cannot reach it: run it where there is a network" in done.stdout
