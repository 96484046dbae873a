"""The warehouse probe of `check`: whether it answers, has the right tables and lets its user publish."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from pinterest_platform.retail.warehouse import tables
from pinterest_platform.retail.warehouse.connection import Warehouse, WarehouseError
from pinterest_platform.retail.warehouse.star import METADATA, PUBLISHED, SCHEMA

_RIGHTS = ("SELECT", "INSERT", "UPDATE")


def probe(warehouse: Warehouse) -> str:
    """A summary of the warehouse.

    Raises:
        WarehouseError: it cannot be reached, is read-only, has other tables, or its user lacks a privilege.
    """
    with warehouse.transaction(reading=True) as connection:
        version = connection.exec_driver_sql("SHOW server_version").scalar_one()
        if connection.scalar(sa.select(sa.func.pg_is_in_recovery())):
            raise WarehouseError(
                f"Warehouse {warehouse.place}: the server is a replica, which accepts no writes. Set "
                "RETAIL_WAREHOUSE_URL to the server that does."
            )
        known = tables.present(connection)
        if lacking := [*_lacking(connection, known)]:
            user = connection.scalar(sa.select(sa.literal_column("current_user")))
            raise WarehouseError(
                f"Warehouse {warehouse.place}: user {user} lacks {'; '.join(lacking)}. Ask the owner to grant this."
            )
        newest = connection.scalar(sa.select(sa.func.max(PUBLISHED.c.published_at))) if PUBLISHED in known else None
    told = f"last published at {newest:%Y-%m-%d %H:%M:%S %Z}" if newest else "nothing published yet"
    return f"{warehouse.place}: PostgreSQL {version}, {len(known)} of {len(METADATA.tables)} tables exist, {told}"


def _lacking(connection: sa.Connection, known: list[sa.Table]) -> Iterator[str]:
    """The privileges that publishing needs and the user lacks, in GRANT syntax."""
    if not connection.scalar(sa.select(sa.func.has_database_privilege(sa.func.current_database(), "TEMPORARY"))):
        yield "TEMPORARY on the database"
    needed = ["USAGE", *([] if len(known) == len(METADATA.tables) else ["CREATE"])]
    for right in needed:
        if not connection.scalar(sa.select(sa.func.has_schema_privilege(SCHEMA, right))):
            yield f"{right} on schema {SCHEMA}"
    for table in known:
        name = f"{SCHEMA}.{table.name}"
        rights = [
            right for right in _RIGHTS if not connection.scalar(sa.select(sa.func.has_table_privilege(name, right)))
        ]
        if rights:
            yield f"{', '.join(rights)} on {table.name}"
