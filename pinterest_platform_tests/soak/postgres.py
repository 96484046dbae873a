"""A PostgreSQL server for Dagster's records, as a deployed Dagster has one, from the system's own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import psycopg2

from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.process import Launch, Server

#: Where Debian puts them; nothing of it is in the PATH.
_DEBIAN = "/usr/lib/postgresql"


def find_postgres() -> Path | None:
    """The folder of PostgreSQL's programs; None where it is not installed."""
    found = shutil.which("postgres")
    programs = [Path(found)] if found else sorted(Path(_DEBIAN).glob("*/bin/postgres"))
    return programs[-1].parent if programs else None


class PostgresServer(Server):
    """A server with the database and user `postgres` and no password, for this machine only.

    Args:
        programs: the folder that `find_postgres` found.
    """

    def __init__(self, folder: Path, programs: Path) -> None:
        super().__init__("postgres", folder)
        self._programs = programs
        # PostgreSQL refuses to run as root.
        root = os.getuid() == 0
        self._user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if root else []

    @property
    def url(self) -> str:
        return f"postgresql+psycopg2://postgres@127.0.0.1:{self.port()}/postgres"

    def prepare(self) -> None:
        data = self.folder / "data"
        if data.exists():
            return
        unfinished = Path(tempfile.mkdtemp(prefix="data.", dir=self.folder))
        if self._user:
            shutil.chown(unfinished, "postgres", "postgres")
        options = [f"--pgdata={unfinished}", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
        command = [*self._user, str(self._programs / "initdb"), *options]
        made = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if made.returncode:
            raise StackError(f"{self.name}: its data folder could not be made:\n{made.stdout}{made.stderr}")
        unfinished.replace(data)

    def launch(self) -> Launch:
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        program = [str(self._programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port())]
        return Launch([*self._user, *program, *options])

    def ask(self) -> str:
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port(), user="postgres", dbname="postgres", connect_timeout=5
        )
        connection.close()
        return "takes connections"
