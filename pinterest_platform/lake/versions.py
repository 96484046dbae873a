"""Which version each table had at a time: a version number or an ISO 8601 time, as users give it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from deltalake import DeltaTable

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import missing_files
from pinterest_platform.lake.lake import Lake


def parse_as_of(as_of: str) -> int | datetime:
    """A version number, or a time in UTC; a time without a zone is in UTC.

    Raises:
        LakeError: it is neither.
    """
    try:
        if as_of.isascii() and as_of.isdigit():
            return int(as_of)
        moment = datetime.fromisoformat(as_of)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise LakeError(
            f"as_of={as_of[:80]!r} is neither a version number nor an ISO 8601 time such as 2026-11-20T08:00:00"
        ) from None


def versions_as_of(lake: Lake, addresses: Sequence[str], as_of: str, leading: str) -> dict[str, int]:
    """Version of each table at a time, or at the end of the run in which the table `leading` got a version; tables
    made later are left out.

    Raises:
        LakeError: `as_of` is neither; `leading` has no such version; or the log no longer knows what a table was then.
    """
    tables = {address: table for address in addresses if (table := lake.open(address))}
    moment = parse_as_of(as_of)
    if isinstance(moment, int):
        start = _start_of(tables.get(leading) or lake.require(leading), leading, moment)
        # A run begins with what it ingests, so the one after it had not begun before the next of these commits.
        raw = (time for address, t in tables.items() if address.startswith("raw/") for time in commit_times(t))
        later = min((time for time in raw if time > start), default=None)
        moment = later - timedelta(milliseconds=1) if later else datetime.now(UTC)
    found = {address: _version_at(table, address, moment) for address, table in tables.items()}
    return {address: version for address, version in found.items() if version is not None}


def require_files(table: DeltaTable, address: str, newest: int) -> None:
    """Do nothing if the version that a table is loaded at can be read.

    Raises:
        LakeError: it cannot any more.
    """
    if missing_files(table):
        raise LakeError(
            f"{address}: version {table.version()} can no longer be read, its files are beyond the retention; its "
            f"newest is {newest}"
        )


def committed_at(table: DeltaTable, version: int | None = None) -> datetime:
    """When a version was committed, by default the newest, in UTC. The table is loaded at its newest version."""
    if version is None or version == table.version():
        return commit_times(table, 1)[0]
    return next(_moment(commit["timestamp"]) for commit in table.history() if commit["version"] == version)


def commit_times(table: DeltaTable, most: int | None = None) -> list[datetime]:
    """When the newest versions of a table were committed, in UTC, newest first; by default all that its log knows."""
    return [_moment(commit["timestamp"]) for commit in table.history(most)]


def _start_of(table: DeltaTable, address: str, version: int) -> datetime:
    """When a version was committed."""
    if version > table.version():
        raise LakeError(f"{address}: has no version {version}; its newest is {table.version()}")
    times = {commit["version"]: _moment(commit["timestamp"]) for commit in table.history()}
    if version not in times:
        raise LakeError(f"{address}: when version {version} was is no longer known; its log begins at {min(times)}")
    return times[version]


def _version_at(table: DeltaTable, address: str, moment: datetime) -> int | None:
    """Version of the table at a moment; None before its first one."""
    commits = table.history()
    versions = [commit["version"] for commit in commits if _moment(commit["timestamp"]) <= moment]
    if not versions and commits[-1]["version"] > 0:
        raise LakeError(
            f"{address}: what it was at {moment.isoformat()} is no longer known; the oldest commit in its log is of "
            f"{_moment(commits[-1]['timestamp']).isoformat()}"
        )
    return max(versions, default=None)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
