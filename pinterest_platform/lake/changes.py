"""What a table gained between two versions, read from its Delta log.

The log gives this exactly and cheaply: commits that only rearrange files are marked as not changing data.
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
from deltalake import DeltaTable

from pinterest_platform.lake.files import file_path, location
from pinterest_platform.lake.log import REPAIR
from pinterest_platform.sql import file_list

_FILE = "'STRUCT(path VARCHAR, dataChange BOOLEAN)'"
_LOG_COLUMNS = f"{{add: {_FILE}, remove: {_FILE}, commitInfo: 'STRUCT(operation VARCHAR)'}}"


@dataclass(frozen=True)
class Changes:
    """Paths of data files added since a version, and whether rows were only added.

    If not `only_additions`, files with other rows may have been removed. An added file may be gone too, after a
    compaction and a vacuum.
    """

    added: tuple[str, ...]
    only_additions: bool


def changes_since(db: duckdb.DuckDBPyConnection, table: DeltaTable, version: int) -> Changes | None:
    """Data files that `table`, as loaded, gained after `version`.

    None if that part of the log is gone, damaged, or belongs to another table.
    """
    if version > table.version():
        return None
    logs = [f"{location(table)}/_delta_log/{n:020d}.json" for n in range(version + 1, table.version() + 1)]
    if not logs:
        return Changes((), only_additions=True)
    try:
        rows = db.execute(
            "SELECT filename, commitInfo.operation, if(add.dataChange, add.path, NULL), remove.dataChange "
            f"FROM read_json({file_list(logs)}, format = 'newline_delimited', columns = {_LOG_COLUMNS}, "
            "hive_partitioning = false, filename = true)"
        ).fetchall()
    except (duckdb.IOException, duckdb.InvalidInputException):
        return None
    if len({name for name, *_ in rows}) < len(logs) or any(operation == REPAIR for _, operation, *_ in rows):
        return None
    added = tuple(file_path(table, path) for *_, path, _ in rows if path)
    return Changes(added, only_additions=not any(removed for *_, removed in rows))
