"""The quality of the data, and the tables behind the report: a sentence each, and tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinterest_platform.report import words
from pinterest_platform.report.reading import Overview

_REASONS = 10
#: Most characters of a reason; it may quote sent values.
_LONGEST = 120


@dataclass(frozen=True)
class Table:
    """Rows of text for a page. `numeric` marks the columns with numbers; `left_out` counts the missing rows."""

    caption: str
    columns: Sequence[str]
    numeric: Sequence[bool]
    rows: Sequence[Sequence[str]]
    left_out: int = 0


def said(overview: Overview) -> str:
    """The number of received lines, and their outcomes."""
    received = sum(arrived.received for arrived in overview.arrived)
    if not received:
        return "Nothing has arrived yet."
    rejected = sum(arrived.rejected for arrived in overview.arrived)
    superseded = sum(arrived.superseded for arrived in overview.arrived)
    told = f"Of {words.number(received, 'received line')}, {words.count(rejected) if rejected else 'none'} "
    told += f"{'was' if rejected == 1 else 'were'} rejected"
    if rejected and overview.reasons:
        _, reason, lines = overview.reasons[0]
        of_them = "all" if lines == rejected else f"{words.count(lines)} of them"
        told += f", {of_them} because of “{words.name(reason, _LONGEST)}”"
    told += f"; {words.count(superseded) if superseded else 'none'} {'was' if superseded == 1 else 'were'} superseded "
    waiting = sum(arrived.waiting for arrived in overview.arrived)
    wait = (
        f"; {words.count(waiting)} {'waits' if waiting == 1 else 'wait'} for a row of another table" if waiting else ""
    )
    return f"{told}by a newer record of the same {overview.report.entity}{wait}."


def arrived(overview: Overview, before: Overview | None) -> Table:
    """The outcomes for each kind of record; with `before`, also the number of lines since then."""
    then = {one.record: one.received for one in before.arrived} if before else {}
    waiting = any(one.waiting for one in overview.arrived)
    columns = ["records", "received", "rejected", "superseded", *["waiting"] * waiting, "current"]
    rows = []
    for one in overview.arrived:
        figures = [one.received, one.rejected, one.superseded, *[one.waiting] * waiting, one.current]
        if before:
            figures.append(one.received - then[one.record])
        rows.append([one.record, *map(words.count, figures)])
    return Table(
        "Received lines by outcome",
        [*columns, "received since"] if before else columns,
        [False, *[True] * (len(columns) if before else len(columns) - 1)],
        rows,
    )


def reasons(overview: Overview) -> Table:
    rows = [
        [topic, words.name(reason, _LONGEST), words.count(lines)]
        for topic, reason, lines in overview.reasons[:_REASONS]
    ]
    left_out = max(len(overview.reasons) - _REASONS, 0)
    return Table(
        "Rejected lines by topic and reason", ("topic", "reason", "lines"), (False, False, True), rows, left_out
    )


def made_from(overview: Overview) -> str:
    there = [table for table in overview.tables if table.committed]
    if not there:
        return "The lake has no tables yet. `pinterest-platform run` creates them."
    times = [table.committed for table in there if table.committed]
    told = f"{words.sentence(words.number(len(there), 'Delta table'))}, committed from {words.moment(min(times))} to "
    return f"{told}{words.moment(max(times))} UTC."


def tables(overview: Overview, before: Overview | None) -> Table:
    """Version of each table, and its columns with personal data; with `before`, also its version then."""
    then = {table.address: table.version for table in before.tables} if before else {}
    rows = []
    for table in overview.tables:
        time = words.moment(table.committed) if table.committed else "–"
        row = [table.address, _version(table.version), time, words.listed(table.personal)]
        rows.append([*row, _version(then.get(table.address))] if before else row)
    columns = ("table", "version", "committed, UTC", "personal columns")
    return Table(
        "Tables and versions",
        (*columns, "version then") if before else columns,
        (False, True, False, False, True),
        rows,
    )


def _version(version: int | None) -> str:
    return "–" if version is None else str(version)
