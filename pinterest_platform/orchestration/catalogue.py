"""What Dagster's catalogue shows of every asset alike, added once all of them are there: where it lies, how its rows
come to be, which version of what computes it. What one kind of asset says of itself stands where that is made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import dagster as dg

from pinterest_platform.addresses import layer
from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.orchestration.results import address_of
from pinterest_platform.report.publish import ADDRESS as REPORT
from pinterest_platform.settings import Settings


def catalogued(
    assets: Iterable[dg.AssetsDefinition | dg.AssetSpec], catalog: Catalog, settings: Settings
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The assets, each with its address as `dagster/uri`, tags to select by, and a code version where it is a table."""

    def complete(spec: dg.AssetSpec) -> dg.AssetSpec:
        address = address_of(catalog.domain, spec.key)
        tags = {"layer": layer(address)}
        metadata: dict[str, Any] = {}
        if uri := _uri(address, spec, catalog, settings):
            metadata["dagster/uri"] = uri
        if address in catalog.addresses or address in catalog.views:
            table = catalog.relation(address)
            tags["rows"] = _rows(table, catalog)
            if address in catalog.addresses:
                metadata["dagster/storage_kind"] = "deltalake"
            spec = spec.replace_attributes(code_version=code_version(table))
        return spec.merge_attributes(metadata=metadata, tags=tags)

    return [*dg.map_asset_specs(complete, assets)]


def code_version(table: RawTable | Model) -> str:
    """Changes with what computes a table, or with the columns that are declared for it."""
    if isinstance(table, Model):
        return f"{table.fingerprint:016x}"
    declared = repr([(column.name, column.type, column.required) for column in table.columns])
    return hashlib.sha256(declared.encode()).hexdigest()[:16]


def _rows(table: RawTable | Model, catalog: Catalog) -> str:
    """How they come to be; `tag:rows=merged` selects the tables that are kept by key."""
    if table.address in catalog.views:
        return "view"
    if isinstance(table, Model):
        return "merged" if table.merge else "replaced"
    return "appended" if table.layer in ("raw", "stream") else "merged"


def _uri(address: str, spec: dg.AssetSpec, catalog: Catalog, settings: Settings) -> str:
    """Where it lies; empty where that is nowhere, or in a place with a password."""
    topic = spec.metadata.get("topic")
    if layer(address) == "landing":
        return _joined(settings.landing_root, settings.landing_topics_dir, str(topic))
    if layer(address) == "kafka" and topic and settings.kafka_brokers:
        return f"kafka://{settings.kafka_brokers}/{topic}"
    if address == REPORT:
        return _joined(settings.lake_root, f"{address}.html")
    return _joined(settings.lake_root, address) if address in catalog.addresses else ""


def _joined(root: str, *parts: str) -> str:
    place = root if "://" in root else Path(root).as_uri()
    return "/".join([place.rstrip("/"), *(part for part in parts if part)])
