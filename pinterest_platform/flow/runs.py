"""Runs as the orchestrator reports them: refreshed tables, seconds per step, failures. This module looks nothing up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TableRun:
    """The last refresh of a table. Unknown values are None. `failed` are violated checks that block downstream tables,
    and `warned` are the other violated checks, each with its violations."""

    address: str
    made: datetime | None = None
    rows: int | None = None
    seconds: float | None = None
    rows_in: int | None = None
    rows_changed: int | None = None
    rows_rejected: int | None = None
    failed: Sequence[str] = ()
    warned: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """A step of a run. `seconds` is None while it runs, and `error` is None unless it failed."""

    name: str
    seconds: float | None
    error: str | None = None


@dataclass(frozen=True)
class Run:
    """A run. `status` is one of queued, started, success, failure, canceled. `seconds` is None until the run ends.
    `dead` explains why the process of an active run counts as gone. `error` explains why a run failed as a whole."""

    identity: str
    job: str
    status: str
    started: datetime
    seconds: float | None
    steps: Sequence[Step] = ()
    dead: str | None = None
    error: str | None = None

    @property
    def under_way(self) -> bool:
        return self.seconds is None
