"""Shows a run as it goes: the current table, and a line for each finished table and each violated check."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from rich.console import Console
from rich.markup import escape


class RunPrinter:
    """Listens to a run and prints its events."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("starting the run")
        self._tables = self._unchanged = self._warnings = 0
        self.blocked = False

    def __enter__(self) -> RunPrinter:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def summarize(self) -> None:
        """Print the last line: the number of tables and of warnings."""
        warned = f", {self._warnings} warnings" if self._warnings else ""
        color, word = ("red", "stopped") if self.blocked else ("green", "done")
        self._console.print(f"[{color}]{word}[/]: {self._tables} tables, {self._unchanged} unchanged{warned}")

    def ended(self, told: str) -> None:
        self._console.print(f"  [yellow]ended[/] {escape(told)}", soft_wrap=True)

    def started(self, address: str) -> None:
        self._status.update(f"working on {escape(address)}")

    def made(self, address: str, rows: int | None, figures: Mapping[str, Any]) -> None:
        what = str(figures.get("outcome", ""))
        if "rows_added" in figures:
            what = f"{figures['rows_added']:,} added" if figures["lines"] else "unchanged"
            if figures["rows_rejected"]:
                what += f", [yellow]{figures['rows_rejected']:,} rejected[/]"
            if source := figures.get("source"):
                told = escape(str(source))
                what += f"; source: {f'[yellow]{told}[/]' if figures.get('source_vanished') else told}"
        is_table = rows is not None
        self._tables += is_table
        self._unchanged += is_table and what.startswith("unchanged")
        seconds = f"{figures['seconds']:6.2f} s" if "seconds" in figures else ""
        shown = "" if rows is None else f"{rows:,} rows"
        self._console.print(f"  {address:<60} {shown:>16} {seconds:>9}  {what}", soft_wrap=True)

    def copied(self, address: str, figures: Mapping[str, Any]) -> None:
        self._tables += 1
        rows, where = figures["rows"], figures["location"]
        self._console.print(f"  {address} at version {figures['version']}: {rows:,} rows in {where}")

    def violated(self, address: str, check: str, told: str, *, blocking: bool) -> None:
        self.blocked |= blocking
        self._warnings += not blocking
        color, word = ("red", "failed") if blocking else ("yellow", "warning")
        self._console.print(f"  [{color}]{word}[/] {escape(f'{address}: {check}')}: {escape(told)}", soft_wrap=True)

    def failed(self, address: str, reason: str) -> None:
        self.blocked = True
        self._console.print(f"  [red]failed[/] {escape(address)}: {escape(reason)}", soft_wrap=True)

    def stopped(self, reason: str) -> None:
        self.blocked = True
        self._console.print(f"  [red]the run failed[/]: {escape(reason)}", soft_wrap=True)
