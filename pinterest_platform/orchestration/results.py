"""Converts a task's result into Dagster's events, and reads the marker of its checks back from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from pinterest_platform.domain import Domain
from pinterest_platform.orchestration.names import MARKER, SEVERITIES, figures_of, violation
from pinterest_platform.tasks.result import CheckGroup, CheckResult, Figures, Markdown, TaskResult


def asset_key(domain: Domain, address: str) -> dg.AssetKey:
    """Asset key of a table: its address in the lake, behind the domain's prefix."""
    return dg.AssetKey([*domain.asset_prefix, *address.split("/")])


def address_of(domain: Domain, key: dg.AssetKey) -> str:
    """The address of the table with this asset key."""
    return "/".join(key.path[len(domain.asset_prefix) :])


def check_specs(domain: Domain, address: str, groups: Iterable[CheckGroup]) -> Sequence[dg.AssetCheckSpec]:
    """The asset checks of a table."""
    return [
        dg.AssetCheckSpec(
            group.name, asset=asset_key(domain, address), blocking=group.blocking, description=group.description
        )
        for group in groups
    ]


def materialized(domain: Domain, done: TaskResult) -> dg.MaterializeResult:  # type: ignore[type-arg]
    return dg.MaterializeResult(
        asset_key=asset_key(domain, done.address),
        metadata=metadata(figures_of(done)),
        check_results=checked(domain, done.address, done.checks),
    )


def checked(domain: Domain, address: str, checks: Iterable[CheckResult]) -> Sequence[dg.AssetCheckResult]:
    return [
        dg.AssetCheckResult(
            check_name=check.name,
            asset_key=asset_key(domain, address),
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


def newest_markers(instance: dg.DagsterInstance, keys: Sequence[dg.AssetKey]) -> Mapping[dg.AssetKey, str]:
    """The marker in each table's newest materialization, if it has one. A table that has not changed since its marker
    is not checked again. The marker is empty if a check failed."""
    return {
        record.asset_entry.asset_key: str(newest.metadata[MARKER].value)
        for record in instance.get_asset_records(keys)
        if (event := record.asset_entry.last_materialization)
        and (newest := event.asset_materialization)
        and MARKER in newest.metadata
    }
