"""The Dockerfiles of infra as `docker build` reads them, as far as they are written."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from pinterest_platform_tests.infra.stacks import INFRA


class Instruction(NamedTuple):
    word: str
    rest: str


class Image:
    """A stage of a Dockerfile, after the stages that it builds on."""

    def __init__(self, folder: str, stage: str) -> None:
        self.dockerfile = INFRA / folder / "Dockerfile"
        stages: dict[str, list[Instruction]] = {}
        for instruction in instructions(self.dockerfile):
            if instruction.word == "FROM":
                base, _, name = instruction.rest.partition(" AS ")
                stages[name] = list(stages.get(base, []))
            stages[name].append(instruction)
        self.instructions = stages[stage]

    def all(self, word: str) -> list[str]:
        return [instruction.rest for instruction in self.instructions if instruction.word == word]

    @cached_property
    def environment(self) -> dict[str, str]:
        """Outer quotes are Docker's, inner ones stay."""
        pairs = (pair.partition("=") for line in self.all("ENV") for pair in shlex.split(line))
        return {name: value for name, _, value in pairs}

    @cached_property
    def entry_point(self) -> list[str]:
        found: list[str] = json.loads(self.all("ENTRYPOINT")[-1])
        return found

    def lay_out(self, root: Path) -> Path:
        """Make below `root` what COPY and RUN make in the image, and return its working folder. What needs a network or
        another user is left out: programs of these names do nothing, for packages are those of the tests."""
        programs = root / "programs"
        programs.mkdir(parents=True)
        for name in ("apt-get", "chown", "pip", "useradd"):
            (programs / name).write_text("#!/bin/sh\n")
            (programs / name).chmod(0o755)
        folder = root
        for word, rest in self.instructions:
            if word == "WORKDIR":
                folder = root / rest.lstrip("/")
                folder.mkdir(parents=True, exist_ok=True)
            elif word == "COPY" and not rest.startswith("--from"):
                *sources, target = rest.split()
                for source in sources:
                    _copy(INFRA.parent / source, folder / target)
            elif word == "RUN":
                path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
                environment = {**os.environ, "PATH": path}
                subprocess.run(
                    rest.replace("/opt/", f"{root}/opt/"), shell=True, cwd=folder, env=environment, check=True
                )
        return folder


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)


def instructions(dockerfile: Path) -> Iterator[Instruction]:
    text = re.sub(r"^\s*#.*\n", "", dockerfile.read_text(), flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        word, _, rest = line.partition(" ")
        yield Instruction(word.upper(), rest.strip())


#: By the resource that is the registry of each: the folder of its Dockerfile, and the stage where a tag names no other.
_STAGES = {
    "<containers.PlatformRepository.RepositoryUri>": ("dagster", "platform"),
    "<containers.KafkaRestRepository.RepositoryUri>": ("kafka-rest", "proxy"),
}


def image_of(container: dict[str, Any]) -> Image:
    """What a container of a task definition is made of."""
    repository, _, tag = container["Image"].rpartition(":")
    folder, stage = _STAGES[repository]
    return Image(folder, tag.partition("-")[2] or stage)


def arguments(container: dict[str, Any], override: list[str] | None = None) -> list[str]:
    """What runs in a container. `RunTask` overrides a command and never an entry point: Amazon ECS API Reference,
    "ContainerOverride"."""
    entry_point: list[str] = container.get("EntryPoint") or image_of(container).entry_point
    return [*entry_point, *(override or container["Command"])]
