"""What a table gained between two versions, read from its Delta log.

The log says it exactly and cheaply: commits that only rearrange files (`optimize`) are marked as no change of data.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable

_LOG_COLUMNS = "{add: 'STRUCT(path VARCHAR, dataChange BOOLEAN)', remove: 'STRUCT(path VARCHAR, dataChange BOOLEAN)'}"


@dataclass(frozen=True)
class Changes:
    """Paths of data files added since a version, and whether the change is only additions.

    Where it is not (rows were removed, or the log of that time is gone), `added` is empty and the table must be read
    whole."""

    added: tuple[str, ...]
    only_additions: bool


def changes_since(db: duckdb.DuckDBPyConnection, table: DeltaTable, version: int) -> Changes:
    """Data files that `table`, as loaded, has gained after `version`."""
    if version > table.version():
        return Changes((), only_additions=False)
    root = (
        table.table_uri.removeprefix("file://").rstrip("/")
        if table.table_uri.startswith("file://")
        else table.table_uri
    )
    root = unquote(root).rstrip("/")
    logs = [f"{root}/_delta_log/{n:020d}.json" for n in range(version + 1, table.version() + 1)]
    if not logs:
        return Changes((), only_additions=True)
    try:
        rows = db.execute(
            "SELECT add.path, remove.path FROM read_json($logs, format = 'newline_delimited', "
            f"columns = {_LOG_COLUMNS}) WHERE add.dataChange OR remove.dataChange",
            {"logs": logs},
        ).fetchall()
    except duckdb.IOException:
        return Changes((), only_additions=False)
    if any(removed for _, removed in rows):
        return Changes((), only_additions=False)
    return Changes(tuple(f"{root}/{unquote(added)}" for added, _ in rows), only_additions=True)
