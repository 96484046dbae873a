"""Data files of a table that are lost and that nothing brings back: the table goes on without their rows.

A raw table forgets how far it is, so that the next run reads the landing zone whole and adds what is still there of the
lost rows. Each other row is known by its offset and not added again.
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
    """A data file that is gone or cannot be read: how many rows it had, and the bounds of its numbers by column."""

    name: str
    rows: int
    bounds: Mapping[str, tuple[Any, Any]]


def drop_lost(lake: Lake, address: str, *, dry_run: bool = False) -> Sequence[Lost]:
    """Take data files that cannot be read out of a table, in one commit; what they had.

    Raises:
        LakeConflictError: another writer came first; nothing was done.
        LakeError: there is no such table, its log is damaged, or the storage refuses.
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
