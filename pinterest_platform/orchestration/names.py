"""Names under which Dagster keeps what a task gives. No Dagster is loaded: a task that reports from elsewhere has it
not.
"""

from __future__ import annotations

from typing import Literal

from pinterest_platform.tasks.result import CheckResult, Figures, TaskResult

#: By whether a check blocks.
SEVERITIES: dict[bool, Literal["ERROR", "WARN"]] = {True: "ERROR", False: "WARN"}

ROW_COUNT = "dagster/row_count"

#: The marker of the version at which every check passed.
MARKER = "checks_passed_at"


def figures_of(done: TaskResult) -> Figures:
    """All that a materialization shows of a task."""
    rows = {} if done.rows is None else {ROW_COUNT: done.rows}
    marker = {} if done.passed_at is None else {MARKER: done.passed_at}
    return {**rows, **done.figures, **marker}


def violation(check: CheckResult) -> Figures:
    """All that the evaluation of a check shows."""
    if check.passed:
        return {}
    examples = {} if check.examples is None else {"examples": check.examples}
    return {"violated": check.violated, **examples}
