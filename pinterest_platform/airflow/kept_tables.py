"""Which tables Airflow keeps up to date, and which have moved from it to Dagster."""

from __future__ import annotations

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import publications
from pinterest_platform.settings import Settings, SettingsError


def airflow_tables(catalog: Catalog, settings: Settings) -> tuple[str, ...]:
    """Tables and publications of the exported DAG, upstream first: all except those that have moved.

    Raises:
        SettingsError: a moved table does not exist, or a table that depends on it stays with Airflow. Airflow would no
            longer know when to compute that table.
    """
    before = steps_before(catalog, settings)
    addresses = [*before]
    names = [name.strip() for name in settings.airflow_moved.split(",") if name.strip()]
    moved = {address for address in addresses for name in names if name in (address, address.partition("/")[0])}
    if unknown := [name for name in names if not any(name in (a, a.partition("/")[0]) for a in addresses)]:
        raise SettingsError(
            f"PINTEREST_AIRFLOW_MOVED names unknown tables or layers: {', '.join(unknown)}. "
            f"Give any of these tables, or their layers: {', '.join(addresses)}."
        )
    kept = tuple(address for address in addresses if address not in moved)
    for address in kept:
        if too_early := [name for name in before[address] if name in moved]:
            raise SettingsError(
                f"PINTEREST_AIRFLOW_MOVED names {', '.join(too_early)} without {address}, which depends on it. "
                f"Add {address}, or move tables without dependents first."
            )
    return kept


def steps_before(catalog: Catalog, settings: Settings) -> dict[str, tuple[str, ...]]:
    """The upstreams of each table and publication. The result is in order, upstream first."""
    tables = {address: catalog.steps_before(address) for address in (*catalog.raw, *catalog.models)}
    published = publications(settings, catalog.domain)
    return {**tables, **{address: publication.upstreams for address, publication in published.items()}}
