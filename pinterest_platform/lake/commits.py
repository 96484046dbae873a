"""One Delta commit: data files that an engine wrote, files they replace, and transaction ids, all or nothing.

The engine writes the files into the table's folder beforehand. Files that no commit names are waste, which
`maintenance` removes.
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
    """Commit and return the new version. `table` is then at its newest version.

    `remove` names the data files to retire. `replace` retires all files, and may bring another `schema`. Set
    `changes_data` to false if the same rows only move to other files.

    `transactions` are application ids with their versions. The commit fails if another writer has committed one of them
    since `table` was read. A commit that retires files fails after any other commit: otherwise delta-rs would
    miss that a compaction moved the rows meanwhile, and keep both copies.

    Raises:
        LakeConflictError: another writer came first, nothing was committed, and the files of `add` are gone. Or S3
            broke off, and only reading the table again shows the result.
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
    """Delete the files of a failed commit, or none if it succeeded after all."""
    table.update_incremental()
    committed = {uri.rpartition("/")[2] for uri in table.file_uris()}
    discard(table, [file for file in files if file.name not in committed])


def _stats(file: DataFile) -> str:
    return json.dumps({"numRecords": file.rows, **file.stats})
