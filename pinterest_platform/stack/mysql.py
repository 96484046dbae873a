"""The MySQL of the local stack: a MariaDB server with an empty database. `source/` fills it."""

from __future__ import annotations

import getpass
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from pinterest_platform.stack.errors import StackError
from pinterest_platform.stack.prerequisites import MARIADB, find_mariadb, require
from pinterest_platform.stack.process import Launch, Server

#: The database of the source tables.
DATABASE = "pinterest_data"


class MySQLServer(Server):
    """A MariaDB server, utf8mb4, with user `root` and no password, for this machine only."""

    def __init__(self, folder: Path, name: str = "mysql") -> None:
        super().__init__(name, folder)

    @property
    def url(self) -> str:
        """SQLAlchemy URL of the source database."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        return f"mysql+pymysql://root@127.0.0.1:{self.port()}/{database}?charset=utf8mb4"

    def prepare(self) -> None:
        require(MARIADB)
        data = self.folder / "data"
        if data.exists():
            return
        self.progress("creating its data folder")
        # The program refuses a half-made folder, so move it into place when complete.
        unfinished = Path(tempfile.mkdtemp(prefix="data.", dir=self.folder))
        install = [str(find_mariadb("mariadb-install-db")), "--no-defaults", f"--datadir={unfinished}"]
        options = ["--auth-root-authentication-method=normal", "--skip-test-db", f"--user={getpass.getuser()}"]
        result = subprocess.run([*install, *options], capture_output=True, text=True, errors="replace", check=False)
        if result.returncode:
            raise StackError(f"{self.name}: cannot create its data folder:\n{result.stdout}{result.stderr}")
        unfinished.replace(data)

    def launch(self) -> Launch:
        return Launch(
            [
                str(find_mariadb("mariadbd")),
                "--no-defaults",
                f"--datadir={self.folder / 'data'}",
                # Relative to the data folder: a path may not exceed 107 bytes.
                "--socket=mysql.sock",
                f"--pid-file={self.folder / 'data' / 'mariadbd.pid'}",
                f"--user={getpass.getuser()}",
                "--bind-address=127.0.0.1",
                f"--port={self.port()}",
                "--innodb-buffer-pool-size=64M",
                "--performance-schema=OFF",
                "--skip-name-resolve",
                "--character-set-server=utf8mb4",
            ]
        )

    def ask(self) -> str:
        """Also creates the source database if it is missing."""
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SHOW DATABASES LIKE %s", (DATABASE,))
            if cursor.fetchone() is None:
                cursor.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET utf8mb4")
            cursor.execute("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s", (DATABASE,))
            (count,) = cursor.fetchone() or (0,)
        return f"{count} tables in {DATABASE}"

    def connect(self) -> Any:
        """A PyMySQL connection as root, without a database."""
        import pymysql

        return pymysql.connect(host="127.0.0.1", port=self.port(), user="root", charset="utf8mb4", connect_timeout=5)
