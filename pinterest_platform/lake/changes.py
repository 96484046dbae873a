"""What a table gained between two versions, read from its Delta log.

The log says it exactly and cheaply: commits that only rearrange files are marked as no change of data.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from deltalake import DeltaTable

from pinterest_platform.lake.files import file_path, location
from pinterest_platform.sql import file_list

_LOG_COLUMNS = "{add: 'STRUCT(path VARCHAR, dataChange BOOLEAN)', remove: 'STRUCT(path VARCHAR, dataChange BOOLEAN)'}"


@dataclass(frozen=True)
class Changes:
    """Paths of data files added since a version, and whether the change is only additions: other files with other rows
    may have been removed. An added file may be gone too: compacted since, and vacuumed."""

    added: tuple[str, ...]
    only_additions: bool


def changes_since(db: duckdb.DuckDBPyConnection, table: DeltaTable, version: int) -> Changes | None:
    """Data files that `table`, as loaded, has gained after `version`; None where the log of that time is gone, or of
    another table."""
    if version > table.version():
        return None
    logs = [f"{location(table)}/_delta_log/{n:020d}.json" for n in range(version + 1, table.version() + 1)]
    if not logs:
        return Changes((), only_additions=True)
    try:
        rows = db.execute(
            "SELECT add.path, remove.path "
            f"FROM read_json({file_list(logs)}, format = 'newline_delimited', columns = {_LOG_COLUMNS}, "
            "hive_partitioning = false) "
            "WHERE add.dataChange OR remove.dataChange"
        ).fetchall()
    except duckdb.IOException:
        return None
    added = tuple(file_path(table, path) for path, _ in rows if path)
    return Changes(added, only_additions=not any(removed for _, removed in rows))
