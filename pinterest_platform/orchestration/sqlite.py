"""Makes Dagster's SQLite storage cheap for a run in this process.

Dagster opens a new engine and connection for each of a run's hundreds of events. Opening them and compiling the same
few statements each time would take a third of the CPU time of a run with nothing new. Through SQLAlchemy's events, the
engines share open connections and compiled statements.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy


@contextmanager
def quick_sqlite(home: Path) -> Iterator[None]:
    """Share connections and compiled statements among the engines of databases below `home`. Others are not changed.

    SQLite also leaves flushing to the operating system between checkpoints. It writes a checkpoint when the last
    connection closes. In WAL mode this cannot corrupt a database. A power failure can lose the newest events, but never
    a row of a table.
    """
    connections = _Connections(home)
    statements = _Statements()

    def connect(_dialect: object, _record: object, arguments: list[Any], options: dict[str, Any]) -> object:
        return connections.take(*arguments, **options) if connections.own(*arguments) else None

    def connected(connection: sqlalchemy.Connection) -> None:
        if connections.own(connection.engine.url.database):
            connection.execution_options(compiled_cache=statements)

    sqlalchemy.event.listen(sqlalchemy.Engine, "do_connect", connect)
    sqlalchemy.event.listen(sqlalchemy.Engine, "engine_connect", connected)
    try:
        yield
    finally:
        sqlalchemy.event.remove(sqlalchemy.Engine, "engine_connect", connected)
        sqlalchemy.event.remove(sqlalchemy.Engine, "do_connect", connect)
        connections.close()


class _Statements(MutableMapping[Any, Any]):
    """Compiled statements. SQLAlchemy's keys begin with the engine's dialect; here all engines of one kind share."""

    def __init__(self) -> None:
        self._compiled: dict[Any, Any] = {}

    def __getitem__(self, key: Any) -> Any:
        return self._compiled[_of_any_engine(key)]

    def __setitem__(self, key: Any, compiled: Any) -> None:
        self._compiled[_of_any_engine(key)] = compiled

    def __delitem__(self, key: Any) -> None:
        del self._compiled[_of_any_engine(key)]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._compiled)

    def __len__(self) -> int:
        return len(self._compiled)


def _of_any_engine(key: Any) -> Any:
    dialect, *statement = key
    return (type(dialect), *statement)


class _Connections:
    """A pool of connections to the databases below a folder. Closing a connection returns it to the pool."""

    def __init__(self, home: Path) -> None:
        self._home = str(home.absolute())
        self._free: defaultdict[str, list[_Connection]] = defaultdict(list)
        self._open = True

    def own(self, database: object = None, *_: object) -> bool:
        """Whether an engine's database is below the folder."""
        return isinstance(database, str) and Path(database).is_relative_to(self._home)

    def take(self, database: str, **options: Any) -> _Connection:
        try:
            return self._free[database].pop()
        except IndexError:
            connection = sqlite3.connect(database, factory=_Connection, **options)
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.give_back = lambda: self._give_back(database, connection)
            return connection

    def _give_back(self, database: str, connection: _Connection) -> bool:
        if self._open:
            connection.rollback()
            self._free[database].append(connection)
        return self._open

    def close(self) -> None:
        """Close the free connections now, and the others when they are returned."""
        self._open = False
        for connections in self._free.values():
            for connection in connections:
                connection.close()


class _Connection(sqlite3.Connection):
    give_back: Any = staticmethod(lambda: False)

    def close(self) -> None:
        if not self.give_back():
            super().close()
