"""Holds the warehouse against the lake: as many rows in each table, and the same nine answers."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from pinterest_platform.catalog import Catalog
from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.connection import Warehouse
from pinterest_platform.retail.warehouse.star import SCHEMA, STAR

_ADVICE = (
    "`refresh warehouse/star_schema --full-refresh` sends every row again; delete by hand those that the lake does not "
    "have"
)


def differences(warehouse: Warehouse, cleaned: CleanedTables, catalog: Catalog) -> list[str]:
    """In what the two differ, and what to do; empty where they agree.

    Raises:
        WarehouseError, LakeError: one of them cannot be read.
    """
    found = []
    with warehouse.transaction(reading=True) as connection:
        for table in STAR:
            there = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            if there != (here := cleaned.count(f"cleaned/{table.name}")):
                found.append(f"{table.name}: {there:,} rows in the warehouse, {here:,} in the lake")
        for model in catalog.results:
            view = sa.table(model.name, *(sa.column(column.name) for column in model.columns), schema=SCHEMA)
            there_rows = Counter(tuple(row) for row in connection.execute(sa.select(view)))
            here_rows = Counter(cleaned.rows(model.address))
            if there_rows != here_rows:
                differing = (there_rows - here_rows) + (here_rows - there_rows)
                found.append(
                    f"{model.name}: {differing.total():,} rows of the answer differ, as {next(iter(differing))}"
                )
    return [*found, _ADVICE] if found else []
