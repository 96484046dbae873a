"""What can still be read of a table that cannot be opened, or whose data files are gone: who rebuilds it must not lose
without a word what it had.

Each file is read by itself, and one that is damaged is left out. Nothing is written here.
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
    """`transactions` are the versions that application ids were last committed with, in the commits that can be read;
    `paths` where the data files lie that can be read, those that older versions had among them; `lost` the names of the
    data files that the table had and that cannot be read, with their statistics, as in the log."""

    transactions: dict[str, int] = field(default_factory=dict)
    paths: list[str] = field(default_factory=list)
    lost: dict[str, Mapping[str, Any]] = field(default_factory=dict)


def read_remains(db: duckdb.DuckDBPyConnection, storage: Storage, uri: str) -> Remains:
    """What is left of the table at `uri`.

    Raises:
        S3Error: the storage refuses.
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
    """The actions of a log that can be read, in order."""
    names = [name for name in storage.files(log) if _VERSIONED.fullmatch(name)]
    # A checkpoint of a version holds what the commits up to it say; a commit sorts behind it.
    for name in sorted(names):
        is_checkpoint = name.endswith(".parquet")
        yield from checkpointed(db, f"{log}/{name}") if is_checkpoint else committed(storage.read(log, name))


def _is_readable(db: duckdb.DuckDBPyConnection, path: str) -> bool:
    """Whether a data file is whole, as its end says."""
    try:
        db.execute(f"SELECT count(*) FROM read_parquet({file_list([path])}, hive_partitioning = false)").fetchall()
    except duckdb.Error:
        return False
    return True
