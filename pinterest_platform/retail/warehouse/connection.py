"""The connection to the warehouse: one transaction, and errors in words that never show a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from pinterest_platform.errors import PlatformError, without_values

_FORMS = (
    "Give RETAIL_WAREHOUSE_URL a URL as postgresql://user:password@host:5432/sales_data; write %40 for an @ in the "
    "password."
)
#: Publishers take turns by this lock of the database.
TURN = 7_236_418_205_113
#: How long one waits for its turn, and for a table that somebody else has locked.
_PATIENCE = "10min"
#: What to do, by the beginning of PostgreSQL's code of the error.
_ADVICE = {
    "42501": "Grant the user that right; `check` lists those that are missing.",
    "25006": "Name the server that takes writes in RETAIL_WAREHOUSE_URL.",
    "53": "Give the server room, then run again.",
    "57": "The server ended the connection; run again once it is up.",
    "08": "The connection was lost; run again.",
    "55P03": f"Somebody else has held the lock for {_PATIENCE}; see pg_stat_activity, then run again.",
    "2BP01": "Something of yours is made of this view; drop that, run again, and create it again.",
    "23": "The lake's rows do not fit the table; look at the checks of the cleaned tables.",
    "22": "The lake's rows do not fit the table; look at the checks of the cleaned tables.",
}
#: A server that vanishes without a word is given up after a minute; TCP alone waits for hours.
_PATIENT = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "pinterest-platform",
}
_LOST = "Check that the server runs and that user, password and database are right, then run again."


class WarehouseError(PlatformError):
    """The warehouse cannot be written or read. The message names its URL without the password, and what to do."""


class Warehouse:
    """The database that a URL names; it is connected to for one transaction at a time."""

    def __init__(self, url: SecretStr) -> None:
        text = url.get_secret_value()
        try:
            parsed = sa.make_url(text)
        except (ArgumentError, ValueError):
            raise WarehouseError(f"RETAIL_WAREHOUSE_URL cannot be read. {_FORMS}") from None
        if text.count("@") > 1 or ("@" in text and not parsed.username):
            # A part of the password would pass for the host.
            raise WarehouseError(f"RETAIL_WAREHOUSE_URL does not show where its host begins. {_FORMS}")
        if parsed.get_backend_name() not in ("postgresql", "postgres"):
            raise WarehouseError(f"RETAIL_WAREHOUSE_URL names {parsed.get_backend_name()!r}, not PostgreSQL. {_FORMS}")
        self._url = parsed.set(drivername="postgresql+psycopg")
        #: For people: without password and options.
        self.place = parsed.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        """All or nothing; in it `now()` is one moment. When `reading`, it sees one state and cannot write.

        Raises:
            WarehouseError: the server cannot be reached, refuses something or goes away. It says whether anything was
                written, which is not known only where the server goes away while it commits.
        """
        try:
            engine = sa.create_engine(
                self._url,
                poolclass=sa.NullPool,
                hide_parameters=True,
                connect_args={name: value for name, value in _PATIENT.items() if name not in self._url.query},
            )
        except ModuleNotFoundError as error:
            raise WarehouseError(
                f"Warehouse {self.place}: the Python package {error.name!r} is not installed; "
                "pip install 'pinterest-platform[retail]'"
            ) from None
        import psycopg

        written = "" if reading else " Nothing was written."
        try:
            with engine.begin() as connection:
                if reading:
                    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
                yield connection
                written = "" if reading else " All of it was written, or nothing; running again does nothing twice."
        except (SQLAlchemyError, psycopg.Error) as error:
            raise WarehouseError(self._explained(error, written)) from None
        finally:
            engine.dispose()

    def _explained(self, error: Exception, written: str) -> str:
        raised = getattr(error, "orig", None) or error
        code = getattr(raised, "sqlstate", None)
        diag = getattr(raised, "diag", None)
        # Each by itself: of one text, all between the values in two of them would be hidden.
        said = [getattr(diag, part, None) for part in ("message_primary", "message_detail", "message_hint", "context")]
        told = [without_values(part).rstrip(".") for part in said if part] or [without_values(str(raised))]
        reason = " ".join("; ".join(told).split())
        fitting = [advice for begin, advice in _ADVICE.items() if code and code.startswith(begin)]
        unknown = "Run again once it is mended." if code else f"{_LOST} {_FORMS}"
        return f"Warehouse {self.place}: {reason}.{written} {(fitting or [unknown])[0]}"


def take_turn(connection: sa.Connection) -> None:
    """Wait until no other publisher is in its transaction."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN)))
