"""What Dagster shows of a table: on its definition, and with each materialization."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dagster as dg

from pinterest_platform.addresses import dotted
from pinterest_platform.catalog import Model, RawTable
from pinterest_platform.engines.contract import Engine, IngestResult, QueryResult, RefreshResult
from pinterest_platform.report import sections
from pinterest_platform.report.figures.svg import data_address
from pinterest_platform.report.publish import Published
from pinterest_platform.report.reading import MOST_ROWS
from pinterest_platform.report.words import listed
from pinterest_platform.sql import relation

_PREVIEW_ROWS = 10
_PREVIEW_WIDTH = 60

Metadata = dict[str, Any]


def definition(table: RawTable | Model) -> Metadata:
    """Columns, physical name and, for a modelled table, what computes it; column lineage where that is SQL."""
    not_null = set(table.key) | {check.name.removesuffix("_not_null") for check in table.checks}
    columns = [
        dg.TableColumn(
            column.name,
            column.type,
            column.description or None,
            dg.TableColumnConstraints(nullable=column.name not in not_null, unique=table.key == (column.name,)),
        )
        for column in table.columns
    ]
    result: Metadata = {
        "dagster/column_schema": dg.TableSchema(columns),
        "dagster/table_name": dotted(table.address),
    }
    if isinstance(table, Model) and table.sql is not None:
        result["dagster/column_lineage"] = column_lineage(table)
        result["sql"] = dg.MetadataValue.md(f"```sql\n{table.sql.strip()}\n```")
    if isinstance(table, Model) and table.function is not None:
        result["pyspark"] = dg.MetadataValue.md(f"```python\n{table.function.code.strip()}\n```")
    return result


def description(model: Model) -> str:
    """What the table says, what a row of it is and what it is made of."""
    row = f"A row is one {listed([part.replace('_', ' ') for part in model.key])}" if model.key else "It is one row"
    return f"{model.description} {row}, made from {listed(model.upstreams)}."


def column_lineage(model: Model) -> dg.TableColumnLineage:
    return dg.TableColumnLineage(
        {
            column: [dg.TableColumnDep(dg.AssetKey(address.split("/")), upstream) for address, upstream in sources]
            for column, sources in model.lineage.items()
        }
    )


def ingested(engine: Engine, table: RawTable, result: IngestResult) -> Metadata:
    """Of one ingestion; offsets are the next to be ingested, by partition."""
    return {
        "dagster/row_count": result.rows_total,
        "version": result.version,
        "seconds": round(result.seconds, 3),
        "landing_objects": result.objects,
        "landing_bytes": result.bytes,
        "lines": result.lines,
        "rows_added": result.rows_added,
        "rows_rejected": result.rows_rejected,
        "rows_known": result.rows_known,
        "next_offsets": {str(partition): offset for partition, offset in sorted(result.positions.items())},
        "preview": preview(engine, table.address),
    }


def rejected(engine: Engine) -> Metadata:
    lines = engine.inspect("SELECT COUNT(*) FROM raw.rejected").rows[0][0]
    by_reason = engine.inspect(
        "SELECT kafka_topic AS topic, reason, COUNT(*) AS line_count, MAX(ingested_at) AS newest FROM raw.rejected "
        "GROUP BY kafka_topic, reason ORDER BY line_count DESC, topic, reason",
        limit=_PREVIEW_ROWS,
    )
    return {"dagster/row_count": lines, "by_reason": dg.MetadataValue.md(markdown(by_reason))}


def refreshed(engine: Engine, model: Model, result: RefreshResult) -> Metadata:
    return {
        "dagster/row_count": result.rows_total,
        **(shown(engine, model) if model.layer == "analytics" else {}),
        "preview": preview(engine, model.address),
        "version": result.version,
        "outcome": result.outcome,
        "seconds": round(result.seconds, 3),
        "rows_in": result.rows_in,
        "rows_changed": result.rows_changed,
        "location": result.uri,
    }


def shown(engine: Engine, model: Model) -> Metadata:
    """What a result says in words, and its picture if there is one: an image, since Dagster shows no markup."""

    def rows_of(address: str) -> Sequence[tuple[Any, ...]]:
        return engine.inspect(f"SELECT * FROM {relation(address)}", limit=MOST_ROWS).rows

    rows = rows_of(model.address)
    said = sections.finding(model, rows, rows_of)
    figure = sections.figure(model, rows)
    picture = {"picture": dg.MetadataValue.md(f"![{figure.title}]({data_address(figure)})")} if figure else {}
    return {"finding": said, **picture}


def published(page: Published) -> Metadata:
    """Of the report."""
    return {
        "outcome": page.outcome,
        "seconds": round(page.seconds, 3),
        "bytes": page.size,
        "location": page.uri,
        "to_read_it": "pinterest-platform report --open",
    }


def as_it_was(result: RefreshResult, as_of: str) -> Metadata:
    """Of a copy made by time travel."""
    return {
        "as_of": as_of,
        "version": result.version,
        "rows": result.rows_total,
        "location": result.uri,
    }


def preview(engine: Engine, address: str) -> dg.MarkdownMetadataValue:
    """The first rows of a table."""
    return dg.MetadataValue.md(markdown(engine.inspect(f"SELECT * FROM {relation(address)}", limit=_PREVIEW_ROWS)))


def markdown(result: QueryResult) -> str:
    """Rows as Markdown table; long values are cut."""
    if not result.rows:
        return "no rows"
    return "\n".join([_line(result.columns), _line(["---"] * len(result.columns)), *map(_line, result.rows)])


def _line(values: Sequence[object]) -> str:
    return "| " + " | ".join(map(_cell, values)) + " |"


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    text = text if len(text) <= _PREVIEW_WIDTH else text[: _PREVIEW_WIDTH - 1] + "…"
    return text.replace("|", "\\|").replace("<", "&lt;")


def violations(counts: Mapping[str, int], examples: QueryResult) -> Metadata:
    """What a check that failed shows: which of its rules are violated by how many rows, and rows that violate the
    first of them."""
    return {
        "violated": "; ".join(f"{name}: {count:,} rows" for name, count in counts.items()),
        "examples": dg.MetadataValue.md(markdown(examples)),
    }
