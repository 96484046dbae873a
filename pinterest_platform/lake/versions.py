"""Table versions at a point in time, which users give as a version number or an ISO 8601 time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from deltalake import DeltaTable

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import missing_files
from pinterest_platform.lake.lake import Lake


def parse_as_of(as_of: str) -> int | datetime:
    """A version number or a UTC time. A time without a zone is read as UTC.

    Raises:
        LakeError: `as_of` is neither.
    """
    try:
        if as_of.isascii() and as_of.isdigit():
            return int(as_of)
        moment = datetime.fromisoformat(as_of)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise LakeError(
            f"as_of={as_of[:80]!r} is neither a version number nor an ISO 8601 time such as 2026-11-20T08:00:00."
        ) from None


def versions_as_of(lake: Lake, addresses: Sequence[str], as_of: str, leading: str) -> dict[str, int]:
    """The version of each table at a time, or at the end of the run that created a version of the table `leading`.

    Tables created later are left out.

    Raises:
        LakeError: `as_of` is neither a version nor a time, `leading` has no such version, or the log no longer covers
            that time.
    """
    tables = {address: table for address in addresses if (table := lake.open(address))}
    moment = parse_as_of(as_of)
    if isinstance(moment, int):
        start = _start_of(tables.get(leading) or lake.require(leading), leading, moment)
        # A run starts with ingestion, so the next run began no earlier than the next of these commits.
        raw = (time for address, t in tables.items() if address.startswith("raw/") for time in commit_times(t))
        later = min((time for time in raw if time > start), default=None)
        moment = later - timedelta(milliseconds=1) if later else datetime.now(UTC)
    found = {address: _version_at(table, address, moment) for address, table in tables.items()}
    return {address: version for address, version in found.items() if version is not None}


def require_files(table: DeltaTable, address: str, newest: int) -> None:
    """Check that the loaded version of a table can still be read.

    Raises:
        LakeError: it cannot.
    """
    if missing_files(table):
        raise LakeError(
            f"{address}: version {table.version()} can no longer be read, because its files are older than the "
            f"retention. The newest version is {newest}."
        )


def committed_at(table: DeltaTable, version: int | None = None) -> datetime:
    """When a version was committed, in UTC; by default the newest one. The table is loaded at its newest version."""
    if version is None or version == table.version():
        return commit_times(table, 1)[0]
    return next(_moment(commit["timestamp"]) for commit in table.history() if commit["version"] == version)


def commit_times(table: DeltaTable, most: int | None = None) -> list[datetime]:
    """Commit times of the newest versions of a table, in UTC, newest first. By default all that the log has."""
    return [_moment(commit["timestamp"]) for commit in table.history(most)]


def _start_of(table: DeltaTable, address: str, version: int) -> datetime:
    """When a version was committed."""
    if version > table.version():
        raise LakeError(f"{address}: has no version {version}. The newest version is {table.version()}.")
    times = {commit["version"]: _moment(commit["timestamp"]) for commit in table.history()}
    if version not in times:
        raise LakeError(
            f"{address}: the commit time of version {version} is no longer known. "
            f"The log begins at version {min(times)}."
        )
    return times[version]


def _version_at(table: DeltaTable, address: str, moment: datetime) -> int | None:
    """Version of the table at a moment, or None before its first version."""
    commits = table.history()
    versions = [commit["version"] for commit in commits if _moment(commit["timestamp"]) <= moment]
    if not versions and commits[-1]["version"] > 0:
        raise LakeError(
            f"{address}: its state at {moment.isoformat()} is no longer known. The oldest commit in its log is from "
            f"{_moment(commits[-1]['timestamp']).isoformat()}."
        )
    return max(versions, default=None)


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
