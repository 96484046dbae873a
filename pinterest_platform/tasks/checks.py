"""The checks of a table, a few groups of them, and their evaluation by the engine.

Which checks there are is said by the catalog: from the table's key, and from the header of its SQL file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from pinterest_platform.catalog import Catalog, Check, Model, RawTable
from pinterest_platform.engines.contract import Engine
from pinterest_platform.sql import relation
from pinterest_platform.tasks import figures
from pinterest_platform.tasks.result import CheckGroup, CheckResult

#: Groups of a table's checks: that its key is a key; what must hold; what is worth a warning when it does not.
KEY = "key"
RULES = "rules"
EXPECTATIONS = "expectations"

_KEY_CHECKS = ("key_not_null", "key_unique")
_EXAMPLES = 5


def groups(table: RawTable | Model) -> Sequence[CheckGroup]:
    """What is judged of a table, in the order in which `evaluate` gives it."""
    return [
        CheckGroup(
            name=name,
            blocking=name != EXPECTATIONS,
            description="\n".join(f"- {check.name}: `{' '.join(check.sql.split())}`" for check in members),
        )
        for name, members in _members(table).items()
    ]


def _members(table: RawTable | Model) -> Mapping[str, Sequence[Check]]:
    """The table's checks by group. Each group costs a run some 60 ms of records in Dagster's storage, each way to
    violate one only a line of its result; so groups are few."""
    found: dict[str, list[Check]] = {}
    for check in table.checks:
        name = KEY if check.name in _KEY_CHECKS else RULES if check.blocking else EXPECTATIONS
        found.setdefault(name, []).append(check)
    return found


def evaluate(
    engine: Engine, catalog: Catalog, table: RawTable | Model, since: Mapping[str, int] | None = None
) -> tuple[CheckResult, ...]:
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
    """The numbers that queries of one row each give, one after the other. They are asked in one query: a query has a
    price of its own, a tenth of a second and more on Spark. `since` as in `Engine.inspect`."""
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
    """Result of one group, given the query for the violating rows of each of its members and their numbers.
    `since` as in `Engine.inspect`. Examples show nothing that tells of persons."""
    violated = [member for member in violations if counts[member]]
    if not violated:
        return CheckResult(name, blocking)
    examples = engine.inspect(violations[violated[0]], limit=_EXAMPLES, since=since)
    told = figures.violations({member: counts[member] for member in violated})
    hidden = catalog.personal_in(violations[violated[0]])
    shown = figures.without(examples, hidden or [True] * len(examples.columns))
    return CheckResult(name, blocking, told, figures.markdown(shown))


def passed(groups: Sequence[CheckGroup]) -> tuple[CheckResult, ...]:
    """Results of checks that passed before on a table that has not changed."""
    return tuple(CheckResult(group.name, group.blocking) for group in groups)


def marker(table: RawTable | Model, version: int) -> str:
    """What stands for it that every check of the table passed at that version."""
    digest = hashlib.sha256("\n".join(check.sql for check in table.checks).encode()).hexdigest()[:16]
    return f"v{version} {digest}"
