"""Database tables: read in one read-only transaction, row by row from a server-side cursor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from pinterest_platform.retail.sources.errors import SourceError, absent
from pinterest_platform.retail.sources.reader import Row, as_text

_ROWS_AT_ONCE = 2_000
_FORMS = (
    "Set RETAIL_SOURCE_URL to a SQLAlchemy URL, such as postgresql://user:password@host:5432/database or "
    "sqlite:///path/retail.sqlite. Write %40 for an @ in the password."
)


class TableReader:
    """One table. The database user needs only SELECT on it."""

    def __init__(self, url: SecretStr, table: str, columns: tuple[str, ...]) -> None:
        try:
            self._url = sa.make_url(url.get_secret_value())
        except (ArgumentError, ValueError):
            raise SourceError(f"The source URL is invalid. {_FORMS}") from None
        self._table = sa.table(table, *map(sa.column, columns))

    @property
    def place(self) -> str:
        return f"{self._url.set(query={}).render_as_string(hide_password=True)}, table {self._table.name}"

    def rows(self) -> Iterator[Row]:
        names = self._table.columns.keys()
        with self._connection() as connection:
            streamed = connection.execution_options(stream_results=True, yield_per=_ROWS_AT_ONCE)
            for values in streamed.execute(sa.select(self._table)):
                yield dict(zip(names, map(as_text, values), strict=True))

    def state(self) -> str | None:
        """The state of a SQLite file is its size and modification time, and those of its write-ahead log. PostgreSQL
        computes the number of rows and two sums of their hashes, which do not depend on the order. Other servers have
        no state."""
        if self._url.get_backend_name() == "postgresql":
            row = sa.cast(sa.func.row(*self._table.columns), sa.Text)
            sums = [sa.func.sum(sa.cast(sa.func.hashtextextended(row, seed), sa.Numeric)) for seed in (0, 1)]
            with self._connection() as connection:
                return " ".join(map(str, connection.execute(sa.select(sa.func.count(), *sums)).one()))
        if (file := self._file()) is None:
            return None
        found = [path.stat() for path in (file, file.with_name(f"{file.name}-wal")) if path.exists()]
        return " ".join(f"{stat.st_size} {stat.st_mtime_ns}" for stat in found)

    def probe(self) -> str:
        with self._connection() as connection:
            count = connection.scalar(sa.select(sa.func.count()).select_from(self._table))
        return f"{self.place}: {count:,} rows"

    def _file(self) -> Path | None:
        """The file of a SQLite URL.

        Raises:
            SourceError: it does not exist. Connecting would create it.
        """
        if self._url.get_backend_name() != "sqlite":
            return None
        file = Path(self._url.database or "")
        if not file.is_file():
            raise absent(self.place, f"the file {file} does not exist", "RETAIL_SOURCE_URL")
        return file

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        engine = self._engine()
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            reason = next(iter(str(getattr(error, "orig", None) or error).splitlines()), "")
            raise SourceError(
                f"{self.place}: {reason}. No rows were taken. Check that the server can be reached and that the user "
                "may select from the table, then run again."
            ) from None
        finally:
            engine.dispose()

    def _engine(self) -> sa.Engine:
        url, options = self._url, dict[str, object]()
        if (file := self._file()) is not None:
            read_only = {"mode": "ro", "uri": "true"}
            url = sa.URL.create(url.drivername, database=file.absolute().as_uri(), query=read_only)
        elif url.get_backend_name() == "postgresql":
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        try:
            return sa.create_engine(url, hide_parameters=True).execution_options(**options)
        except (ArgumentError, ModuleNotFoundError) as error:
            raise SourceError(
                f"{self.place}: no driver for {self._url.drivername}:// ({error}). Run pip install "
                f"'pinterest-platform[retail]' for postgresql://, or [mysql] for mysql+pymysql://. {_FORMS}"
            ) from None
