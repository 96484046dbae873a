"""Maintenance of every table: the same for the job of Dagster and the command `optimize`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pinterest_platform.catalog import Catalog
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.maintenance import Maintained, optimize
from pinterest_platform.settings import Settings


def optimize_tables(
    settings: Settings, catalog: Catalog, retention_hours: int, begin: Callable[[str], None]
) -> Iterator[tuple[str, Maintained]]:
    """Optimize each table that there is, one after the other; `begin` is told its address before.

    Raises:
        LakeError: a table cannot be rewritten; those before it are done.
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
