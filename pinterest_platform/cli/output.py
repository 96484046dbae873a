"""How the command line shows tables, numbers, times and errors."""

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

#: Control characters, which can steer a terminal, and how they are shown. Line ends and tabs are left as they are.
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}

#: First characters that make a spreadsheet read a text as a formula, also in their wide forms. Numbers are exempt.
_FORMULA = re.compile(r"[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


class _Console(Console):
    """A console on which a text from any source can only be shown: it cannot move the cursor, set a title or ring."""

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(shown(text), **options)


def in_json(values: Mapping[str, object]) -> str:
    """Write a row as JSON with every control character escaped, also those that JSON allows."""
    written = json.dumps(values, ensure_ascii=False, default=str)
    return written.translate({code: f"\\u{code:04x}" for code in _CONTROL})


def write_csv(file: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows for a spreadsheet. Formulas get a leading apostrophe, as OWASP advises. Control characters show."""
    writer = csv.writer(file)
    writer.writerow(map(_csv_cell, columns))
    writer.writerows(map(_csv_cell, row) for row in rows)


def _csv_cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    is_formula = _FORMULA.match(value) and not _NUMBER.fullmatch(value)
    return shown(f"'{value}" if is_formula else value)


def shown(text: str) -> str:
    """Make control characters visible, for example `\\x1b`."""
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
    """Print rows with numbers aligned right. `grouped` separates thousands."""
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
    """Shorten a Kinesis shard or a partition to its number."""
    return shard.removeprefix("shardId-").lstrip("0") or "0"


def age(moment: datetime) -> str:
    """The time since `moment`, which has a time zone, in the largest unit that fits."""
    seconds = int((datetime.now(UTC) - moment).total_seconds())
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{max(seconds, 0)} s"
