"""What a task gives: plain values, for whoever runs tasks to record or print."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class Markdown(str):
    """A text that is shown as Markdown."""

    __slots__ = ()


#: What there is to show of a task, by name: numbers, texts, or numbers by partition.
Figures = Mapping[str, int | float | str | Mapping[str, int]]


@dataclass(frozen=True)
class CheckGroup:
    """Checks that are judged and shown as one. Where it is `blocking`, a violation stops what is made of the table."""

    name: str
    blocking: bool
    description: str


@dataclass(frozen=True)
class CheckResult:
    """How a group of checks did. `violated` says which of them rows violate, empty where none; `examples` are such
    rows."""

    name: str
    blocking: bool
    violated: str = ""
    examples: Markdown | None = None

    @property
    def passed(self) -> bool:
        return not self.violated


@dataclass(frozen=True)
class TaskResult:
    """What a task did with the table at `address`.

    `rows` are those of the table now; None for what has none, as the report. `passed_at` is the marker of the version
    at which every check passed, which the next task of the table is given: empty where one did not, None where there
    is nothing to judge.
    """

    address: str
    figures: Figures
    rows: int | None = None
    checks: tuple[CheckResult, ...] = field(default=())
    passed_at: str | None = None

    @property
    def blocked(self) -> bool:
        """Whether a check is violated that stops what is made of the table."""
        return any(check.blocking and not check.passed for check in self.checks)
