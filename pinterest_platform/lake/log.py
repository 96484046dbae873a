"""The files of a table's `_delta_log`, and which of them are damaged.

delta-rs treats an empty commit as one that changes nothing. For other damage it reports where its reader failed. This
module finds the damaged file; `repair` fixes it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.storage import Storage

#: Operation name, in the table's history, of a commit that replaces a damaged one. It does not record the lost changes.
REPAIR = "REPAIR"
LAST_CHECKPOINT = "_last_checkpoint"
_COMMIT = re.compile(r"(\d{20})\.json")
#: Classic, in several parts, or named by a UUID.
_CHECKPOINT = re.compile(r"(\d{20})\.checkpoint(?:\.\d{10}\.(\d{10})|\.[0-9a-f-]{36})?\.(?:parquet|json)")


@dataclass(frozen=True)
class Damage:
    """Log files that cannot be read, or a missing one, and the reason."""

    names: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        return f"{', '.join(self.names)} {self.why}"


@dataclass(frozen=True)
class Log:
    """The log in a table's folder, as first listed."""

    storage: Storage
    folder: str

    @cached_property
    def sizes(self) -> Mapping[str, int]:
        return self.storage.files(self.folder)

    @cached_property
    def newest(self) -> int:
        """The newest version that has a file, or -1 for an empty log."""
        return max([*self._versions(_COMMIT), *self.checkpoints], default=-1)

    @cached_property
    def damaged_checkpoints(self) -> Mapping[int, Damage]:
        """Unreadable checkpoints, by version."""
        damaged = {version: self._checkpoint_damage(names) for version, names in self.checkpoints.items()}
        return {version: damage for version, damage in damaged.items() if damage}

    @cached_property
    def base(self) -> int:
        """Version of the newest readable checkpoint, or -1 without one."""
        return max(self.checkpoints.keys() - self.damaged_checkpoints.keys(), default=-1)

    @cached_property
    def damaged_commits(self) -> Mapping[int, Damage]:
        """Unreadable or missing commits that the newest version needs, by version. Includes empty commits that a
        checkpoint covers."""
        covered = [v for v in self._versions(_COMMIT) if v <= self.base and not self.sizes[commit_name(v)]]
        looked_at = (*sorted(covered), *range(self.base + 1, self.newest + 1))
        damaged = {version: self._commit_damage(version) for version in looked_at}
        return {version: damage for version, damage in damaged.items() if damage}

    @cached_property
    def damaged_hint(self) -> Damage | None:
        """Damage to the file that points to the newest checkpoint."""
        content = self.storage.read(self.folder, LAST_CHECKPOINT)
        if content is None:
            return None
        version = hinted_version(content)
        if version is None:
            return Damage((LAST_CHECKPOINT,), "names no version")
        if version not in self.checkpoints.keys() - self.damaged_checkpoints.keys():
            return Damage((LAST_CHECKPOINT,), f"names the checkpoint of version {version}, which cannot be read")
        return None

    def damages(self) -> Iterator[Damage]:
        """All damage."""
        yield from self.damaged_checkpoints.values()
        yield from self.damaged_commits.values()
        if self.damaged_hint:
            yield self.damaged_hint

    def beside(self, name: str) -> list[str]:
        """Checksum files of a log file: Spark's for a version, Hadoop's for a file."""
        found = _COMMIT.fullmatch(name)
        checksums = [f".{name}.crc", *([f"{found[1]}.crc", f".{found[1]}.crc.crc"] if found else [])]
        return [checksum for checksum in checksums if checksum in self.sizes]

    @cached_property
    def checkpoints(self) -> dict[int, tuple[str, ...]]:
        """Names of the files of each checkpoint, by version."""
        names: dict[int, tuple[str, ...]] = {}
        for name in sorted(self.sizes):
            if found := _CHECKPOINT.fullmatch(name):
                names[int(found[1])] = (*names.get(int(found[1]), ()), name)
        return names

    def _versions(self, pattern: re.Pattern[str]) -> list[int]:
        return [int(found[1]) for name in self.sizes if (found := pattern.fullmatch(name))]

    def _commit_damage(self, version: int) -> Damage | None:
        return commit_damage(version, self.storage.read(self.folder, commit_name(version)))

    def _checkpoint_damage(self, names: tuple[str, ...]) -> Damage | None:
        parts = {found[2] for name in names if (found := _CHECKPOINT.fullmatch(name)) and found[2]}
        if parts and len(names) < int(max(parts)):
            return Damage(names, f"lack a part: {len(names)} of {int(max(parts))} exist")
        broken = tuple(name for name in names if not self._is_readable(name))
        return Damage(broken, "cannot be read") if broken else None

    def _is_readable(self, name: str) -> bool:
        content = self.storage.read(self.folder, name) or b""
        if name.endswith(".json"):
            return bool(content.strip()) and not any(_is_broken(line) for line in content.splitlines())
        with tempfile.TemporaryDirectory() as folder, duckdb.connect() as db:
            copy = Path(folder, "checkpoint.parquet")
            try:
                copy.write_bytes(content)
            except OSError as error:
                raise LakeError(
                    f"{self.folder}: cannot copy {name} to {folder} for inspection: {error.strerror}. Free some space "
                    "there, or point TMPDIR to another folder."
                ) from error
            try:
                db.execute("SELECT count(COLUMNS(*)) FROM read_parquet(?)", [str(copy)])
            except duckdb.Error:
                return False
        return True


def commit_name(version: int) -> str:
    return f"{version:020d}.json"


def commit_damage(version: int, content: bytes | None) -> Damage | None:
    """Damage to a commit with this content, where None means that the file is missing."""
    why = "is missing" if content is None else "is empty" if not content.strip() else ""
    try:
        if not why and not all(isinstance(json.loads(line), dict) for line in (content or b"").splitlines()):
            why = "is not a commit"
    except ValueError:
        why = "is cut off or is not JSON"
    return Damage((commit_name(version),), why) if why else None


def hinted_version(content: bytes | None) -> int | None:
    """The version that `_last_checkpoint` names, or None."""
    try:
        version = json.loads(content or b"")["version"]
    except (ValueError, TypeError, KeyError):
        return None
    return version if isinstance(version, int) else None


def empty_commit(storage: Storage, folder: str, version: int) -> Damage | None:
    """The first empty commit among those a version is read from. delta-rs reads it without an error."""
    base = hinted_version(storage.read(folder, LAST_CHECKPOINT))
    start = -1 if base is None else base
    sizes = storage.files(folder, after=commit_name(start) if start >= 0 else "")
    names = [name for name in sorted(sizes) if _COMMIT.fullmatch(name) and name <= commit_name(version)]
    return next((Damage((name,), "is empty") for name in names if not sizes[name]), None)


def _is_broken(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return True
    return False
