"""Names that Dagster stores for a domain's jobs and assets, and for the metadata of a task's result.

This module does not import Dagster, because a task that reports from elsewhere does not have it installed.
"""

from __future__ import annotations

from typing import Literal

from pinterest_platform.domain import Domain
from pinterest_platform.tasks.result import CheckResult, Figures, TaskResult

#: By whether a check blocks.
SEVERITIES: dict[bool, Literal["ERROR", "WARN"]] = {True: "ERROR", False: "WARN"}

ROW_COUNT = "dagster/row_count"

#: The marker of the version at which every check passed.
MARKER = "checks_passed_at"


def own_name(domain: Domain, name: str) -> str:
    """Name of a domain's job, schedule, sensor, pool or asset group. Several domains can share one Dagster, so the
    domain's prefix makes these names unique."""
    return "_".join([*domain.asset_prefix, name])


def figures_of(done: TaskResult) -> Figures:
    """The metadata of a materialization."""
    rows = {} if done.rows is None else {ROW_COUNT: done.rows}
    marker = {} if done.passed_at is None else {MARKER: done.passed_at}
    return {**rows, **done.figures, **marker}


def violation(check: CheckResult) -> Figures:
    """The metadata of a check's evaluation."""
    if check.passed:
        return {}
    examples = {} if check.examples is None else {"examples": check.examples}
    return {"violated": check.violated, **examples}
