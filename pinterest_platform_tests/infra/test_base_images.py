"""Base images by digest: which are, and that `make pin` writes what their tags are now."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from pinterest_platform_tests.infra.stacks import INFRA

#: Of these no page that can be read here tells the digest: `make -C infra pin` writes it.
BY_TAG = {"confluentinc/cp-kafka-rest:7.9.8"}
#: An image, which has a tag; an earlier stage has none.
_FROM = re.compile(r"^FROM (\S+?:[^\s@]+)(?:@(\S+))?(?: AS \S+)?$", re.MULTILINE)
DIGEST = "sha256:" + "0123456789abcdef" * 4
_DOCKER = """#!/bin/sh
[ "$1 $2 $3" = "buildx imagetools inspect" ] || exit 3
case "$4" in *broken*) echo ERROR: not found >&2; exit 1;; *) echo {digest};; esac
"""


def test_what_images_are_made_of_does_not_change_by_itself() -> None:
    for dockerfile in INFRA.glob("*/Dockerfile"):
        for image, digest in _FROM.findall(dockerfile.read_text()):
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", digest) or image in BY_TAG, f"{dockerfile}: {image}"


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """A copy of the Dockerfiles, and a `docker` that knows one digest."""
    for dockerfile in INFRA.glob("*/Dockerfile"):
        (tmp_path / dockerfile.parent.name).mkdir()
        shutil.copy(dockerfile, tmp_path / dockerfile.parent.name)
    shutil.copy(INFRA / "pin_bases.sh", tmp_path)
    (tmp_path / "docker").write_text(_DOCKER.format(digest=DIGEST))
    (tmp_path / "docker").chmod(0o755)
    return tmp_path


def pin(infra: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{infra}:{os.environ['PATH']}"}
    return subprocess.run([str(infra / "pin_bases.sh")], env=environment, capture_output=True, text=True)


def test_pin_writes_what_tags_are_now(infra: Path) -> None:
    for _ in range(2):
        done = pin(infra)
        assert done.returncode == 0, done.stderr
        for dockerfile in infra.glob("*/Dockerfile"):
            before = (INFRA / dockerfile.parent.name / "Dockerfile").read_text()
            found, text = _FROM.findall(before), dockerfile.read_text()
            assert _FROM.findall(text) == [(image, DIGEST) for image, _ in found]
            assert re.sub(r"@sha256:\w+", "", text) == re.sub(r"@sha256:\w+", "", before), "nothing else"


def test_stages_are_no_images_and_a_tag_that_is_gone_is_told(infra: Path) -> None:
    dockerfile = infra / "dagster" / "Dockerfile"
    text = "FROM --platform=linux/amd64 a/b:1 AS first\nFROM first\nFROM scratch\n"
    dockerfile.write_text(text)
    assert pin(infra).returncode == 0
    assert dockerfile.read_text() == text.replace("b:1", f"b:1@{DIGEST}")
    dockerfile.write_text("FROM a/broken:1\n")
    done = pin(infra)
    assert (done.returncode, dockerfile.read_text()) == (1, "FROM a/broken:1\n")
    assert "not found" in done.stderr
