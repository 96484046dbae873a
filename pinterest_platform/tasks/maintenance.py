"""Maintenance of every table, shared by the Dagster job and the command `optimize`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pinterest_platform.catalog import Catalog
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import Maintained, optimize
from pinterest_platform.settings import Settings


def optimize_tables(
    settings: Settings, catalog: Catalog, retention_hours: int, begin: Callable[[str], None]
) -> Iterator[tuple[str, Maintained]]:
    """Optimize each existing table in turn, and call `begin` with its address first.

    Raises:
        LakeError: a table cannot be rewritten. The tables before it are done.
    """
    lake = Lake(settings.lake_root)
    for address in catalog.addresses:
        table = lake.open(address)
        if table is None:
            continue
        begin(address)
        key = catalog.models[address].key if address in catalog.models else ()
        yield (
            address,
            optimize(table, key, retention_hours=retention_hours, memory_limit=settings.memory_limit),
        )
