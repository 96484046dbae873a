"""The checks of a table as Dagster's asset checks, and their evaluation by the engine.

Which checks there are is said by the catalog: from the table's key, and from the header of its SQL file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg

from pinterest_platform.catalog import Check, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration import metadata

_EXAMPLES = 5

#: What an evaluation was of; written into its metadata.
Marker = Mapping[str, int | str]


def specs(table: RawTable | Model, key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(check.name, asset=key, blocking=check.blocking, description=check.sql)
        for check in table.checks
    ]


def evaluate(
    context: dg.AssetExecutionContext,
    engine: Engine,
    table: RawTable | Model,
    key: dg.AssetKey,
    *,
    version: int,
    unchanged: bool,
) -> Iterator[dg.AssetCheckResult]:
    """Evaluate the checks of a table at `version`. Where the run left it `unchanged`, what passed at that version
    before passes still and is not computed again."""
    for check in table.checks:
        marker: Marker = {"table_version": version, "check_sql": _digest(check)}
        if unchanged and passed_at(context, key, check.name, marker):
            yield dg.AssetCheckResult(check_name=check.name, asset_key=key, passed=True, metadata=marker)
        else:
            violations = check.violations(table.address)
            yield judge(engine, key, check.name, violations, blocking=check.blocking, marker=marker)


def judge(
    engine: Engine,
    key: dg.AssetKey,
    name: str,
    violations: str,
    *,
    blocking: bool,
    marker: Marker,
) -> dg.AssetCheckResult:
    """Result of one check, given the query for the rows that violate it."""
    count = engine.query(f"SELECT COUNT(*) FROM (\n{violations}\n)").rows[0][0]
    shown = metadata.violations(engine.query(violations, limit=_EXAMPLES), count) if count else {}
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=count == 0,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata={**marker, **shown},
    )


def passed_at(context: dg.AssetExecutionContext, key: dg.AssetKey, name: str, marker: Marker) -> bool:
    """Whether the newest evaluation of a check passed and bore the same marker."""
    record = context.instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(key, name))
    event = record.event.dagster_event if record and record.event else None
    if event is None or event.event_type is not dg.DagsterEventType.ASSET_CHECK_EVALUATION:
        return False
    evaluation = event.asset_check_evaluation_data
    recorded = {name: value.value for name, value in evaluation.metadata.items()}
    return evaluation.passed and all(recorded.get(name) == value for name, value in marker.items())


def _digest(check: Check) -> str:
    return hashlib.sha256(check.sql.encode()).hexdigest()[:16]
