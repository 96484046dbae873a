"""Metadata on a table's definition in Dagster. The metadata of each run is in `tasks.figures`."""

from __future__ import annotations

from typing import Any

import dagster as dg

from pinterest_platform.addresses import dotted
from pinterest_platform.catalog import Model, ModelColumn, RawTable
from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.results import asset_key
from pinterest_platform.report.words import listed
from pinterest_platform.schemas import PROVENANCE, TOMBSTONE, Column

Metadata = dict[str, Any]

_ADDED = frozenset(column.name for column in (TOMBSTONE, *PROVENANCE))


def definition(domain: Domain, table: RawTable | Model) -> Metadata:
    """Columns, physical name and, for a modelled table, its code; for SQL also the column lineage."""
    not_null = set(table.key) | {check.name.removesuffix("_not_null") for check in table.checks}
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            column.description or None,
            dg.TableColumnConstraints(nullable=column.name not in not_null, unique=table.key == (column.name,)),
            tags=_tags(column, table),
        )
        for column in table.columns
    ]
    result: Metadata = {
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/table_name": dotted(table.address),
    }
    if isinstance(table, Model) and table.sql is not None:
        result["dagster/column_lineage"] = column_lineage(domain, table)
        result["sql"] = dg.MetadataValue.md(f"```sql\n{table.sql.strip()}\n```")
    if isinstance(table, Model) and table.function is not None:
        result["pyspark"] = dg.MetadataValue.md(f"```python\n{table.function.code.strip()}\n```")
    return result


def _tags(column: Column | ModelColumn, table: RawTable | Model) -> dict[str, str]:
    """Whether the column is part of the key, is personal data, or was added by the platform."""
    is_added = isinstance(table, RawTable) and table.layer == "raw" and column.name in _ADDED
    found = {"key": column.name in table.key, "personal": column.personal, "provenance": is_added}
    return {tag: "" for tag, holds in found.items() if holds}


def description(model: Model) -> str:
    """The table's description, the meaning of a row, and the upstream tables."""
    key = listed([part.replace("_", " ") for part in model.key])
    row = f"One row per {key}" if model.key else "A single row"
    return f"{model.description} {row}, computed from {listed(model.upstreams)}."


def column_lineage(domain: Domain, model: Model) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(asset_key(domain, address), upstream) for address, upstream in sources]
            for column, sources in model.lineage.items()
        }
    )
