"""Removes the history of a table: old data files, and their log entries, which hold the lowest and highest values.

The newest version stays unchanged, with the transaction ids of all versions, which the checkpoint holds. Time travel to
earlier versions is no longer possible. Tables computed from this one find the log gone, and are computed from scratch.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote

from deltalake.exceptions import DeltaError

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import file_names
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.log import LAST_CHECKPOINT, commit_name

#: The folder in which `repair` keeps damaged log files.
_REPAIRED = "_repaired"


@dataclass(frozen=True)
class Removed:
    """The number of deleted data and log files, and of deleted file versions in a bucket."""

    files: int
    versions: int


def remove_history(lake: Lake, address: str, since: int, mark: str) -> Removed:
    """Delete all files of a table that its newest version does not need. This includes data files that no version
    names, if they were written before version `since` was committed. Their writers can no longer commit them.

    `mark` is a transaction id for the commit that ends the history. This commit names no files, so the log's last
    commit reveals nothing about the removed ones.

    Raises:
        LakeError: the storage refuses. Another call continues.
    """
    table, uri = lake.require(address), lake.uri(address)
    log = f"{uri}/_delta_log"
    with storage_errors():
        moment = lake.storage.changed(log).get(commit_name(since), 0.0)
    commit(table, transactions={mark: since + 1})
    try:
        table.create_checkpoint()
    except (DeltaError, OSError) as error:
        raise LakeError(f"{address}: cannot write a checkpoint: {error}. Nothing was removed.") from error
    needed = set(map(unquote, file_names(table)))
    with storage_errors():
        old = _old_files(lake, log, table.version())
        named = _named(lake, log, old)
        unneeded = [
            name
            for name, changed in lake.storage.changed(uri).items()
            if (data := name.lstrip(".").removesuffix(".crc")) not in needed and (data in named or changed < moment)
        ]
        # The log goes last: until then, another attempt needs it to find unneeded files.
        lake.storage.remove(uri, unneeded)
        lake.storage.remove(log, old)
        repaired = lake.storage.remove_folder(f"{uri}/{_REPAIRED}")
        versions = lake.storage.remove_old_versions(uri)
    reached(Failpoint.HISTORY_REMOVED, address)
    return Removed(len(unneeded) + len(old) + repaired, versions)


def _old_files(lake: Lake, log: str, newest: int) -> list[str]:
    """The log files before the newest version, which has a checkpoint, and checksum files."""
    names = lake.storage.files(log)
    return [name for name in names if name[:1] == "." or (name != LAST_CHECKPOINT and name[:20] < f"{newest:020d}")]


def _named(lake: Lake, log: str, names: Sequence[str]) -> set[str]:
    """The data files that commits added or removed."""
    found = set()
    for name in names:
        if name.endswith(".json"):
            for line in (lake.storage.read(log, name) or b"").splitlines():
                with suppress(ValueError):
                    action = json.loads(line)
                    found |= {unquote(action[kind]["path"]) for kind in ("add", "remove") if kind in action}
    return found
