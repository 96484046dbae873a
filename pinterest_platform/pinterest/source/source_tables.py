"""The source tables as SQLAlchemy sees them, and how to connect to the database they are in.

Table definitions follow `records.RECORDS`, so nothing about a column is said twice. Reading is in `database.py`,
filling in `loading.py`.
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
    "Give a SQLAlchemy URL, as sqlite:///data/source.db or mysql+pymysql://user:password@host:3306/pinterest_data; "
    "write %40 for an @ in the password."
)
_NO_URL = f"The source URL cannot be read. {_FORMS}"
_HOW_TO_FILL = "Fill a database with `pinterest-platform generate`, or correct the URL."
_TYPES: dict[ColumnType, sa.types.TypeEngine[Any]] = {
    "bigint": sa.Integer(),
    "double": sa.Double(),
    "string": sa.Text(),
    # SQLite has no datetime: it is text there, the same as in a posting.
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
    # MySQL's older default character set has no emoji.
    return sa.Table(schema.source_table, metadata, *columns, mysql_charset="utf8mb4", mysql_engine="InnoDB")


METADATA = sa.MetaData()
#: Record name (`pin`, `geo`, `user`) to its table.
TABLES = {name: _table(schema, METADATA) for name, schema in RECORDS.items()}


def hidden(url: str | sa.URL) -> str:
    """The URL with the password hidden, for messages."""
    return sa.make_url(url).render_as_string(hide_password=True)


def sqlite_file(url: sa.URL) -> Path | None:
    """The file of a SQLite URL; None for other databases and for one in memory."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name)


def check_file(url: sa.URL) -> None:
    """See that the file of a SQLite URL is there, which connecting would make.

    Raises:
        SourceError: it is not.
    """
    file = sqlite_file(url)
    if file and not file.is_file():
        raise SourceError(f"Source {hidden(url)}: there is no file {file}. {_HOW_TO_FILL}")


def connectable(url: str) -> sa.Engine:
    """An engine for the URL; nothing is connected yet.

    Raises:
        SourceError: the URL is not one, or its driver is not installed.
    """
    parsed = parsed_url(url)
    try:
        # An error would otherwise print the thousands of values of its statement.
        return sa.create_engine(parsed, hide_parameters=True)
    except ArgumentError:
        raise SourceError(_NO_URL) from None
    except ModuleNotFoundError as error:
        if parsed.get_backend_name() not in ("mysql", "mariadb"):
            todo = f"Install it, or give another URL. {_FORMS}"
        elif error.name != "pymysql" and find_spec("pymysql"):
            todo = f"Write mysql+pymysql:// in place of {parsed.drivername}://."
        else:
            todo = "Write mysql+pymysql:// and run pip install 'pinterest-platform[mysql]'."
        raise SourceError(
            f"Source {hidden(parsed)}: the Python package {error.name!r} is not installed. {todo}"
        ) from None


def parsed_url(url: str) -> sa.URL:
    """The URL in its parts. Of one that cannot be taken apart nothing is shown: any part may be of the password.

    Raises:
        SourceError: it is not one, or a part of the password would pass for the host or the database.
    """
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError):
        raise SourceError(_NO_URL) from None
    unclear = url.count("@") > 1 or ("@" in url and not parsed.username)
    if unclear and parsed.get_backend_name() != "sqlite":
        raise SourceError(
            "The source URL does not show where its user, its password and its host begin. Write %40 for each @ in "
            "user and password, %3A for : and %2F for /; only the @ before the host stays."
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
            check = "this is the file of a SQLite database that may be used, and that its disk has room"
        else:
            check = "the server can be reached, and that the database is there and the user may use it"
        raise SourceError(f"Source {hidden(url)}: {reason}. Check that {check}.") from error


def check_tables(inspector: sa.Inspector) -> None:
    """See that the three tables are there with their columns.

    Raises:
        SourceError: naming what is missing.
    """
    url = hidden(inspector.engine.url)
    for table in TABLES.values():
        if not inspector.has_table(table.name):
            raise SourceError(f"Source {url} has no table {table.name!r}. {_HOW_TO_FILL}")
        missing = set(table.columns.keys()) - {column["name"] for column in inspector.get_columns(table.name)}
        if missing:
            raise SourceError(
                f"Source {url}: table {table.name!r} lacks {', '.join(sorted(missing))}; it needs "
                f"{', '.join(table.columns.keys())}. {_HOW_TO_FILL}"
            )


def row_reader(inspector: sa.Inspector, record: str) -> RowReader:
    """What reads the rows of a source table, which is there: in the order of `untyped`."""
    columns = inspector.get_columns(TABLES[record].name)
    return RowReader(RECORDS[record], {column["name"] for column in columns if _is_unsigned(column["type"])})


def _is_unsigned(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind, mysql.BIT) or (isinstance(kind, mysql.BIGINT) and bool(kind.unsigned))


def untyped(table: sa.Table) -> list[sa.ColumnElement[Any]]:
    """The columns of a table with their values as the driver gives them: SQLAlchemy expects those of declared types."""
    return [sa.type_coerce(column, sa.String()) for column in table.columns]


def row_count(connection: sa.Connection, table: sa.Table) -> int:
    """Rows of a source table, whose positions are 0 to rows - 1; from the last key, since counting reads the table."""
    last = connection.scalar(sa.select(sa.func.max(*table.primary_key.columns)))
    return 0 if last is None else int(last) + 1
