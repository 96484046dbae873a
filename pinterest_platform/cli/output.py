"""How the command line shows things: tables, numbers, times, errors."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

#: Characters by which a text tells a terminal what to do, but for line ends and tabs, and what is shown of each.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}

#: What a spreadsheet takes for a formula: these first characters, or the wide forms of them, but for numbers.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class _Console(Console):
    """A console on which texts, wherever they are from, only show: they move no cursor, set no title, ring no bell."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(shown(text), **options)


def in_json(values: Mapping[str, object]) -> str:
    """A row as JSON, in which all control characters are escaped, also those that JSON leaves."""
    written = json.dumps(values, ensure_ascii=False, default=str)
    return written.translate({code: f"\\u{code:04x}" for code in _CONTROL})


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows for a spreadsheet: a text that it would compute gets an apostrophe in front, as OWASP advises, and
    control characters are shown."""
    writer = csv.writer(file)
    writer.writerow(map(_csv_cell, columns))
    writer.writerows(map(_csv_cell, row) for row in rows)


def _csv_cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    is_formula = _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return shown(f"'{value}" if is_formula else value)


def shown(text: str) -> str:
    """A text whose control characters are shown, as `\\x1b`."""
    return text.translate(_CONTROL)


@cache
def console() -> Console:
    return _Console(highlight=False)


@cache
def errors() -> Console:
    return _Console(stderr=True, highlight=False)


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
