"""Removes what a table was before: old data files, and what its log says of them, as lowest and highest values.

The newest version stays as it is, with the transaction ids of all versions, which the checkpoint has. Nobody can go
back in time behind it. A table computed from this one finds that the log since then is gone, and is computed whole.
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

#: Where `repair` keeps damaged files of the log.
_REPAIRED = "_repaired"


@dataclass(frozen=True)
class Removed:
    """Data files and files of the log that were deleted, and versions of files that a bucket kept."""

    files: int
    versions: int


def remove_history(lake: Lake, address: str, since: int, mark: str) -> Removed:
    """Delete all of a table that its newest version does not need. Of data files that no version ever named, those that
    were written before version `since` was committed: whoever wrote them cannot commit them any more.

    `mark` is a transaction id for the commit that ends the history. It names no file, so that the log's last commit
    tells nothing of those that were removed.

    Raises:
        LakeError: the storage refuses; done again, it goes on.
    """
    table, uri = lake.require(address), lake.uri(address)
    log = f"{uri}/_delta_log"
    with storage_errors():
        moment = lake.storage.changed(log).get(commit_name(since), 0.0)
    commit(table, transactions={mark: since + 1})
    try:
        table.create_checkpoint()
    except (DeltaError, OSError) as error:
        raise LakeError(f"{address}: cannot write a checkpoint: {error}. Nothing of it was removed.") from error
    needed = set(map(unquote, file_names(table)))
    with storage_errors():
        old = _old_files(lake, log, table.version())
        named = _named(lake, log, old)
        unneeded = [
            name
            for name, changed in lake.storage.changed(uri).items()
            if (data := name.lstrip(".").removesuffix(".crc")) not in needed and (data in named or changed < moment)
        ]
        # The log goes last: until then a second try finds in it what is not needed.
        lake.storage.remove(uri, unneeded)
        lake.storage.remove(log, old)
        repaired = lake.storage.remove_folder(f"{uri}/{_REPAIRED}")
        versions = lake.storage.remove_old_versions(uri)
    reached(Failpoint.HISTORY_REMOVED, address)
    return Removed(len(unneeded) + len(old) + repaired, versions)


def _old_files(lake: Lake, log: str, newest: int) -> list[str]:
    """The files of a log from before its newest version, which a checkpoint has, and checksums of files."""
    names = lake.storage.files(log)
    return [name for name in names if name[:1] == "." or (name != LAST_CHECKPOINT and name[:20] < f"{newest:020d}")]


def _named(lake: Lake, log: str, names: Sequence[str]) -> set[str]:
    """The data files that commits name, those that they added and those that they removed."""
    found = set()
    for name in names:
        if name.endswith(".json"):
            for line in (lake.storage.read(log, name) or b"").splitlines():
                with suppress(ValueError):
                    action = json.loads(line)
                    found |= {unquote(action[kind]["path"]) for kind in ("add", "remove") if kind in action}
    return found
