"""Commands that show or maintain the lake: query, tables, describe, rejected, optimize."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import age, console, in_json, print_table, write_csv

if TYPE_CHECKING:
    from pinterest_platform.engines.contract import QueryResult


class Format(StrEnum):
    """Output formats of a query."""

    table = "table"
    csv = "csv"
    json = "json"


def query(
    sql: Annotated[str, typer.Argument(help="A SELECT in the Databricks dialect, with tables as `layer.table`.")],
    limit: Annotated[int, typer.Option(help="Maximum rows to show. 0 shows all.")] = 100,
    format: Annotated[
        Format,
        typer.Option(
            help="Output format. `json` gives each value exactly. `csv` is safe for spreadsheets. A text that starts "
            "like a formula (=, +, -, @) gets a leading apostrophe, and control characters are shown as \\x1b."
        ),
    ] = Format.table,
) -> None:
    """Run a SELECT over the lake.

    Example: `pinterest-platform query "SELECT * FROM analytics.most_popular_category_by_year"`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.engines import build_engine
    from pinterest_platform.streaming.catalog import load_catalog

    settings, domain = load()
    engine = build_engine(settings, load_catalog(settings, domain))
    try:
        # One extra row shows whether there are more.
        result = engine.query(sql, limit=limit + 1 if limit else None)
    finally:
        engine.close()
    more = bool(limit) and len(result.rows) > limit
    del result.rows[limit or len(result.rows) :]
    _print(result, format)
    if more:
        console().print(f"[dim]These are the first {limit} rows. --limit 0 shows all.[/]")


def _print(result: QueryResult, format: Format) -> None:
    if format is Format.csv:
        write_csv(sys.stdout, result.columns, result.rows)
    elif format is Format.json:
        for row in result.rows:
            print(in_json(dict(zip(result.columns, row, strict=True))))
    else:
        # Without digit grouping: a year is not 2,018.
        print_table(result.columns, result.rows, grouped=False)


