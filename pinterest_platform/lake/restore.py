"""Restore a table to an earlier version: the one it had at a time, or its newest complete version.

Delta's own RESTORE keeps the newest transaction ids, and with them the ingestion positions, so later data would never
be read again. This module instead removes the later commits with everything they recorded, as `repair` does with
damaged ones. The next run reads that data again. Removed files are kept in `<table>/_repaired/<time>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pinterest_platform.lake.errors import LakeError, rebuilding
from pinterest_platform.lake.files import connect
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.log import Log
from pinterest_platform.lake.repair import fix_log, new_folder
from pinterest_platform.lake.whole import Version, versions


@dataclass(frozen=True)
class Restored:
    """The version whose rows a table has now, and the newest one it had before.

    `kept_in` is the folder of the removed log files, or empty if none were removed.
    """

    version: Version
    newest: int
    kept_in: str


def restore(lake: Lake, address: str, as_of: int | datetime | None = None, *, dry_run: bool = False) -> Restored:
    """Restore a table to a version or a time, by default to its newest complete version. Stop other writers first.

    A table that was created after that time is emptied.

    Raises:
        LakeError: the table, version or time does not exist, or the version is incomplete. Nothing was changed.
    """
    uri = lake.uri(address)
    with storage_errors():
        log = Log(lake.storage, f"{uri}/_delta_log")
        if log.newest < 0:
            lake.require(address)
        with connect("1GB", lake.storage) as db:
            known = list(versions(db, log, uri))
        found = _wanted(address, known, log.newest, as_of)
        kept_in = new_folder(log)
        changed = not dry_run and fix_log(lake, address, log, found.number, kept_in)
    return Restored(found, log.newest, kept_in if changed else "")


def _wanted(address: str, known: Sequence[Version], newest: int, as_of: int | datetime | None) -> Version:
    whole = [version for version in known if version.is_whole]
    if not whole:
        raise LakeError(
            f"{address}: it has no complete version, because each lacks log files or data files. Nothing was changed. "
            f"Restore files from a backup, or {rebuilding(address)}."
        )
    if as_of is None:
        return whole[-1]
    if isinstance(as_of, int):
        found = next((version for version in known if version.number == as_of), None)
    else:
        found = max((v for v in known if v.committed and v.committed <= as_of), key=_number, default=None)
        if found is None and known[0].number == 0:
            found = known[0]
    if found is None or not found.is_whole:
        why = f"{found.lost} data files of version {found.number} are lost" if found else "its log does not cover it"
        raise LakeError(
            f"{address}: cannot be restored to {as_of}, because {why}. Nothing was changed. Complete versions: "
            f"{_ranges(whole)}, of {newest}."
        )
    return found


def _number(version: Version) -> int:
    return version.number


def _ranges(whole: Sequence[Version]) -> str:
    """Version numbers as text: `0-3, 5`."""
    ranges: list[list[int]] = []
    for version in whole:
        if ranges and version.number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [version.number]
        else:
            ranges.append([version.number])
    return ", ".join("-".join(map(str, numbers)) for numbers in ranges)
