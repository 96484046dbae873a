"""The transaction ids of a table: the latest committed version of each application id.

`positions` defines their meaning; `commits` writes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.lake.files import location, storage_of
from pinterest_platform.lake.lake import StoredTable, storage_errors
from pinterest_platform.lake.log import commit_name

#: Number of commits read here. One of the last runs usually committed the ids that a run needs.
_NEWEST = 10


def transaction_versions(table: DeltaTable, apps: Iterable[str]) -> dict[str, int]:
    """The versions of these application ids in the table as loaded.

    delta-rs reads the whole log since its last checkpoint for each id. This function reads the newest commits once for
    all ids, and asks delta-rs only for older ones.

    Raises:
        LakeConflictError: the log of the loaded version is gone. Read the table again and retry.
        LakeError: the log cannot be read.
    """
    missing = set(apps)
    found: dict[str, int] = {}
    version = table.version()
    while missing and version > max(table.version() - _NEWEST, -1) and (content := _commit(table, version)) is not None:
        for app, number in _transactions(content):
            if app in missing:
                found[app] = number
                missing.remove(app)
        version -= 1
    if version >= 0:
        try:
            older = {app: table.transaction_version(app) for app in missing}
        except DeltaError as error:
            raise LakeConflictError(
                f"{location(table)}: the log of version {table.version()} is gone, for example because records were "
                f"erased meanwhile. Nothing was committed. Start again: {error}"
            ) from error
        found |= {app: number for app, number in older.items() if number is not None}
    return found


def commit_digest(table: DeltaTable, version: int) -> int | None:
    """A 63-bit digest that identifies the commit of a version, or None if the log no longer has it.

    Raises:
        LakeError: the log cannot be read.
    """
    content = _commit(table, version)
    return None if content is None else int.from_bytes(hashlib.sha256(content).digest()[:8]) >> 1


def _commit(table: DeltaTable, version: int) -> bytes | None:
    """The log entry of a version, or None if it is gone because a checkpoint covers it."""
    if isinstance(table, StoredTable) and table.commit_read and table.commit_read[0] == version:
        return table.commit_read[1]
    with storage_errors():
        content = storage_of(table).read(f"{location(table)}/_delta_log", commit_name(version))
    if isinstance(table, StoredTable) and content is not None:
        table.commit_read = (version, content)
    return content


def _transactions(content: bytes) -> Iterator[tuple[str, int]]:
    for line in content.splitlines():
        if b'"txn"' in line and (action := json.loads(line).get("txn")):
            yield action["appId"], action["version"]
