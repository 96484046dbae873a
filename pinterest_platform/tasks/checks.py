"""Evaluates the checks of a table in groups, on the engine.

The catalog defines the checks, from the table's key and from the header of its SQL file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pinterest_platform.catalog import Catalog, Check, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.sql import relation
from pinterest_platform.tasks import figures
from pinterest_platform.tasks.result import CheckGroup, CheckResult

#: Groups of a table's checks: the key, rules that block, and expectations that warn.
KEY = "key"
RULES = "rules"
EXPECTATIONS = "expectations"

_KEY_CHECKS = ("key_not_null", "key_unique")
_EXAMPLES = 5


def groups(table: RawTable | Model) -> Sequence[CheckGroup]:
    """The check groups of a table, in the order of the results of `evaluate`."""
    return [
        CheckGroup(
            name=name,
            blocking=name != EXPECTATIONS,
            description="\n".join(f"- {check.name}: `{' '.join(check.sql.split())}`" for check in members),
        )
        for name, members in _members(table).items()
    ]


def _members(table: RawTable | Model) -> Mapping[str, Sequence[Check]]:
    """The table's checks by group. There are few groups: Dagster's storage takes about 60 ms to record each. A check in
    a group only adds a line to its result."""
    found: dict[str, list[Check]] = {}
    for check in table.checks:
        name = KEY if check.name in _KEY_CHECKS else RULES if check.blocking else EXPECTATIONS
        found.setdefault(name, []).append(check)
    return found


def evaluate(
    engine: Engine, catalog: Catalog, table: RawTable | Model, since: Mapping[str, int] | None = None
) -> tuple[CheckResult, ...]:
    """Evaluate the checks of a table: all predicates in one pass, and each query. If every check passed at the versions
    `since`, only later rows are read."""
    predicates = [check for check in table.checks if not check.is_query]
    queries = [check for check in table.checks if check.is_query]
    counting = [f"SELECT COUNT(*) FROM (\n{check.sql}\n)" for check in queries]
    if predicates:
        columns = ", ".join(f"COUNT_IF(NOT (\n{check.sql}\n))" for check in predicates)
        counting.insert(0, f"SELECT {columns} FROM new.{relation(table.address)}")
    numbers = count(engine, counting, since)
    counts = dict(zip((check.name for check in [*predicates, *queries]), numbers, strict=True))
    return tuple(
        judge(
            engine,
            catalog,
            name,
            {check.name: check.violations(table.address) for check in members},
            counts,
            blocking=name != EXPECTATIONS,
            since=since,
        )
        for name, members in _members(table).items()
    )


def count(engine: Engine, counting: Sequence[str], since: Mapping[str, int] | None = None) -> Sequence[int]:
    """Return the numbers of one-row queries in order. They run as one query, since each costs a tenth of a second
    or more on Spark. `since` as in `Engine.inspect`."""
    rows = " CROSS JOIN ".join(f"(\n{sql}\n)" for sql in counting)
    [numbers] = engine.inspect(f"SELECT * FROM {rows}", since=since).rows
    return numbers


def judge(
    engine: Engine,
    catalog: Catalog,
    name: str,
    violations: Mapping[str, str],
    counts: Mapping[str, int],
    *,
    blocking: bool,
    since: Mapping[str, int] | None = None,
) -> CheckResult:
    """Build the result of one group. `violations` has a query for the violating rows of each member, `counts` their
    number. Examples show no personal values. `since` as in `Engine.inspect`."""
    violated = [member for member in violations if counts[member]]
    if not violated:
        return CheckResult(name, blocking)
    examples = engine.inspect(violations[violated[0]], limit=_EXAMPLES, since=since)
    told = figures.violations({member: counts[member] for member in violated})
    hidden = catalog.personal_in(violations[violated[0]])
    shown = figures.without(examples, hidden or [True] * len(examples.columns))
    return CheckResult(name, blocking, told, figures.markdown(shown))


def passed(groups: Sequence[CheckGroup]) -> tuple[CheckResult, ...]:
    """Results for a table that has not changed since all checks passed."""
    return tuple(CheckResult(group.name, group.blocking) for group in groups)


def marker(table: RawTable | Model, version: int) -> str:
    """The marker which records that every check of the table passed at that version."""
    digest = hashlib.sha256("\n".join(check.sql for check in table.checks).encode()).hexdigest()[:16]
    return f"v{version} {digest}"
