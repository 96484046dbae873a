"""Properties that Dagster's catalog shows for every asset: its location, how its rows are written, its code version.

They are added after all assets are built. Properties of one kind of asset are set in the module that builds it.
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
    """The assets, each with its address as `dagster/uri`, tags for selections, and for tables a code version."""

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
    """Changes when the table's code or its declared columns change."""
    if isinstance(table, Model):
        return f"{table.fingerprint:016x}"
    declared = repr([(column.name, column.type, column.required) for column in table.columns])
    return hashlib.sha256(declared.encode()).hexdigest()[:16]


def _rows(table: RawTable | Model, catalog: Catalog) -> str:
    """How rows are written; `tag:rows=merged` selects the tables that are merged by key."""
    if table.address in catalog.views:
        return "view"
    if isinstance(table, Model):
        return "merged" if table.source_keys else "replaced"
    return "appended" if table.layer in ("raw", "stream") else "merged"


def _uri(address: str, spec: dg.AssetSpec, catalog: Catalog, settings: Settings) -> str:
    """The asset's location; empty if it has none, or if its address would contain a password."""
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
