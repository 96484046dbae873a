"""Metrics of a table's task: amounts, a preview of the rows, and the finding of a result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pinterest_platform.catalog import Catalog, Model, RawTable
from pinterest_platform.engines.contract import Engine, IngestResult, QueryResult, RefreshResult
from pinterest_platform.report.figures.svg import data_address
from pinterest_platform.report.publish import Published
from pinterest_platform.report.ranks import with_ranks
from pinterest_platform.report.reading import MOST_ROWS
from pinterest_platform.report.sections import report_of
from pinterest_platform.schemas import HIDDEN
from pinterest_platform.sql import relation
from pinterest_platform.tasks.result import Figures, Markdown

_PREVIEW_ROWS = 10
_PREVIEW_WIDTH = 60
#: Characters with a meaning in Markdown. A bare address is a link too.
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~&:@$^=])")


def ingested(engine: Engine, catalog: Catalog, table: RawTable, result: IngestResult) -> Figures:
    """Metrics of an ingestion. `next_offsets` are the next offsets to ingest, by partition."""
    return {
        "version": result.version,
        "seconds": round(result.seconds, 3),
        "landing_objects": result.objects,
        "landing_bytes": result.bytes,
        "lines": result.lines,
        "rows_added": result.rows_added,
        "rows_rejected": result.rows_rejected,
        "rows_known": result.rows_known,
        **({"rows_erased": result.rows_erased} if result.rows_erased else {}),
        "next_offsets": {str(partition): offset for partition, offset in sorted(result.positions.items())},
        **_columns_added(result.columns_added),
        "preview": preview(engine, catalog, table.address),
    }


def rejected(engine: Engine) -> Figures:
    by_reason = engine.inspect(
        "SELECT kafka_topic AS topic, reason, COUNT(*) AS line_count, MAX(ingested_at) AS newest FROM raw.rejected "
        "GROUP BY kafka_topic, reason ORDER BY line_count DESC, topic, reason",
        limit=_PREVIEW_ROWS,
    )
    return {"by_reason": markdown(by_reason)}


def refreshed(engine: Engine, catalog: Catalog, model: Model, result: RefreshResult) -> Figures:
    return {
        **(shown(engine, catalog, model) if model in catalog.results else {}),
        "preview": preview(engine, catalog, model.address),
        "version": result.version,
        "outcome": result.outcome,
        "seconds": round(result.seconds, 3),
        "rows_in": result.rows_in,
        "rows_changed": result.rows_changed,
        **_columns_added(result.columns_added),
        "location": result.uri,
    }


def _columns_added(names: Sequence[str]) -> Figures:
    """The columns that were added to a table in place, if any."""
    return {"columns_added": f"{', '.join(names)}: NULL in older rows until a full refresh"} if names else {}


def shown(engine: Engine, catalog: Catalog, model: Model) -> Figures:
    """The finding of a result in words, and its picture, if it has one. The picture is an image, as Dagster renders no
    markup. Ranks replace names. A result with personal values other than texts is not shown."""
    report = report_of(catalog)
    if any(column.personal and column.type != "string" for column in model.columns):
        return {}

    def rows_of(address: str) -> Sequence[tuple[Any, ...]]:
        rows = engine.inspect(f"SELECT * FROM {relation(address)}", limit=MOST_ROWS).rows
        return with_ranks(catalog.models[address], rows)

    rows = rows_of(model.address)
    said = report.finding(model, rows, rows_of)
    figure = report.figure(model, rows)
    picture = {"picture": Markdown(f"![{escaped(figure.title)}]({data_address(figure)})")} if figure else {}
    return {"finding": said, **picture}


def published(page: Published) -> Figures:
    """Metrics of the report."""
    return {
        "outcome": page.outcome,
        "seconds": round(page.seconds, 3),
        "bytes": page.size,
        "location": page.uri,
        "to_read_it": "pinterest-platform report --open",
    }


def preview(engine: Engine, catalog: Catalog, address: str) -> Markdown:
    """The first rows of a table, without personal values."""
    personal = catalog.personal(address)
    rows = engine.inspect(f"SELECT * FROM {relation(address)}", limit=_PREVIEW_ROWS)
    return markdown(without(rows, [name in personal for name in rows.columns]))


def without(result: QueryResult, hidden: Sequence[bool]) -> QueryResult:
    """Hide the values of the `hidden` columns. NULL stays visible."""
    rows = [
        tuple(HIDDEN if hide and value is not None else value for value, hide in zip(row, hidden, strict=True))
        for row in result.rows
    ]
    return replace(result, rows=rows)


def violations(counts: Mapping[str, int]) -> str:
    """Name the violated rules with their numbers of rows."""
    return "; ".join(f"{name}: {count:,} rows" for name, count in counts.items())


def markdown(result: QueryResult) -> Markdown:
    """Format rows as a Markdown table with long values cut. Texts are escaped: an image in one would call the server of
    its author."""
    if not result.rows:
        return Markdown("no rows")
    rows = [result.columns, *result.rows]
    head, *body = (f"| {' | '.join(map(_cell, row))} |" for row in rows)
    return Markdown("\n".join([head, f"|{' --- |' * len(result.columns)}", *body]))


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    text = text if len(text) <= _PREVIEW_WIDTH else text[: _PREVIEW_WIDTH - 1] + "…"
    return text if isinstance(value, int | float | date) else escaped(text)


def escaped(text: str) -> str:
    """Escape a text so that Markdown shows it unchanged."""
    return _PUNCTUATION.sub(r"\\\1", text)
