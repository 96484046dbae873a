"""Repair of a table's log: an unreadable checkpoint, or a last commit that is empty or cut off.

Removed files are kept in `<table>/_repaired/<time>`, which readers of tables ignore. The log keeps no gap: a commit
that changes no rows replaces each damaged one. If the changes of a commit are lost, the table gets a new id, like a
recreated table. Tables computed from it are then computed from scratch.
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deltalake import DeltaTable

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.errors import LakeError, rebuilding
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.log import LAST_CHECKPOINT, REPAIR, Damage, Log, commit_name


@dataclass(frozen=True)
class Repaired:
    """The files that a repair removed, the folder that keeps them, and the versions whose changes are lost.

    After a dry run: what a repair would do.
    """

    taken: tuple[Damage, ...]
    kept_in: str
    lost: tuple[int, ...]


def repair(lake: Lake, address: str, *, dry_run: bool = False) -> Repaired:
    """Fix the log of a table so that it can be read. Does nothing if nothing is damaged.

    Raises:
        LakeError: the table does not exist, the damage cannot be fixed, or a request to the storage failed. Damage that
            cannot be fixed is left unchanged.
    """
    uri = lake.uri(address)
    with storage_errors():
        log = Log(lake.storage, f"{uri}/_delta_log")
        if log.newest < 0:
            lake.require(address)
        lost = _lost(address, log)
        taken = tuple(log.damages())
        kept_in = new_folder(log)
        if not dry_run:
            fix_log(lake, address, log, log.newest - len(lost), kept_in)
    return Repaired(taken, kept_in if taken else "", lost)


def put_away(lake: Lake, address: str) -> str:
    """Move the whole log of a table that is about to be recreated, and return its new folder.

    Raises:
        LakeError: a request to the storage failed.
    """
    uri = lake.uri(address)
    with storage_errors():
        log = Log(lake.storage, f"{uri}/_delta_log")
        kept_in = new_folder(log)
        # Oldest first, so that the files left by a crash never look like an older version of the table.
        for name in sorted(log.sizes):
            _keep(log, name, kept_in)
            log.storage.remove(log.folder, [name])
    reached(Failpoint.LOG_PUT_AWAY, address)
    return kept_in


def _lost(address: str, log: Log) -> tuple[int, ...]:
    """The damaged commits at the end of the log whose changes no checkpoint has.

    Raises:
        LakeError: another commit is damaged, and no checkpoint has its changes.
    """
    needed = {version: damage for version, damage in log.damaged_commits.items() if version > log.base}
    lost: list[int] = []
    while (version := log.newest - len(lost)) in needed and needed[version].why != "is missing":
        lost.append(version)
    middle = [damage for version, damage in needed.items() if version not in lost]
    if middle or (lost and min(lost) == 0):
        raise LakeError(
            f"{address}: cannot be repaired: {middle[0] if middle else needed[0]} in {log.folder}, and no readable "
            "checkpoint has its changes. Nothing was changed. Restore the file from a backup, restore the table to an "
            f"earlier version with `pinterest-platform restore {address}`, or {rebuilding(address)}."
        )
    return tuple(sorted(lost))


def fix_log(lake: Lake, address: str, log: Log, version: int, kept_in: str) -> bool:
    """Remove damaged files, and everything newer than a readable `version`. Returns whether there was anything to
    remove.

    Each step leaves a log with less damage, or a table at an earlier version than after the last step.
    """
    newer = [name for number, names in log.checkpoints.items() if number > version for name in names]
    broken = (*log.damaged_checkpoints.values(), *([log.damaged_hint] if log.damaged_hint else []))
    hint = [LAST_CHECKPOINT] if newer and LAST_CHECKPOINT in log.sizes else []
    gone = dict.fromkeys([*(name for damage in broken for name in damage.names), *hint, *newer])
    covered = [number for number in log.damaged_commits if number <= version]
    # Newest first: a crash leaves an earlier version, never one with a commit missing in the middle.
    lost = range(log.newest, version, -1)
    if not gone and not covered and not lost:
        return False
    for name in gone:
        _take_away(log, name, kept_in)
    for number in covered:
        _stand_in(log, number, kept_in, {})
    metadata = _metadata(lake, address, version) if lost else {}
    for number in lost:
        _stand_in(log, number, kept_in, metadata)
    lake.close()
    lake.require(address)
    return True


def _take_away(log: Log, name: str, kept_in: str) -> None:
    for each in (*log.beside(name), name):
        _keep(log, each, kept_in)
        log.storage.remove(log.folder, [each])


def _stand_in(log: Log, version: int, kept_in: str, metadata: dict[str, Any]) -> None:
    """Replace a commit by one that changes no rows."""
    name = commit_name(version)
    for checksum in log.beside(name):
        _keep(log, checksum, kept_in)
        log.storage.remove(log.folder, [checksum])
    _keep(log, name, kept_in)
    actions = [_commit_info(kept_in), *([{"metaData": metadata}] if metadata else [])]
    log.storage.write(log.folder, name, b"".join(json.dumps(action).encode() + b"\n" for action in actions))


def new_folder(log: Log) -> str:
    """A new folder beside the log, to keep removed files."""
    return f"{log.folder.removesuffix('/_delta_log')}/_repaired/{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}"


def _keep(log: Log, name: str, kept_in: str) -> None:
    content = log.storage.read(log.folder, name)
    if content is not None:
        log.storage.write(kept_in, name, content)


def _commit_info(kept_in: str) -> dict[str, Any]:
    return {
        "commitInfo": {
            "timestamp": time.time_ns() // 1_000_000,
            "operation": REPAIR,
            "operationParameters": {"keptIn": kept_in},
            "engineInfo": "pinterest-platform",
        }
    }


def _metadata(lake: Lake, address: str, version: int) -> dict[str, Any]:
    """The table's metadata at a version, with a new id."""
    table: DeltaTable | None = lake.open(address, version)
    assert table is not None, "its log has this version"
    known = table.metadata()
    return {
        "id": str(uuid.uuid4()),
        "name": known.name,
        "description": known.description,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": table.schema().to_json(),
        "partitionColumns": known.partition_columns,
        "createdTime": known.created_time,
        "configuration": known.configuration,
    }
