"""What runs did, as whoever orchestrates them tells: tables made, seconds a step, what failed. Nothing is looked up
here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class TableRun:
    """When and how a table was last made: rows then, seconds, rows that were read, changed and rejected for it. None is
    what is not told. `failed` are its checks that do not hold and block what is downstream, `warned` the others, each
    with what violates it."""

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
    """A step of a run; `seconds` is None while it runs, `error` is None unless it failed."""

    name: str
    seconds: float | None
    error: str | None = None


@dataclass(frozen=True)
class Run:
    """A run; `status` in lower case: queued, started, success, failure, canceled. `seconds` is None until it ends.
    `dead` says how it is known that the process of a run under way is gone, `error` why a run failed as a whole."""

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
