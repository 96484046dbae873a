"""The checks of a raw table, over what a run ingested: cost follows what is new.

Two block: rows fit the declared schema, and every line landed is in raw or rejected exactly once. Three warn: gaps in
the offsets, lines rejected, and keys in the landing zone that name no object.
"""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from pinterest_platform.catalog import RawTable
from pinterest_platform.engines.contract import Engine, IngestResult
from pinterest_platform.orchestration import checks, metadata

ROWS_FIT = "rows_fit_schema"
EACH_LINE_ONCE = "each_line_once"
NO_GAPS = "offsets_have_no_gaps"
NONE_REJECTED = "no_lines_rejected"
KEYS_KNOWN = "landing_keys_known"

_BLOCKING = (ROWS_FIT, EACH_LINE_ONCE)
_OF_TABLE = (ROWS_FIT, EACH_LINE_ONCE, NO_GAPS)
_DESCRIPTIONS = {
    ROWS_FIT: "Required columns are not null and numbers lie in their declared ranges.",
    EACH_LINE_ONCE: "Every line landed is in raw or rejected, and no (topic, partition, offset) is there twice.",
    NO_GAPS: "Every offset from a partition's first to its last was landed. Tombstones and records sent to a "
    "dead-letter topic leave gaps, so this is a warning.",
    NONE_REJECTED: "Every line fits the declared schema. `pinterest-platform rejected` shows those that do not.",
    KEYS_KNOWN: "Every key in the landing zone names an object of its topic and partition; others are left alone.",
}


def specs(key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    return [
        dg.AssetCheckSpec(name, asset=key, blocking=name in _BLOCKING, description=description)
        for name, description in _DESCRIPTIONS.items()
    ]


def specs_of_table(key: dg.AssetKey) -> Sequence[dg.AssetCheckSpec]:
    """Those checks that speak of the table, not of the run."""
    return [spec for spec in specs(key) if spec.name in _OF_TABLE]


def evaluate(
    engine: Engine, table: RawTable, result: IngestResult, key: dg.AssetKey, *, whole: bool
) -> list[dg.AssetCheckResult]:
    """Evaluate the checks, over the offsets this run read or over the `whole` table."""
    name = f"{table.layer}.`{table.name}`"
    read = _read_range(result, whole)
    queries = {
        ROWS_FIT: _not_fitting(name, read, table),
        EACH_LINE_ONCE: _not_once(name, read),
        NO_GAPS: _gaps(name, result.topic),
    }
    judged = [checks.judge(engine, key, check, sql, None, check in _BLOCKING) for check, sql in queries.items()]
    return [*judged, *of_this_run(result, key)]


def of_this_run(result: IngestResult, key: dg.AssetKey) -> list[dg.AssetCheckResult]:
    """What is said of the run itself, not of the table."""
    keys = {"unknown_keys": len(result.strangers), "examples": metadata.listing(result.strangers)}
    return [
        _warning(key, NONE_REJECTED, result.rows_rejected == 0, {"rejected_in_this_run": result.rows_rejected}),
        _warning(key, KEYS_KNOWN, not result.strangers, keys),
    ]


def _read_range(result: IngestResult, whole: bool) -> str:
    """SQL predicate for the offsets this run read, or for all of the topic."""
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


def _gaps(name: str, topic: str) -> str:
    of_topic = f"WHERE kafka_topic = '{topic}'"
    return (
        "SELECT kafka_partition, MIN(kafka_offset) AS first_offset, MAX(kafka_offset) AS last_offset, "
        "MAX(kafka_offset) - MIN(kafka_offset) + 1 - COUNT(*) AS missing FROM ("
        f"SELECT kafka_partition, kafka_offset FROM {name} {of_topic} "
        f"UNION ALL SELECT kafka_partition, kafka_offset FROM raw.rejected {of_topic}"
        ") GROUP BY kafka_partition HAVING MAX(kafka_offset) - MIN(kafka_offset) + 1 > COUNT(*)"
    )


def _warning(key: dg.AssetKey, name: str, passed: bool, shown: metadata.Metadata) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(check_name=name, asset_key=key, passed=passed, severity=severity, metadata=shown)
