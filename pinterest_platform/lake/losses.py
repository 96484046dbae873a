"""Drop data files that are lost for good, so that the table continues without their rows.

A raw table forgets its ingestion positions. The next run reads the whole landing zone and adds the lost rows that it
still finds. It recognises all other rows by their offsets and does not add them again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.files import connect, file_names
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.positions import positions_forgotten
from pinterest_platform.lake.remains import read_remains


@dataclass(frozen=True)
class Lost:
    """A missing or unreadable data file: its number of rows, and the bounds of its numbers by column."""

    name: str
    rows: int
    bounds: Mapping[str, tuple[Any, Any]]


def drop_lost(lake: Lake, address: str, *, dry_run: bool = False) -> Sequence[Lost]:
    """Remove unreadable data files from a table in one commit, and return what they held.

    Raises:
        LakeConflictError: another writer came first; nothing was changed.
        LakeError: the table does not exist, its log is damaged, or a request to the storage failed.
    """
    table = lake.require(address)
    with storage_errors(), connect("1GB", lake.storage) as db:
        remains = read_remains(db, lake.storage, lake.uri(address))
    names = [name for name in file_names(table) if unquote(name) in remains.lost]
    if names and not dry_run:
        is_record = address.startswith("raw/") and address != "raw/rejected"
        transactions = positions_forgotten(table, remains.transactions) if is_record else {}
        commit(table, remove=names, transactions=transactions)
    return [_lost(name, remains.lost[unquote(name)]) for name in names]


def _lost(name: str, stats: Mapping[str, Any]) -> Lost:
    low, high = stats.get("minValues") or {}, stats.get("maxValues") or {}
    return Lost(name, stats.get("numRecords", 0), {column: (low[column], high.get(column)) for column in low})
