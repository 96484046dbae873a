"""The connection to the warehouse: one transaction, and error messages that never show a password."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from pinterest_platform.errors import PlatformError, without_values

_FORMS = (
    "Use a URL such as postgresql://user:password@host:5432/sales_data in RETAIL_WAREHOUSE_URL. Write %40 for an @ in "
    "the password."
)
#: The advisory lock with which publishers take turns.
TURN = 7_236_418_205_113
#: How long a publisher waits for its turn, or for a table that another session has locked.
_PATIENCE = "10min"
#: What to do, by the prefix of PostgreSQL's error code.
_ADVICE = {
    "42501": "Grant the user that privilege. `check` lists the missing ones.",
    "25006": "Set RETAIL_WAREHOUSE_URL to the server that accepts writes.",
    "53": "Free up resources on the server, then run again.",
    "57": "The server ended the connection. Run again once it is up.",
    "08": "The connection was lost. Run again.",
    "55P03": f"Another session has held the lock for {_PATIENCE}. Look at pg_stat_activity, then run again.",
    "2BP01": "Another object depends on this view. Drop it, run again, and create it again.",
    "23": "Rows of the lake do not fit the table. Look at the checks of the cleaned tables.",
    "22": "Rows of the lake do not fit the table. Look at the checks of the cleaned tables.",
}
#: The client gives up after a minute if a server vanishes silently. TCP alone waits for hours.
_PATIENT = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "pinterest-platform",
}
_LOST = "Check that the server runs and check user, password and database, then run again."


class WarehouseError(PlatformError):
    """The warehouse cannot be written or read. The message names its URL without the password, and what to do."""


class Warehouse:
    """The database at a URL. It connects for one transaction at a time."""

    def __init__(self, url: SecretStr) -> None:
        text = url.get_secret_value()
        try:
            parsed = sa.make_url(text)
        except (ArgumentError, ValueError):
            raise WarehouseError(f"RETAIL_WAREHOUSE_URL is not a valid URL. {_FORMS}") from None
        if text.count("@") > 1 or ("@" in text and not parsed.username):
            # A part of the password would pass for the host.
            raise WarehouseError(f"RETAIL_WAREHOUSE_URL does not show where its host begins. {_FORMS}")
        if parsed.get_backend_name() not in ("postgresql", "postgres"):
            raise WarehouseError(f"RETAIL_WAREHOUSE_URL names {parsed.get_backend_name()!r}, not PostgreSQL. {_FORMS}")
        self._url = parsed.set(drivername="postgresql+psycopg")
        #: For messages: without password and options.
        self.place = parsed.set(query={}).render_as_string(hide_password=True)

    @contextmanager
    def transaction(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        """One transaction, in which `now()` stays the same. With `reading`, it sees one snapshot and cannot write.

        Raises:
            WarehouseError: the server cannot be reached, rejects a statement or disconnects. The message says whether
                anything was written. This is unknown only if the server disconnects during the commit.
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
                f"Warehouse {self.place}: the Python package {error.name!r} is not installed. "
                "Run: pip install 'pinterest-platform[retail]'"
            ) from None
        import psycopg

        written = "" if reading else " Nothing was written."
        try:
            with engine.begin() as connection:
                if reading:
                    connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_PATIENCE}'")
                yield connection
                written = "" if reading else " Everything was written, or nothing. Running again writes nothing twice."
        except (SQLAlchemyError, psycopg.Error) as error:
            raise WarehouseError(self._explained(error, written)) from None
        finally:
            engine.dispose()

    def _explained(self, error: Exception, written: str) -> str:
        raised = getattr(error, "orig", None) or error
        code = getattr(raised, "sqlstate", None)
        diag = getattr(raised, "diag", None)
        # Each one separately: in a joined text, everything between the values of two parts would be hidden.
        said = [getattr(diag, part, None) for part in ("message_primary", "message_detail", "message_hint", "context")]
        told = [without_values(part).rstrip(".") for part in said if part] or [without_values(str(raised))]
        reason = " ".join("; ".join(told).split())
        fitting = [advice for begin, advice in _ADVICE.items() if code and code.startswith(begin)]
        unknown = "Fix the cause, then run again." if code else f"{_LOST} {_FORMS}"
        return f"Warehouse {self.place}: {reason}.{written} {(fitting or [unknown])[0]}"


def take_turn(connection: sa.Connection) -> None:
    """Wait until no other publisher has an open transaction."""
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(TURN)))