def tables() -> None:
    """Show every table: rows, version, progress, and the age of its newest version.

    Example: `pinterest-platform tables`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.lake.lake import Lake
    from pinterest_platform.lake.positions import read_positions
    from pinterest_platform.landing.stores import open_zone
    from pinterest_platform.streaming.catalog import load_catalog

    settings, domain = load()
    catalog = load_catalog(settings, domain)
    lake, store = Lake(settings.lake_root), open_zone(settings)
    rows: list[tuple[object, ...]] = []
    for address in catalog.addresses:
        table = lake.open(address)
        if table is None:
            rows.append((address, None, None, "not created yet", ""))
            continue
        if record := catalog.record(address):
            topic = settings.topic(record.name)
            positions = read_positions(table, topic, store.partitions(topic))
            far = ", ".join(f"{partition}: {at.next_offset:,}" for partition, at in positions.items())
            far = f"next offsets {far}" if far else "nothing ingested"
        else:
            seen = [(a, table.transaction_version(a)) for a in catalog.upstreams(address)]
            far = ", ".join(f"{upstream} v{version}" for upstream, version in seen if version is not None)
        written = datetime.fromtimestamp(table.history(1)[0]["timestamp"] / 1000, UTC)
        rows.append((address, table.count(), table.version(), far, age(written)))
    print_table(("table", "rows", "version", "computed from", "age"), rows, title=f"Lake at {settings.lake_root}")


def describe(
    table: Annotated[str, typer.Argument(help="Address of a table, for example analytics/top_user_by_country.")],
) -> None:
    """Show the definition of a table: its columns and where each comes from, its key, upstreams and checks.

    Example: `pinterest-platform describe analytics/top_user_by_country`
    """
    from pinterest_platform.catalog import Model
    from pinterest_platform.domains import load
    from pinterest_platform.streaming.catalog import load_catalog

    catalog = load_catalog(*load())
    known = (*catalog.addresses, *catalog.views)
    if table not in known:
        raise typer.BadParameter(f"unknown table {table!r}. Tables: {', '.join(known)}")
    found = catalog.relation(table)
    lineage = found.lineage if isinstance(found, Model) else {}
    console().print(f"[bold]{table}[/]: {found.description}", soft_wrap=True)
    if isinstance(found, Model):
        made = "new rows merged by key" if found.source_keys else "computed in full, written when it changed"
        if table in catalog.views:
            made = "a view, computed on every read"
        if found.function is not None:
            made += ", by PySpark only" if found.sql is None else ", on Spark by PySpark"
        console().print(f"Upstreams: {', '.join(found.upstreams)}. Kind: {made}. Owner: {found.owner}.", soft_wrap=True)
    rows = []
    for column in found.columns:
        sources = [f"{address}.{name}" for address, name in lineage.get(column.name, ())]
        marks = [*["key"] * (column.name in found.key), *["personal"] * column.personal]
        name = f"{column.name} ({', '.join(marks)})" if marks else column.name
        rows.append((name, column.type, column.description, ", ".join(sources)))
    print_table(("column", "type", "meaning", "comes from"), rows)
    checks = [
        (check.name, "blocks" if check.blocking else "warns", " ".join(check.sql.split())) for check in found.checks
    ]
    print_table(("check", "when violated", "condition for every row, or query for violations"), checks)


def rejected(
    lines: Annotated[int, typer.Option(help="Also show this many of the newest lines.")] = 0,
    retry: Annotated[
        bool, typer.Option("--retry", help="Try every rejected line again. Valid lines move to raw.")
    ] = False,
) -> None:
    """Show how many lines were rejected, and why.

    Example: `pinterest-platform rejected --lines 5`, and after a fix `pinterest-platform rejected --retry`
    """
    from pinterest_platform.catalog import Catalog
    from pinterest_platform.domains import load
    from pinterest_platform.engines import build_engine
    from pinterest_platform.pseudonym_secret import pseudonyms_of

    settings, domain = load()
    engine = build_engine(settings, Catalog.load(domain, pseudonyms_of(settings)))
    try:
        if retry:
            for record in domain.records:
                console().print(f"raw/{record}: {engine.release(record):,} lines moved from rejected")
        result = engine.query(
            "SELECT kafka_topic AS topic, reason, COUNT(*) AS line_count, MAX(ingested_at) AS newest FROM raw.rejected "
            "GROUP BY kafka_topic, reason ORDER BY line_count DESC, topic, reason"
        )
        if not result.rows:
            console().print("Nothing is rejected.")
            return
        print_table(result.columns, result.rows)
        if lines:
            newest = engine.query(
                "SELECT landing_file, kafka_offset, reason, SUBSTRING(line, 1, 200) AS line FROM raw.rejected "
                "ORDER BY ingested_at DESC, kafka_topic, kafka_partition, kafka_offset DESC",
                limit=lines,
            )
            print_table(newest.columns, newest.rows)
    finally:
        engine.close()


def optimize(
    retention_hours: Annotated[
        int,
        typer.Option(
            min=1, help="Hours of versions to keep. Older versions lose their files and can no longer be read."
        ),
    ] = 168,
) -> None:
    """Sort and compact data files, and delete files that no version within the retention needs.

    With PINTEREST_RETENTION_DAYS, the command first removes older data that no result needs.

    Example: `pinterest-platform optimize --retention-hours 24`
    """
    from pinterest_platform.domains import load
    from pinterest_platform.streaming.catalog import load_catalog
    from pinterest_platform.tasks.maintenance import optimize_tables
    from pinterest_platform.tasks.retention import expire

    settings, domain = load()
    catalog = load_catalog(settings, domain)
    with console().status("optimizing") as status:
        gone = [(e.what, e.count, e.kept_by) for e in expire(settings, catalog)]
        done = optimize_tables(
            settings, catalog, retention_hours, lambda address: status.update(f"optimizing {address}")
        )
        rows = [(address, d.files_before, d.files_after, d.deleted) for address, d in done]
    if gone:
        print_table(("older than the retention", "removed", "kept in full for"), gone)
    print_table(("table", "files before", "files after", "deleted"), rows)
