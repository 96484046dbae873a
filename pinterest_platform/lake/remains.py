"""The readable rest of a table that cannot be opened or that lost data files. A rebuild uses it to report every loss.

Each file is read separately, and damaged ones are skipped. This module only reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import duckdb

from pinterest_platform.lake.actions import Action, checkpointed, committed
from pinterest_platform.lake.storage import Storage
from pinterest_platform.sql import file_list

_VERSIONED = re.compile(r"(\d{20})\.(?:json|checkpoint.*\.parquet)")


@dataclass
class Remains:
    """The readable rest of a table.

    `transactions` are the latest versions of the application ids in readable commits. `paths` are the readable data
    files, including those of older versions. `lost` are the names of unreadable data files that the table had, with
    their statistics, as in the log.
    """

    transactions: dict[str, int] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    lost: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def read_remains(db: duckdb.DuckDBPyConnection, storage: Storage, uri: str) -> Remains:
    """The readable rest of the table at `uri`.

    Raises:
        S3Error: a request to the storage failed.
    """
    remains, had = Remains(), dict[str, Mapping[str, Any]]()
    for action in _actions(db, storage, f"{uri}/_delta_log"):
        if transaction := action.get("txn"):
            remains.transactions[transaction["appId"]] = transaction["version"]
        if added := action.get("add"):
            had[unquote(added["path"])] = json.loads(added.get("stats") or "{}")
        if removed := action.get("remove"):
            had.pop(unquote(removed["path"]), None)
    there = sorted(name for name in storage.files(uri) if name.endswith(".parquet"))
    readable = {name for name in there if _is_readable(db, f"{uri}/{name}")}
    remains.paths = [f"{uri}/{name}" for name in there if name in readable]
    remains.lost = {name: stats for name, stats in had.items() if name not in readable}
    return remains


def _actions(db: duckdb.DuckDBPyConnection, storage: Storage, log: str) -> Iterator[Action]:
    """The readable actions of a log, in order."""
    names = [name for name in storage.files(log) if _VERSIONED.fullmatch(name)]
    # A checkpoint of a version includes all commits up to it. The commit of that version sorts after it.
    for name in sorted(names):
        is_checkpoint = name.endswith(".parquet")
        yield from checkpointed(db, f"{log}/{name}") if is_checkpoint else committed(storage.read(log, name))


def _is_readable(db: duckdb.DuckDBPyConnection, path: str) -> bool:
    """Whether a data file is complete, according to its footer."""
    try:
        db.execute(f"SELECT count(*) FROM read_parquet({file_list([path])}, hive_partitioning = false)").fetchall()
    except duckdb.Error:
        return False
    return True
