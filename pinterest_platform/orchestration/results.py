"""What a task gives, as Dagster's events; and the marker of its checks, read back from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from pinterest_platform.orchestration.names import MARKER, SEVERITIES, figures_of, violation
from pinterest_platform.tasks.result import CheckGroup, CheckResult, Figures, Markdown, TaskResult


def asset_key(address: str) -> dg.AssetKey:
    """Asset key of a table: its address in the lake."""
    return dg.AssetKey(address.split("/"))


def check_specs(address: str, groups: Iterable[CheckGroup]) -> Sequence[dg.AssetCheckSpec]:
    """The asset checks of a table."""
    return [
        dg.AssetCheckSpec(group.name, asset=asset_key(address), blocking=group.blocking, description=group.description)
        for group in groups
    ]


def materialized(done: TaskResult) -> dg.MaterializeResult:  # type: ignore[type-arg]
    return dg.MaterializeResult(
        asset_key=asset_key(done.address),
        metadata=metadata(figures_of(done)),
        check_results=checked(done.address, done.checks),
    )


def checked(address: str, checks: Iterable[CheckResult]) -> Sequence[dg.AssetCheckResult]:
    return [
        dg.AssetCheckResult(
            check_name=check.name,
            asset_key=asset_key(address),
            passed=check.passed,
            severity=dg.AssetCheckSeverity(SEVERITIES[check.blocking]),
            metadata=metadata(violation(check)),
        )
        for check in checks
    ]


def metadata(figures: Figures) -> dict[str, Any]:
    return {
        name: dg.MetadataValue.md(value) if isinstance(value, Markdown) else value for name, value in figures.items()
    }


def newest_marker(instance: dg.DagsterInstance, key: dg.AssetKey) -> str:
    """The marker in the newest materialization: a table that did not change since need not be judged again. Empty where
    a check did not pass."""
    event = instance.get_latest_materialization_event(key)
    materialization = event.asset_materialization if event else None
    recorded: Mapping[str, Any] = materialization.metadata if materialization else {}
    return str(recorded[MARKER].value) if MARKER in recorded else ""
