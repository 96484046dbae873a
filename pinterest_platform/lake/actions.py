"""The readable actions in the commits and checkpoints of a log."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

from pinterest_platform.sql import text

Action = Mapping[str, Any]


def committed(content: bytes | None) -> Iterator[Action]:
    """The actions of a commit, in order."""
    for line in (content or b"").splitlines():
        try:
            action = json.loads(line)
        except ValueError:
            continue
        if isinstance(action, dict):
            yield action


def checkpointed(db: duckdb.DuckDBPyConnection, path: str) -> Iterator[Action]:
    """The data files and transactions in a checkpoint, or in one of its parts."""
    columns = "add.path AS path, add.size AS size, add.stats AS stats, txn.appId AS app, txn.version AS version"
    try:
        rows = db.execute(f"SELECT {columns} FROM read_parquet({text(path)})").fetchall()
    except duckdb.Error:
        return
    for added, size, stats, app, version in rows:
        if added:
            yield {"add": {"path": added, "size": size, "stats": stats}}
        elif app:
            yield {"txn": {"appId": app, "version": version}}
