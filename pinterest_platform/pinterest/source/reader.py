"""A user of a MySQL source that may read it and nothing else, for whoever only counts its rows."""

from __future__ import annotations

import sqlalchemy as sa

from pinterest_platform.pinterest.source.source_tables import SourceError, connectable, explained, hidden

_STATEMENTS = (
    "CREATE USER IF NOT EXISTS :user@'%' IDENTIFIED BY :password",
    # Also where the user was there with another password.
    "ALTER USER :user@'%' IDENTIFIED BY :password",
)


def make_reader(url: str, user: str, password: str) -> None:
    """Make the user, or give it this password, and let it read the source's database.

    Raises:
        SourceError: it is no MySQL, or the user of the URL may not make users.
    """
    engine = connectable(url)
    if engine.dialect.name != "mysql":
        raise SourceError(f"Source {hidden(url)}: only MySQL has users; nothing is needed to read this one.")
    database = engine.dialect.identifier_preparer.quote_identifier(engine.url.database or "")
    try:
        with explained(engine.url), engine.begin() as connection:
            for statement in (*_STATEMENTS, f"GRANT SELECT ON {database}.* TO :user@'%'"):
                connection.execute(sa.text(statement), {"user": user, "password": password})
    finally:
        engine.dispose()
