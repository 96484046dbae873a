"""Shows a run as it goes: what is being worked on, and a line for each table and each check that does not hold."""

from __future__ import annotations

from types import TracebackType
from typing import Any

import dagster as dg
from rich.console import Console
from rich.markup import escape

from pinterest_platform.addresses import address_of
from pinterest_platform.orchestration.records import failure_message


class RunPrinter:
    """Prints the events of one run, which must execute in this process."""

    def __init__(self, console: Console, instance: dg.DagsterInstance, run_id: str) -> None:
        self._console = console
        self._status = console.status("starting the run")
        self._tables = self._unchanged = self._warnings = 0
        self._run_id = run_id
        self.blocked = False
        instance.add_event_listener(run_id, self._on_event)

    def __enter__(self) -> RunPrinter:
        self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def summarize(self) -> None:
        """The last line: how many tables, and what to look at."""
        warned = f", {self._warnings} warnings" if self._warnings else ""
        color, word = ("red", "stopped") if self.blocked else ("green", "done")
        self._console.print(f"[{color}]{word}[/]: {self._tables} tables, {self._unchanged} unchanged{warned}")

    def _on_event(self, entry: dg.EventLogEntry) -> None:
        event = entry.dagster_event
        if event is None:
            return
        kind = event.event_type
        if kind is dg.DagsterEventType.STEP_START and event.step_key:
            self._status.update(f"working on {escape(event.step_key.replace('__', '/'))}")
        elif kind is dg.DagsterEventType.ASSET_MATERIALIZATION:
            self._materialized(event.materialization)
        elif kind is dg.DagsterEventType.ASSET_OBSERVATION:
            self._observed(event)
        elif kind is dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            self._checked(event.asset_check_evaluation_data)
        elif kind is dg.DagsterEventType.STEP_FAILURE:
            self._failed(event)

    def _materialized(self, materialization: dg.AssetMaterialization) -> None:
        figures = {name: value.value for name, value in materialization.metadata.items()}
        name = materialization.asset_key.to_user_string()
        what = str(figures.get("outcome", ""))
        if "rows_added" in figures:
            what = f"{figures['rows_added']:,} added" if figures["lines"] else "unchanged"
            if figures["rows_rejected"]:
                what += f", [yellow]{figures['rows_rejected']:,} rejected[/]"
        is_table = "dagster/row_count" in figures
        self._tables += is_table
        self._unchanged += is_table and what == "unchanged"
        seconds = f"{figures['seconds']:6.2f} s" if "seconds" in figures else ""
        rows = f"{figures['dagster/row_count']:,} rows" if is_table else ""
        self._console.print(f"  {name:<60} {rows:>16} {seconds:>9}  {what}", soft_wrap=True)

    def _observed(self, event: Any) -> None:
        """A table as it was; what else a run observes is for the UI."""
        observation = event.event_specific_data.asset_observation
        figures = {name: value.value for name, value in observation.metadata.items()}
        if "as_of" not in figures:
            return
        self._tables += 1
        name = observation.asset_key.to_user_string()
        self._console.print(
            f"  {name} at version {figures['version']}: {figures['rows']:,} rows in {figures['location']}"
        )

    def _checked(self, evaluation: dg.AssetCheckEvaluation) -> None:
        if evaluation.passed:
            return
        blocking = evaluation.severity is dg.AssetCheckSeverity.ERROR
        self.blocked |= blocking
        self._warnings += not blocking
        figures = {name: value.value for name, value in evaluation.metadata.items()}
        color, word = ("red", "failed") if blocking else ("yellow", "warning")
        name = f"{evaluation.asset_key.to_user_string()}: {evaluation.check_name}"
        self._console.print(f"  [{color}]{word}[/] {escape(name)}: {escape(str(figures['violated']))}", soft_wrap=True)

    def _failed(self, event: Any) -> None:
        self.blocked = True
        step = escape(address_of(event.step_key))
        self._console.print(f"  [red]failed[/] {step}: {escape(failure_message(event))}", soft_wrap=True)
