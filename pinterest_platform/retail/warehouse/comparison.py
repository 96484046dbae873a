"""Compares the warehouse with the lake: the number of rows in each table, and the nine answers."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from pinterest_platform.catalog import Catalog
from pinterest_platform.retail.warehouse.cleaned import CleanedTables
from pinterest_platform.retail.warehouse.connection import Warehouse
from pinterest_platform.retail.warehouse.star import SCHEMA, STAR

_ADVICE = (
    "run `refresh warehouse/star_schema --full-refresh` to send every row again, and manually delete those that the "
    "lake does not have"
)


def differences(warehouse: Warehouse, cleaned: CleanedTables, catalog: Catalog) -> list[str]:
    """The differences and what to do about them. Empty if both agree.

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
                    f"{model.name}: {differing.total():,} rows of the answer differ, such as {next(iter(differing))}"
                )
    return [*found, _ADVICE] if found else []
