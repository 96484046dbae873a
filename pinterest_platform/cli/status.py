"""The command status: shows how data flows, on one screen, as a page, or as metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pinterest_platform.cli.output import age, console, short_shard
from pinterest_platform.report.words import duration

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from pinterest_platform.domain import Domain
    from pinterest_platform.flow.postings import Sent
    from pinterest_platform.flow.runs import TableRun
    from pinterest_platform.flow.state import Flow
    from pinterest_platform.settings import Settings


#: The most postings and runs to show.
_POSTINGS, _RUNS = 3, 3


class StatusFormat(StrEnum):
    """Output formats of the status."""

    text = "text"
    html = "html"
    prometheus = "prometheus"


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Refresh until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.2, help="Seconds between refreshes with --watch.")] = 5.0,
    format_: Annotated[
        StatusFormat,
        typer.Option("--format", help="`html`: a page with pictures. `prometheus`: metrics for a textfile collector."),
    ] = StatusFormat.text,
    out: Annotated[Path | None, typer.Option(help="File to replace, instead of standard output.")] = None,
) -> None:
    """Show how data flows: landed and ingested records, tables, streams and runs, what is stuck and how to fix it.

    The command changes nothing. Exit status 1 if anything is stuck.

    Examples: `pinterest-platform status --watch`, `pinterest-platform status --format html --out flow.html`
    """
    from pinterest_platform.domains import load

    if out and format_ is StatusFormat.text:
        raise typer.BadParameter("--out needs --format html or prometheus", param_hint="--out")
    if watch and not out and format_ is not StatusFormat.text:
        raise typer.BadParameter(
            f"--watch with --format {format_.value} needs a file: give --out", param_hint="--watch"
        )
    with looking(*load()) as look:
        if watch:
            _watch(look, every, format_, out)
            return
        flow = look()
    _write(flow, format_, out)
    if flow.stuck:
        raise typer.Exit(1)


@contextmanager
def looking(settings: Settings, domain: Domain) -> Iterator[Callable[[], Flow]]:
    """Yield a function that reads how data flows. It reads with DuckDB, even if another engine writes."""
    from contextlib import closing

    from pinterest_platform.engines.duckdb.engine import DuckDBEngine
    from pinterest_platform.flow.state import Flows
    from pinterest_platform.orchestration.home import open_instance
    from pinterest_platform.orchestration.records import newest_runs, table_runs
    from pinterest_platform.streaming import load_streams
    from pinterest_platform.streaming.catalog import load_catalog

    catalog = load_catalog(settings, domain)
    streams = list(load_streams(settings, catalog).values())
    with closing(DuckDBEngine(settings, catalog)) as engine, open_instance(settings) as instance:
        flows = Flows(settings, catalog, engine, streams)
        yield lambda: flows.look(datetime.now(UTC), table_runs(instance, catalog), newest_runs(instance, domain))


def _watch(look: Callable[[], Flow], every: float, format_: StatusFormat, out: Path | None) -> None:
    from rich.live import Live

    if format_ is not StatusFormat.text:
        while True:
            _write(look(), format_, out)
            time.sleep(every)
    with Live(screen(look()), console=console(), screen=console().is_terminal, auto_refresh=False) as live:
        while True:
            time.sleep(every)
            live.update(screen(look()), refresh=True)


def _write(flow: Flow, format_: StatusFormat, out: Path | None) -> None:
    if format_ is StatusFormat.text:
        console().print(screen(flow))
        return
    if format_ is StatusFormat.html:
        from pinterest_platform.report.flow import page

        content = page(flow)
    else:
        from prometheus_client import generate_latest

        from pinterest_platform.flow.metrics import registry

        content = generate_latest(registry(flow)).decode()
    if out:
        # A reader finds the old file or the new one.
        temporary = out.with_name(f".{out.name}.tmp")
        temporary.write_text(content, encoding="utf-8")
        temporary.replace(out)
    else:
        typer.echo(content, nl=False)


def screen(flow: Flow) -> Group:
    """Render the whole status as text."""
    from rich.console import Group
    from rich.markup import escape
    from rich.text import Text

    told = [Text.from_markup(f"[red]stuck[/] {escape(text)}") for text in flow.stuck]
    told += [Text.from_markup(f"[yellow]warn[/]  {escape(text)}") for text in flow.warnings]
    told = told or [Text("nothing is stuck", style="green")]
    parts = [_postings(flow.sent)] if flow.sent else []
    parts += [_topics(flow), _tables(flow.tables)]
    parts += [_streams(flow)] if flow.streams else []
    parts += [_runs(flow)] if flow.runs else []
    return Group(*parts, *told)


def _table(title: str, *columns: str, left: int = 1) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for place, column in enumerate(columns):
        table.add_column(column, justify="left" if place < left else "right", overflow="fold")
    return table


def _postings(sent: Sequence[Sent]) -> Table:
    table = _table("Sent", "posting", "to", "postings", "rows of the source", "refused", "last", left=2)
    for at in sent[:_POSTINGS]:
        table.add_row(
            at.name,
            at.destination,
            f"{at.postings:,}",
            f"{at.rows:,}",
            f"{at.refused:,}",
            f"{age(at.written)} ago",
        )
    return table


def _topics(flow: Flow) -> Table:
    """One line per topic, with the partitions that lag."""
    from pinterest_platform.flow.journey import places

    journeys = {journey.topic: journey for journey in flow.journeys}
    table = _table(
        "Topics, and how long the newest records took from place to place",
        *(
            "topic",
            "written",
            "landed",
            "ingested",
            "not landed",
            "not ingested",
            "waits for",
            *places(flow.layers)[1:],
        ),
    )
    for topic in flow.topics:
        at = topic.partitions
        known = any(one.written is not None for one in at)
        waiting = max((one.waiting(flow.looked_at).total_seconds() for one in at if one.waiting_since), default=None)
        steps = journeys[topic.topic].steps if topic.topic in journeys else []
        table.add_row(
            topic.topic,
            f"{sum(one.written or 0 for one in at):,}" if known else "",
            f"{sum(one.landed for one in at):,}",
            f"{sum(one.ingested for one in at):,}",
            _behind({one.partition: one.not_landed for one in at}) if known else "",
            _behind({one.partition: one.not_ingested for one in at}),
            duration(waiting),
            *(duration(seconds) for _, seconds in steps),
        )
    return table


def _behind(records: Mapping[int, int]) -> str:
    return ", ".join(f"{partition}: {count:,}" for partition, count in records.items() if count) or "0"


def _tables(tables: Sequence[TableRun]) -> Table:
    table = _table("Tables", "table", "rows", "made", "took", "rows/s", "read", "changed", "rejected")
    for at in tables:
        table.add_row(
            at.address,
            _count(at.rows),
            f"{age(at.made)} ago" if at.made else "never",
            duration(at.seconds),
            _count(at.rows_in / at.seconds if at.rows_in and at.seconds else None),
            _count(at.rows_in),
            _count(at.rows_changed),
            _count(at.rows_rejected),
        )
    return table


def _streams(flow: Flow) -> Table:
    table = _table("Streams", "stream", "records/s", "rows", "rejected", "committed", "p50", "p99", "lag by shard")
    for at in flow.streams:
        last = at.timings[-1] if at.timings else None
        table.add_row(
            at.name,
            f"{at.records_per_second(flow.looked_at):,.0f}",
            f"{at.rows:,}",
            f"{at.rejected:,}",
            f"{age(at.committed)} ago" if at.committed else "never",
            duration(last.visible_p50) if last else "",
            duration(last.visible_p99) if last else "",
            ", ".join(f"{short_shard(shard)}: {lag:,} {at.unit}" for shard, lag in at.lag.items()),
        )
    return table


def _runs(flow: Flow) -> Table:
    table = _table("Runs", "run", "job", "status", "started", "took", "slowest steps", left=3)
    for run in flow.runs[:_RUNS]:
        slow = sorted((step for step in run.steps if step.seconds), key=lambda step: -(step.seconds or 0))[:3]
        table.add_row(
            run.identity[:8],
            run.job,
            run.status,
            f"{age(run.started)} ago",
            duration(run.seconds),
            ", ".join(f"{step.name} {duration(step.seconds)}" for step in slow),
        )
    return table


def _count(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"
