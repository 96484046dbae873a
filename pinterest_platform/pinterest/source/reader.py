"""Creates a read-only user of a MySQL source, for programs that only count its rows."""

from __future__ import annotations

import sqlalchemy as sa

from pinterest_platform.pinterest.source.source_tables import SourceError, connectable, explained, hidden

_STATEMENTS = (
    "CREATE USER IF NOT EXISTS :user@'%' IDENTIFIED BY :password",
    # Also if the user already had another password.
    "ALTER USER :user@'%' IDENTIFIED BY :password",
)


def make_reader(url: str, user: str, password: str) -> None:
    """Create the user, or set this password, and grant it read access to the source's database.

    Raises:
        SourceError: the source is not MySQL, or the user of the URL may not create users.
    """
    engine = connectable(url)
    if engine.dialect.name != "mysql":
        raise SourceError(f"Source {hidden(url)}: only MySQL has users. This source can be read without one.")
    database = engine.dialect.identifier_preparer.quote_identifier(engine.url.database or "")
    try:
        with explained(engine.url), engine.begin() as connection:
            for statement in (*_STATEMENTS, f"GRANT SELECT ON {database}.* TO :user@'%'"):
                connection.execute(sa.text(statement), {"user": user, "password": password})
    finally:
        engine.dispose()
