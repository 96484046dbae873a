"""The result of a task: plain values that its caller records or prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class Markdown(str):
    """A text that is shown as Markdown."""

    __slots__ = ()


#: Metrics of a task by name: numbers, texts, or numbers by partition.
Figures = Mapping[str, int | float | str | Mapping[str, int]]


@dataclass(frozen=True)
class CheckGroup:
    """Checks that are evaluated and shown together. A violation of a `blocking` group stops downstream tables."""

    name: str
    blocking: bool
    description: str


@dataclass(frozen=True)
class CheckResult:
    """Result of a group of checks. `violated` names the violated checks and is empty if all passed. `examples` are
    violating rows."""

    name: str
    blocking: bool
    violated: str = ""
    examples: Markdown | None = None

    @property
    def passed(self) -> bool:
        return not self.violated


@dataclass(frozen=True)
class TaskResult:
    """Result of the task of the table at `address`.

    Args:
        rows: current rows of the table. None if it has no rows, like the report.
        passed_at: marker of the version at which every check passed, for the table's next task. Empty if a check
            failed, None without checks.
    """

    address: str
    figures: Figures
    rows: int | None = None
    checks: tuple[CheckResult, ...] = field(default=())
    passed_at: str | None = None

    @property
    def blocked(self) -> bool:
        """Whether a violated check stops downstream tables."""
        return any(check.blocking and not check.passed for check in self.checks)
