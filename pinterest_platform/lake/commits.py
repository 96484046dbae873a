"""One Delta commit: data files an engine has written, files they replace, and transaction ids, all or nothing.

The files are written by the engine into the table's folder beforehand. Until the commit names them they are only
waste, which `maintenance` removes.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from deltalake import CommitProperties, DeltaTable, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError
from deltalake.schema import Schema
from deltalake.transaction import AddAction, RemoveAction

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.errors import LakeConflictError, failure
from pinterest_platform.lake.files import DataFile, discard, location


def commit(
    table: DeltaTable,
    *,
    add: Sequence[DataFile] = (),
    remove: Sequence[str] = (),
    transactions: Mapping[str, int],
    replace: bool = False,
    schema: Schema | None = None,
    changes_data: bool = True,
) -> int:
    """Commit and return the new version; `table` is then at the newest one.

    `remove` are names of data files the commit retires; `replace` retires all, and may bring another `schema`.
    `transactions` are application ids with their versions; a writer that committed one of them since `table` was read
    makes this commit fail. One that retires files fails whenever anybody committed anything since then: delta-rs
    does not see that a compaction has meanwhile moved their rows, and would keep both. `changes_data` is false where
    the same rows only lie in other files.

    Raises:
        LakeConflictError: another writer came first; nothing was committed, and the files of `add` are gone. Or S3
            broke off, and only reading anew tells.
        LakeError: the commit failed for another reason.
    """
    now = time.time_ns() // 1_000_000
    actions: list[AddAction | RemoveAction] = [RemoveAction(name, changes_data, now) for name in remove]
    actions += [AddAction(quote(f.name), f.size, {}, now, changes_data, _stats(f)) for f in add]
    properties = CommitProperties(
        app_transactions=[Transaction(app, n, now) for app, n in transactions.items()],
        max_commit_retries=0 if remove or replace else None,
    )
    mode = "overwrite" if replace else "append"
    try:
        table.create_write_transaction(actions, mode, schema or table.schema(), commit_properties=properties)
        table.update_incremental()
    except CommitFailedError as error:
        _discard_uncommitted(table, add)
        raise LakeConflictError(f"{location(table)}: another writer committed first: {error}") from error
    except (DeltaError, OSError) as error:
        raise failure(f"{location(table)}: cannot commit", error) from error
    reached(Failpoint.COMMITTED, location(table))
    return table.version()


def _discard_uncommitted(table: DeltaTable, files: Sequence[DataFile]) -> None:
    """Delete files of a commit that failed; none if it got through all the same."""
    table.update_incremental()
    committed = {uri.rpartition("/")[2] for uri in table.file_uris()}
    discard(table, [file for file in files if file.name not in committed])


def _stats(file: DataFile) -> str:
    return json.dumps({"numRecords": file.rows, **file.stats})
