"""Taking a table back to an earlier version: the one it had at a time, or the newest that is whole.

Delta's own RESTORE keeps the newest transaction ids, and so how far the table is: what came after the version would
never be read again. Here the later commits are taken away as `repair` takes damaged ones, with all that they recorded;
the next run reads again what they had read. What is taken away is kept in `<table>/_repaired/<time>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pinterest_platform.lake.errors import LakeError, rebuilding
from pinterest_platform.lake.files import connect
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.log import Log
from pinterest_platform.lake.repair import mend, new_folder
from pinterest_platform.lake.whole import Version, versions


@dataclass(frozen=True)
class Restored:
    """The version whose rows a table has now, the newest one that it had, and where the files of its log are kept that
    were taken away, if any were."""

    version: Version
    newest: int
    kept_in: str


def restore(lake: Lake, address: str, as_of: int | datetime | None = None, *, dry_run: bool = False) -> Restored:
    """Take a table back to a version or a time, by default to its newest version that is whole. A table that was made
    after that time is emptied. Stop other writers first.

    Raises:
        LakeError: there is no such table, version or time, or the version is not whole; nothing was changed.
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
        changed = not dry_run and mend(lake, address, log, found.number, kept_in)
    return Restored(found, log.newest, kept_in if changed else "")


def _wanted(address: str, known: Sequence[Version], newest: int, as_of: int | datetime | None) -> Version:
    whole = [version for version in known if version.is_whole]
    if not whole:
        raise LakeError(
            f"{address}: none of its versions is whole: files of its log or of its rows are lost in each. Nothing was "
            f"changed. Restore files from a backup, or {rebuilding(address)}."
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
        why = f"{found.lost} data files of version {found.number} are lost" if found else "its log does not tell it"
        raise LakeError(
            f"{address}: cannot be taken back to {as_of}: {why}. Nothing was changed. Versions that are whole: "
            f"{_ranges(whole)}, of {newest}."
        )
    return found


def _number(version: Version) -> int:
    return version.number


def _ranges(whole: Sequence[Version]) -> str:
    """Version numbers in words: `0-3, 5`."""
    ranges: list[list[int]] = []
    for version in whole:
        if ranges and version.number == ranges[-1][-1] + 1:
            ranges[-1][1:] = [version.number]
        else:
            ranges.append([version.number])
    return ", ".join("-".join(map(str, numbers)) for numbers in ranges)
