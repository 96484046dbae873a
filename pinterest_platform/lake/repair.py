"""Mending a table's log: a checkpoint that cannot be read, a last commit that is empty or cut off.

What is taken away is kept in `<table>/_repaired/<time>`, which no reader of tables looks at. The log itself stays
without a gap: in the place of a damaged commit comes one that changes no rows. Where what the commit had changed is
lost with it, the table gets another id, as one that was made anew, so that tables made of it are computed whole.
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
    """What a repair took away, where that is kept now, and the versions whose changes are lost. Of a dry run: what it
    would do."""

    taken: tuple[Damage, ...]
    kept_in: str
    lost: tuple[int, ...]


def repair(lake: Lake, address: str, *, dry_run: bool = False) -> Repaired:
    """Mend the log of a table so that it can be read. Where nothing is damaged nothing is done.

    Raises:
        LakeError: there is no such table, what is damaged cannot be mended (nothing was changed), or the storage
            refuses.
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
            mend(lake, address, log, log.newest - len(lost), kept_in)
    return Repaired(taken, kept_in if taken else "", lost)


def put_away(lake: Lake, address: str) -> str:
    """Move the whole log of a table that is to be made anew; where it is kept now.

    Raises:
        LakeError: the storage refuses.
    """
    uri = lake.uri(address)
    with storage_errors():
        log = Log(lake.storage, f"{uri}/_delta_log")
        kept_in = new_folder(log)
        # The oldest go first: what a crash leaves is never taken for an older version of the table.
        for name in sorted(log.sizes):
            _keep(log, name, kept_in)
            log.storage.remove(log.folder, [name])
    reached(Failpoint.LOG_PUT_AWAY, address)
    return kept_in


def _lost(address: str, log: Log) -> tuple[int, ...]:
    """The last commits, as many as are damaged, whose changes no checkpoint has.

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
            f"{address}: cannot be repaired: {middle[0] if middle else needed[0]} in {log.folder}, and no checkpoint "
            "that can be read has what it changed. Nothing was changed. Restore the file from a backup, take the table "
            f"back to before it with `pinterest-platform restore {address}`, or {rebuilding(address)}."
        )
    return tuple(sorted(lost))


def mend(lake: Lake, address: str, log: Log, version: int, kept_in: str) -> bool:
    """Take away what is damaged, and what is newer than a version that can be read; whether there was such a thing.
    Each step leaves a log that is damaged less, or a table of an earlier version than the last step."""
    newer = [name for number, names in log.checkpoints.items() if number > version for name in names]
    broken = (*log.damaged_checkpoints.values(), *([log.damaged_hint] if log.damaged_hint else []))
    hint = [LAST_CHECKPOINT] if newer and LAST_CHECKPOINT in log.sizes else []
    gone = dict.fromkeys([*(name for damage in broken for name in damage.names), *hint, *newer])
    covered = [number for number in log.damaged_commits if number <= version]
    # The newest first: a crash leaves an earlier version, never one that lacks a commit between others.
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
    """Put a commit that changes no rows in the place of another."""
    name = commit_name(version)
    for checksum in log.beside(name):
        _keep(log, checksum, kept_in)
        log.storage.remove(log.folder, [checksum])
    _keep(log, name, kept_in)
    actions = [_commit_info(kept_in), *([{"metaData": metadata}] if metadata else [])]
    log.storage.write(log.folder, name, b"".join(json.dumps(action).encode() + b"\n" for action in actions))


def new_folder(log: Log) -> str:
    """A new folder beside the log, in which what is taken away is kept."""
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
    """The table's metadata at a version, under another id."""
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
