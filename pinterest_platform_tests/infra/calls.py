"""Calls of `make -C infra` to AWS: `aws`, `docker` and `mvn` are programs that write down how they are called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pinterest_platform_tests.infra.stacks import COMPUTED, INFRA

#: Arguments end with a unit separator, calls with a record separator: both may be any text.
RECORDER = """#!/bin/sh
{{ printf '%s\\037' {name} "$@"; printf '\\036'; }} >> {log}
if [ "$1" = login ]; then cat > /dev/null; fi
case "$*" in
{answers}
esac
"""
_ANSWER = """'{begin}'*) printf '%s' '{answer}'; exit {status};;"""
#: What this checkout says of itself is not the matter here.
_GIT = """#!/bin/sh
case "$*" in *archive*) tar --create --files-from /dev/null;; *log*) echo 1a2b3c4;; *rev-parse*) pwd;; esac
"""


class Calls:
    """Makes targets and knows the calls; `answers` of `aws` are a call's beginning, what it prints, its exit status."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._log, self.output = folder, folder / "calls", ""
        self.answers = [
            ("cloudformation list-exports", "exported", 0),
            ("cloudformation describe-stacks", "UPDATE_COMPLETE", 0),
            ("kafka get-bootstrap-brokers", COMPUTED["KafkaBrokers"], 0),
            ("ec2 describe-availability-zones", COMPUTED["ZoneIds"], 0),
            ("iam list-roles", "None", 0),
            ("ecr describe-images", "", 1),
            ("ecr get-login-password", "password", 0),
            ("ecs run-task", "arn:aws:ecs:us-east-1:123456789012:task/pinterest-dev/abc", 0),
            ("ecs describe-tasks", "0", 0),
        ]

    def make(self, *arguments: str) -> list[list[str]]:
        done = self._called(["make", "--directory", str(INFRA), f"PYTHON={sys.executable}", *arguments])
        assert done.returncode == 0, done.stdout + done.stderr
        self.output = done.stdout
        return [call.split("\037")[:-1] for call in self._log.read_text().split("\036")[:-1]]

    def run(self, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self._called([str(INFRA / script), *arguments])

    def _called(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        self._log.write_text("")
        answers = "\n".join(_ANSWER.format(begin=b, answer=a, status=s) for b, a, s in self.answers)
        for name in ("aws", "docker", "mvn"):
            self._program(name, RECORDER.format(name=name, log=self._log, answers=answers if name == "aws" else ""))
        self._program("git", _GIT)
        environment = {**os.environ, "PATH": f"{self._folder}:{os.environ['PATH']}"}
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    def _program(self, name: str, text: str) -> None:
        program = self._folder / name
        program.write_text(text)
        program.chmod(0o755)
