"""Names under which Dagster keeps what a domain has and what a task gives. No Dagster is loaded: a task that reports
from elsewhere has it not.
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
    """Name of a domain's job, schedule, sensor, pool or group of assets. One Dagster may hold several domains, and has
    all of these side by side."""
    return "_".join([*domain.asset_prefix, name])


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
