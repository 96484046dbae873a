"""The source tables in SQLAlchemy, and the connection to their database.

Table definitions follow `records.RECORDS`, so each column is declared once. `database.py` reads the tables, and
`loading.py` fills them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from pinterest_platform.errors import PlatformError
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.rows import RowReader
from pinterest_platform.schemas import ColumnType, RecordSchema

_FORMS = (
    "Use a SQLAlchemy URL, such as sqlite:///data/source.db or mysql+pymysql://user:password@host:3306/pinterest_data. "
    "Write %40 for an @ in the password."
)
_NO_URL = f"The source URL is invalid. {_FORMS}"
_HOW_TO_FILL = "Fill a database with `pinterest-platform generate`, or correct the URL."
_TYPES: dict[ColumnType, sa.types.TypeEngine[Any]] = {
    "bigint": sa.Integer(),
    "double": sa.Double(),
    "string": sa.Text(),
    # SQLite has no datetime type. It stores text, the same as in a posting.
    "timestamp_ntz": sa.DateTime().with_variant(sa.Text(), "sqlite").with_variant(mysql.DATETIME(), "mysql"),
}


class SourceError(PlatformError):
    """The source database cannot be used. The message names its URL without the password, and what to do."""


def _table(schema: RecordSchema, metadata: sa.MetaData) -> sa.Table:
    columns = [
        sa.Column(
            column.name,
            _TYPES[column.type],
            primary_key=column.name == schema.key,
            autoincrement=False,
            nullable=not column.required,
        )
        for column in schema.columns
    ]
    # MySQL's older default character set does not support emoji.
    return sa.Table(schema.source_table, metadata, *columns, mysql_charset="utf8mb4", mysql_engine="InnoDB")


METADATA = sa.MetaData()
#: The table of each record name (`pin`, `geo`, `user`).
TABLES = {name: _table(schema, METADATA) for name, schema in RECORDS.items()}


def hidden(url: str | sa.URL) -> str:
    """The URL with the password hidden, for messages."""
    return sa.make_url(url).render_as_string(hide_password=True)


def sqlite_file(url: sa.URL) -> Path | None:
    """The file of a SQLite URL. None for other databases and for in-memory ones."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def check_file(url: sa.URL) -> None:
    """Check that the file of a SQLite URL exists, because connecting would create it.

    Raises:
        SourceError: it does not exist.
    """
    file = sqlite_file(url)
    if file and not file.is_file():
        raise SourceError(f"Source {hidden(url)}: the file {file} does not exist. {_HOW_TO_FILL}")


def connectable(url: str) -> sa.Engine:
    """An engine for the URL, without a connection yet.

    Raises:
        SourceError: the URL is invalid, or its driver is not installed.
    """
    parsed = parsed_url(url)
    try:
        # Otherwise, an error would print the thousands of values of its statement.
        return sa.create_engine(parsed, hide_parameters=True)
    except ArgumentError:
        raise SourceError(_NO_URL) from None
    except ModuleNotFoundError as error:
        if parsed.get_backend_name() not in ("mysql", "mariadb"):
            todo = f"Install it, or use another URL. {_FORMS}"
        elif error.name != "pymysql" and find_spec("pymysql"):
            todo = f"Use mysql+pymysql:// instead of {parsed.drivername}://."
        else:
            todo = "Use mysql+pymysql:// and run pip install 'pinterest-platform[mysql]'."
        raise SourceError(
            f"Source {hidden(parsed)}: the Python package {error.name!r} is not installed. {todo}"
        ) from None


def parsed_url(url: str) -> sa.URL:
    """The parsed URL. If parsing fails, the error shows no part of it, because any part may belong to the password.

    Raises:
        SourceError: it is not a URL, or a part of the password would pass for the host or the database.
    """
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise SourceError(_NO_URL) from None
    unclear = url.count("@") > 1 or ("@" in url and not parsed.username)
    if unclear and parsed.get_backend_name() != "sqlite":
        raise SourceError(
            "The source URL does not show where its user, its password and its host begin. Write %40 for each @ in "
            "user and password, %3A for : and %2F for /. Keep only the @ before the host."
        )
    return parsed


@contextmanager
def explained(url: sa.URL) -> Iterator[None]:
    """Turns what the database driver raises into a `SourceError`."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = getattr(error, "orig", None) or error
        if url.get_backend_name() == "sqlite":
            check = "this is the file of a SQLite database, that you may use it, and that its disk is not full"
        else:
            check = "the server can be reached, that the database exists, and that the user may use it"
        raise SourceError(f"Source {hidden(url)}: {reason}. Check that {check}.") from error


def check_tables(inspector: sa.Inspector) -> None:
    """Check that the three tables and their columns exist.

    Raises:
        SourceError: one is missing. The message names it.
    """
    url = hidden(inspector.engine.url)
    for table in TABLES.values():
        if not inspector.has_table(table.name):
            raise SourceError(f"Source {url} has no table {table.name!r}. {_HOW_TO_FILL}")
        missing = set(table.columns.keys()) - {column["name"] for column in inspector.get_columns(table.name)}
        if missing:
            raise SourceError(
                f"Source {url}: table {table.name!r} lacks {', '.join(sorted(missing))}. It needs "
                f"{', '.join(table.columns.keys())}. {_HOW_TO_FILL}"
            )


def row_reader(inspector: sa.Inspector, record: str) -> RowReader:
    """The reader of the rows of an existing source table, in the order of `untyped`."""
    columns = inspector.get_columns(TABLES[record].name)
    return RowReader(RECORDS[record], {column["name"] for column in columns if _is_unsigned(column["type"])})


def _is_unsigned(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, mysql.BIT) or (isinstance(kind, mysql.BIGINT) and bool(kind.unsigned))


def untyped(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The columns of a table, with the values of the driver. SQLAlchemy would otherwise expect the declared types."""
    return [sa.type_coerce(column, sa.String()) for column in table.columns]


def row_count(connection: sa.Connection, table: sa.Table) -> int:
    """The number of rows of a source table, with positions 0 to rows - 1. Uses the last key, because counting is
    slow."""
    last = connection.scalar(sa.select(sa.func.max(*table.primary_key.columns)))
    return 0 if last is None else int(last) + 1
