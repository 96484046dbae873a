"""The checks of a table as a few of Dagster's asset checks, and their evaluation by the engine.

Which checks there are is said by the catalog: from the table's key, and from the header of its SQL file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import dagster as dg

from pinterest_platform.catalog import Check, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.orchestration import metadata
from pinterest_platform.sql import relation

#: Asset checks of a table: that its key is a key; what must hold; what is worth a warning when it does not.
KEY = "key"
RULES = "rules"
EXPECTATIONS = "expectations"

_KEY_CHECKS = ("key_not_null", "key_unique")
_EXAMPLES = 5

#: Metadata of a materialization that says of what version the checks passed.
MARKER = "checks_passed_at"


def groups(table: RawTable | Model) -> Mapping[str, Sequence[Check]]:
    """The table's checks by the asset check they are part of. Each asset check costs a run some 60 ms of records in
    Dagster's storage, each way to violate one only a line of its result; so they are few."""
    found: dict[str, list[Check]] = {}
    for check in table.checks:
        name = KEY if check.name in _KEY_CHECKS else RULES if check.blocking else EXPECTATIONS
        found.setdefault(name, []).append(check)
    return found


def specs(table: RawTable | Model, key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(
            name,
            asset=key,
            blocking=name != EXPECTATIONS,
            description="\n".join(f"- {check.name}: `{' '.join(check.sql.split())}`" for check in members),
        )
        for name, members in groups(table).items()
    ]


def evaluate(
    engine: Engine, table: RawTable | Model, key: dg.AssetKey, since: Mapping[str, int] | None = None
) -> list[dg.AssetCheckResult]:
    """Evaluate the checks of a table: its predicates in one pass over it, and each query. Where every check passed at
    the versions `since`, only what came later is looked at."""
    predicates = [check for check in table.checks if not check.is_query]
    queries = [check for check in table.checks if check.is_query]
    counting = [f"SELECT COUNT(*) FROM (\n{check.sql}\n)" for check in queries]
    if predicates:
        columns = ", ".join(f"COUNT_IF(NOT (\n{check.sql}\n))" for check in predicates)
        counting.insert(0, f"SELECT {columns} FROM new.{relation(table.address)}")
    numbers = count(engine, counting, since)
    counts = dict(zip((check.name for check in [*predicates, *queries]), numbers, strict=True))
    return [
        judge(
            engine,
            key,
            name,
            {check.name: check.violations(table.address) for check in members},
            counts,
            blocking=name != EXPECTATIONS,
            since=since,
        )
        for name, members in groups(table).items()
    ]


def count(engine: Engine, counting: Sequence[str], since: Mapping[str, int] | None = None) -> Sequence[int]:
    """The numbers that queries of one row each give, one after the other. They are asked in one query: a query has a
    price of its own, a tenth of a second and more on Spark. `since` as in `Engine.inspect`."""
    rows = " CROSS JOIN ".join(f"(\n{sql}\n)" for sql in counting)
    [numbers] = engine.inspect(f"SELECT * FROM {rows}", since=since).rows
    return numbers


def judge(
    engine: Engine,
    key: dg.AssetKey,
    name: str,
    violations: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    blocking: bool,
    since: Mapping[str, int] | None = None,
) -> dg.AssetCheckResult:
    """Result of one asset check, given the query for the violating rows of each of its members and their numbers.
    `since` as in `Engine.inspect`."""
    violated = [member for member in violations if counts[member]]
    figures: metadata.Metadata = {}
    if violated:
        examples = engine.inspect(violations[violated[0]], limit=_EXAMPLES, since=since)
        figures = metadata.violations({member: counts[member] for member in violated}, examples)
    severity = dg.AssetCheckSeverity.ERROR if blocking else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(check_name=name, asset_key=key, passed=not violated, severity=severity, metadata=figures)


def marker(table: RawTable | Model, version: int) -> str:
    """What stands in a materialization's metadata when every check of the table passed at that version."""
    digest = hashlib.sha256("\n".join(check.sql for check in table.checks).encode()).hexdigest()[:16]
    return f"v{version} {digest}"


def newest_marker(instance: dg.DagsterInstance, key: dg.AssetKey) -> str:
    """The marker in the newest materialization: a table that did not change since need not be judged again. Empty where
    a check did not pass."""
    event = instance.get_latest_materialization_event(key)
    materialization = event.asset_materialization if event else None
    recorded = materialization.metadata.get(MARKER) if materialization else None
    return str(recorded.value) if recorded else ""


def passed(specs: Sequence[dg.AssetCheckSpec], key: dg.AssetKey) -> list[dg.AssetCheckResult]:
    """Results of checks that passed before on a table that has not changed."""
    return [dg.AssetCheckResult(check_name=spec.name, asset_key=key, passed=True) for spec in specs]
