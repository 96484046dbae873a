"""infra/push_image.sh in a repository of its own: an image is made of what is committed, and of nothing else."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pinterest_platform_tests.infra.stacks import INFRA

_DOCKER = '#!/bin/sh\nif [ "$1" = build ]; then for last; do :; done; cd "$last" && find . -type f | sort; fi\n'
_AWS = '#!/bin/sh\ncase "$*" in *describe-images*) exit 1;; esac\n'


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repository"
    (root / "infra" / "dagster").mkdir(parents=True)
    shutil.copy(INFRA / "push_image.sh", root / "infra")
    (root / "infra" / "dagster" / "Dockerfile").write_text("FROM scratch\n")
    for name, text in (("docker", _DOCKER), ("aws", _AWS)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all")
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True)


def push(root: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{root.parent}:{os.environ['PATH']}"}
    command = [str(root / "infra" / "push_image.sh"), "registry/name", "tag", "dagster/Dockerfile", "platform", "infra"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_file_that_git_does_not_know_is_not_in_the_image(repository: Path) -> None:
    (repository / "infra" / "dagster" / "secret.env").write_text("PASSWORD=x")
    done = push(repository)
    assert (done.returncode, done.stdout.split()) == (0, ["./infra/dagster/Dockerfile", "./infra/push_image.sh"])


def test_change_that_is_not_committed_is_refused(repository: Path) -> None:
    (repository / "infra" / "dagster" / "Dockerfile").write_text("FROM other\n")
    done = push(repository)
    assert (done.returncode, done.stdout) == (1, "")
    assert "Commit your changes in infra first" in done.stderr
