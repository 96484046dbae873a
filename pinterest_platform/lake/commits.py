"""One Delta commit: data files an engine has written, files they replace, and transaction ids, all or nothing.

The files are written by the engine into the table's folder beforehand. Until the commit names them they are only
waste, which `maintenance` removes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.transaction import AddAction, RemoveAction

from pinterest_platform.lake.tables import LakeConflictError, LakeError


@dataclass(frozen=True)
class DataFile:
    """A Parquet file lying in the table's folder. `stats` are Delta's per-file statistics."""

    name: str
    size: int
    rows: int
    stats: Mapping[str, Mapping[str, Any]]


def commit(
    table: DeltaTable,
    *,
    add: Sequence[DataFile] = (),
    remove: Sequence[str] = (),
    transactions: Mapping[str, int],
    replace: bool = False,
) -> int:
    """Commit and return the new version.

    `remove` are names of data files the commit retires; `replace` retires all. `transactions` are application ids with
    their versions; a writer that committed one of them since `table` was read makes this commit fail.

    Raises:
        LakeConflictError: another writer came first; nothing was committed.
        LakeError: the commit failed for another reason.
    """
    now = time.time_ns() // 1_000_000
    actions: list[AddAction | RemoveAction] = [RemoveAction(name, True, now) for name in remove]
    actions += [AddAction(quote(f.name), f.size, {}, now, True, _stats(f)) for f in add]
    properties = CommitProperties(app_transactions=[Transaction(app, n, now) for app, n in transactions.items()])
    mode = "overwrite" if replace else "append"
    try:
        table.create_write_transaction(actions, mode, table.schema(), commit_properties=properties)
        table.update_incremental()
    except CommitFailedError as error:
        raise LakeConflictError(f"{table.table_uri}: {error}") from error
    except (DeltaError, OSError) as error:
        raise LakeError(f"{table.table_uri}: cannot commit: {error}") from error
    return table.version()


def _stats(file: DataFile) -> str:
    return json.dumps({"numRecords": file.rows, **file.stats})


def discard(table: DeltaTable, files: Sequence[DataFile]) -> None:
    """Delete files that no commit names, as far as this machine can; what stays is removed by `maintenance.vacuum`."""
    folder = local_folder(table)
    if folder is not None:
        for file in files:
            (folder / file.name).unlink(missing_ok=True)


def local_folder(table: DeltaTable) -> Path | None:
    """Folder of a table that lies on this machine, else None."""
    uri = table.table_uri
    if uri.startswith("file://"):
        return Path(unquote(uri.removeprefix("file://")))
    return None if "://" in uri else Path(uri)
