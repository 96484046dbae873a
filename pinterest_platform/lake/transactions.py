"""The transaction ids of a table: which version each application id was last committed with.

What they stand for is said by `positions`; `commits` writes them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pinterest_platform.lake.errors import LakeConflictError
from pinterest_platform.lake.files import location, storage_of
from pinterest_platform.lake.lake import storage_errors

#: Commits that are looked through here: what a run asks for was committed by one of the last runs, as a rule.
_NEWEST = 10


def transaction_versions(table: DeltaTable, apps: Iterable[str]) -> dict[str, int]:
    """The versions of those application ids that the table, as loaded, has.

    delta-rs reads the whole log since its last checkpoint for each id it is asked for. Here the newest commits are read
    once for all of them, and delta-rs is asked for those that are older.

    Raises:
        LakeConflictError: the log of the loaded version is gone; reading the table anew helps.
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
                f"{location(table)}: the log of version {table.version()} is gone, as where records were erased "
                f"meanwhile. Nothing was committed. Start again: {error}"
            ) from error
        found |= {app: number for app, number in older.items() if number is not None}
    return found


def commit_digest(table: DeltaTable, version: int) -> int | None:
    """63 bits that tell the commit of a version from any other; None where the log has it no more.

    Raises:
        LakeError: the log cannot be read.
    """
    content = _commit(table, version)
    return None if content is None else int.from_bytes(hashlib.sha256(content).digest()[:8]) >> 1


def _commit(table: DeltaTable, version: int) -> bytes | None:
    """The log's entry of a version; None where it is gone, because a checkpoint holds what it said."""
    with storage_errors():
        return storage_of(table).read(f"{location(table)}/_delta_log", f"{version:020d}.json")


def _transactions(content: bytes) -> Iterator[tuple[str, int]]:
    for line in content.splitlines():
        if b'"txn"' in line and (action := json.loads(line).get("txn")):
            yield action["appId"], action["version"]
