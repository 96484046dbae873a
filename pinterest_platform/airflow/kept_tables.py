"""Which tables an Airflow keeps up to date, and which have moved from it to Dagster."""

from __future__ import annotations

from pinterest_platform.catalog import Catalog
from pinterest_platform.domain import publications
from pinterest_platform.settings import Settings, SettingsError


def airflow_tables(catalog: Catalog, settings: Settings) -> tuple[str, ...]:
    """Tables and publications of the exported DAG, each after what it is made of: all there are but those that have
    moved.

    Raises:
        SettingsError: what is said to have moved is no table, or something that is made of it stays with Airflow, which
            would then no longer know when to compute that.
    """
    before = steps_before(catalog, settings)
    addresses = [*before]
    names = [name.strip() for name in settings.airflow_moved.split(",") if name.strip()]
    moved = {address for address in addresses for name in names if name in (address, address.partition("/")[0])}
    if unknown := [name for name in names if not any(name in (a, a.partition("/")[0]) for a in addresses)]:
        raise SettingsError(
            f"PINTEREST_AIRFLOW_MOVED names {', '.join(unknown)}; there are {', '.join(addresses)} and their layers"
        )
    kept = tuple(address for address in addresses if address not in moved)
    for address in kept:
        if too_early := [name for name in before[address] if name in moved]:
            raise SettingsError(
                f"PINTEREST_AIRFLOW_MOVED names {', '.join(too_early)} without {address}, which is made of it; "
                f"add {address}, or move what nothing else is made of first"
            )
    return kept


def steps_before(catalog: Catalog, settings: Settings) -> dict[str, tuple[str, ...]]:
    """What has to be done before each table and publication; these come after what they are made of."""
    tables = {address: catalog.steps_before(address) for address in (*catalog.raw, *catalog.models)}
    published = publications(settings, catalog.domain)
    return {**tables, **{address: publication.upstreams for address, publication in published.items()}}
