"""A PostgreSQL server with an empty database, from the system's own packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.prerequisites import POSTGRES, find_postgres, require
from pinterest_platform.stack.process import Launch, Server

#: PostgreSQL refuses to run as root. The capability lets it pass through parent folders that only root may enter.
_AS_POSTGRES = (
    *("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"),
    *("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"),
)


class PostgresServer(Server):
    """A PostgreSQL server, UTF-8, with user `postgres` and no password, for this machine only."""

    def __init__(self, folder: Path, name: str = "postgres") -> None:
        super().__init__(name, folder)
        self._user = _AS_POSTGRES if os.geteuid() == 0 else ()

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the default database."""
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port()}/{database}"

    def prepare(self) -> None:
        require(POSTGRES)
        data = self.folder / "data"
        if data.exists():
            return
        self.progress("creating its data folder")
        # The program refuses a half-made folder, so move it into place when complete.
        unfinished = Path(tempfile.mkdtemp(prefix="data.", dir=self.folder))
        if self._user:
            shutil.chown(unfinished, "postgres", "postgres")
        options = [f"--pgdata={unfinished}", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale"]
        command = [*self._user, str(find_postgres("initdb")), *options]
        made = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, cwd="/")
        if made.returncode:
            raise StackError(f"{self.name}: cannot create its data folder:\n{made.stdout}{made.stderr}")
        unfinished.replace(data)

    def launch(self) -> Launch:
        # Acknowledged commits survive a crash of the process, but not of the machine.
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        settings |= {"fsync": "off", "shared_buffers": "64MB"}
        options = [f"--{name}={value}" for name, value in settings.items()]
        program = [str(find_postgres("postgres")), "-D", str(self.folder / "data"), "-p", str(self.port())]
        return Launch([*self._user, *program, *options])

    def ask(self) -> str:
        with self.connect() as connection:
            found = connection.execute("SELECT count(*) FROM pg_database WHERE NOT datistemplate").fetchone()
        return f"{found[0]} databases"

    def connect(self) -> Any:
        """A psycopg connection as `postgres` to the default database, with autocommit."""
        import psycopg

        return psycopg.connect(self.url, autocommit=True, connect_timeout=5)
