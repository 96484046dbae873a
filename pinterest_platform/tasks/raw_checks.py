"""The checks of a raw table, over the records of one run: the cost follows the new records.

Rules block: rows fit the declared schema, and every landed line is in raw or rejected exactly once. Expectations warn:
gaps in the offsets, rejected lines, and keys in the landing zone that are not names of objects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pinterest_platform.catalog import Catalog, RawTable
from pinterest_platform.engines.contract import Engine, IngestResult
from pinterest_platform.engines.rebuilding import said
from pinterest_platform.landing.survey import named
from pinterest_platform.tasks import checks
from pinterest_platform.tasks.checks import EXPECTATIONS, RULES
from pinterest_platform.tasks.result import CheckGroup, CheckResult

#: Descriptions of the members of the two groups.
_MEMBERS = {
    RULES: {
        "rows_fit_schema": "Required columns are not null and numbers lie in their declared ranges.",
        "each_line_once": "Every landed line is in raw or rejected, or was erased on request. Each (topic, partition, "
        "offset) occurs once.",
    },
    EXPECTATIONS: {
        "offsets_have_no_gaps": "Every offset from a partition's first to its last has landed. Offsets that were "
        "erased on request count as landed. Records sent to a dead-letter topic leave gaps. With Confluent's sink, "
        "tombstones do too.",
        "no_lines_rejected": "Every line of the run is valid. `pinterest-platform rejected` shows rejected lines.",
        "erased_stay_away": "No erased record has landed again. If one has, all tables leave it out, but its line is "
        "in the landing zone: erase it there by its partition and offset.",
        "landing_keys_known": "Every key in the landing zone is the name of an object. Other keys are left alone.",
    },
}


def groups() -> Sequence[CheckGroup]:
    """The check groups of a raw table, in the order of the results of `evaluate`."""
    return [
        CheckGroup(
            name=name,
            blocking=name == RULES,
            description="\n".join(f"- {member}: {description}" for member, description in members.items()),
        )
        for name, members in _MEMBERS.items()
    ]


def evaluate(
    engine: Engine, catalog: Catalog, table: RawTable, result: IngestResult, *, whole: bool
) -> tuple[CheckResult, ...]:
    """Evaluate the checks over the offsets that this run read, or over the `whole` table."""
    name = f"{table.layer}.`{table.name}`"
    read = _read_range(result, whole)
    rules = {"rows_fit_schema": _not_fitting(name, read, table), "each_line_once": _not_once(name, read)}
    expected = {"offsets_have_no_gaps": _gaps(name, result)}
    queries = {**rules, **expected}
    numbers = checks.count(engine, [f"SELECT COUNT(*) FROM ({sql})" for sql in queries.values()])
    counts = dict(zip(queries, numbers, strict=True))
    expectations = checks.judge(engine, catalog, EXPECTATIONS, expected, counts, blocking=False)
    violated = [expectations.violated] if expectations.violated else []
    if result.rows_rejected:
        violated.append(f"no_lines_rejected: {result.rows_rejected:,} lines")
    if result.landed_again:
        violated.append(f"erased_stay_away: {said(result.landed_again)}")
    if result.strangers:
        count = f"{len(result.strangers):,} key{'s' if len(result.strangers) > 1 else ''}"
        violated.append(f"landing_keys_known: {count} not read: {named(result.strangers)}")
    return (
        checks.judge(engine, catalog, RULES, rules, counts, blocking=True),
        replace(expectations, violated="; ".join(violated)),
    )


def _read_range(result: IngestResult, whole: bool) -> str:
    """SQL predicate for the offsets that this run read, or for the whole topic."""
    first_offsets = {} if whole else result.first_offsets
    ranges = [f"(kafka_partition = {p} AND kafka_offset >= {first})" for p, first in first_offsets.items()]
    return f"kafka_topic = '{result.topic}' AND ({' OR '.join(ranges) or 'true'})"


def _not_fitting(name: str, read: str, table: RawTable) -> str:
    declared = " AND ".join(f"coalesce({check.sql}, true)" for check in table.checks if not check.is_query)
    return f"SELECT * FROM {name} WHERE {read} AND NOT ({declared})"


def _not_once(name: str, read: str) -> str:
    columns = "kafka_topic, kafka_partition, kafka_offset"
    return (
        f"SELECT {columns}, COUNT(*) AS times FROM ("
        f"SELECT {columns} FROM {name} WHERE {read} UNION ALL SELECT {columns} FROM raw.rejected WHERE {read}"
        f") GROUP BY {columns} HAVING COUNT(*) > 1"
    )


def _gaps(name: str, result: IngestResult) -> str:
    """SQL for gaps in the offsets that have not expired."""
    place = "kafka_partition, kafka_offset AS first_offset, kafka_offset AS last_offset, 1 AS landed"
    of_topic = f"WHERE kafka_topic = '{result.topic}'"
    lines = [f"SELECT {place} FROM {table} {of_topic}" for table in (name, "raw.rejected")]
    lines += [f"SELECT {p}, {first}, {last}, {last - first + 1}" for p, first, last in result.erased]
    old = [f"(kafka_partition = {p} AND first_offset < {offset})" for p, offset in result.expired.items()]
    return (
        "SELECT kafka_partition, MIN(first_offset) AS first_offset, MAX(last_offset) AS last_offset, "
        "MAX(last_offset) - MIN(first_offset) + 1 - SUM(landed) AS missing "
        f"FROM ({' UNION ALL '.join(lines)}) WHERE NOT ({' OR '.join(old) or 'false'}) GROUP BY kafka_partition "
        "HAVING MAX(last_offset) - MIN(first_offset) + 1 > SUM(landed)"
    )
