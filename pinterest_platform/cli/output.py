"""How the command line shows things: tables, numbers, times, errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache

from rich.console import Console
from rich.markup import escape
from rich.table import Table


@cache
def console() -> Console:
    return Console(highlight=False)


@cache
def errors() -> Console:
    return Console(stderr=True, highlight=False)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None, grouped: bool = True
) -> None:
    """Print rows; numbers are aligned right, and where `grouped` in groups of three digits; NULL is shown as such."""
    rows = list(rows)
    table = Table(title=title, title_justify="left", header_style="bold")
    for position, name in enumerate(columns):
        numeric = any(isinstance(row[position], int | float) for row in rows)
        table.add_column(escape(name), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value, grouped) for value in row))
    console().print(table)


def _cell(value: object, grouped: bool) -> str:
    if value is None:
        return "[dim]NULL[/]"
    if isinstance(value, bool) or not isinstance(value, int) or not grouped:
        return escape(str(value))
    return f"{value:,}"


def short_shard(shard: str) -> str:
    """The number of a shard of Kinesis, or of a partition."""
    return shard.removeprefix("shardId-").lstrip("0") or "0"


def age(moment: datetime) -> str:
    """How long ago `moment` (with time zone) was, in the largest unit that fits."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{max(seconds, 0)} s"
