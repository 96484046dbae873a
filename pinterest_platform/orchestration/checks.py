"""The checks of a table as Dagster's asset checks, and their evaluation by the engine.

Which checks there are is said by the catalog: from the table's key, and from the header of its SQL file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import dagster as dg

from pinterest_platform.catalog import Check, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration import metadata

_EXAMPLES = 5

#: Metadata of a materialization that says of what version the checks passed.
MARKER = "checks_passed_at"


def specs(table: RawTable | Model, key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(check.name, asset=key, blocking=check.blocking, description=check.sql)
        for check in table.checks
    ]


def evaluate(engine: Engine, table: RawTable | Model, key: dg.AssetKey) -> list[dg.AssetCheckResult]:
    """Evaluate the checks of a table: its predicates in one pass over it, then each query."""
    predicates = [check for check in table.checks if not check.is_query]
    counts = _count_violations(engine, table.address, predicates)
    results = [
        judge(engine, key, c.name, c.violations(table.address), counts.get(c.name), c.blocking) for c in table.checks
    ]
    return results


def _count_violations(engine: Engine, address: str, predicates: Sequence[Check]) -> dict[str, int]:
    if not predicates:
        return {}
    columns = ", ".join(f"COUNT_IF(NOT (\n{check.sql}\n)) AS n{number}" for number, check in enumerate(predicates))
    name = ".".join(f"`{part}`" for part in address.split("/"))
    [counts] = engine.query(f"SELECT {columns} FROM {name}").rows
    return dict(zip((check.name for check in predicates), counts, strict=True))


def judge(
    engine: Engine, key: dg.AssetKey, name: str, violations: str, count: int | None, blocking: bool
) -> dg.AssetCheckResult:
    """Result of one check, given the query for the rows that violate it and, where it is known, their number."""
    if count is None:
        count = int(engine.query(f"SELECT COUNT(*) FROM (\n{violations}\n)").rows[0][0])
    return dg.AssetCheckResult(
        check_name=name,
        asset_key=key,
        passed=count == 0,
        severity=dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN,
        metadata=metadata.violations(engine.query(violations, limit=_EXAMPLES), count) if count else {},
    )


def marker(table: RawTable | Model, version: int) -> str:
    """What stands in a materialization's metadata when every check of the table passed at that version."""
    digest = hashlib.sha256("\n".join(check.sql for check in table.checks).encode()).hexdigest()[:16]
    return f"v{version} {digest}"


def passed_before(context: dg.AssetExecutionContext, key: dg.AssetKey, expected: str) -> bool:
    """Whether the newest materialization says that every check passed, with the same marker: a table that did not
    change since need not be judged again."""
    event = context.instance.get_latest_materialization_event(key)
    materialization = event.asset_materialization if event else None
    recorded = materialization.metadata.get(MARKER) if materialization else None
    return recorded is not None and recorded.value == expected


def passed(specs: Sequence[dg.AssetCheckSpec], key: dg.AssetKey) -> list[dg.AssetCheckResult]:
    """Results of checks that passed before on a table that has not changed."""
    return [dg.AssetCheckResult(check_name=spec.name, asset_key=key, passed=True) for spec in specs]
