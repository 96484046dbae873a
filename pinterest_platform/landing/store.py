"""Where landing objects lie: listing and reading them. A folder today; a bucket is one more class of this shape.

Deciding which objects are news is `listing`'s business.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pinterest_platform.landing.keys import TOPICS, LandingObject, parse_start_offset, partition_prefix


class LandingError(Exception):
    """The landing zone cannot be listed or read; the message names the place and what to do."""


@dataclass(frozen=True)
class Listing:
    """What one listing of a partition saw, sorted by start offset.

    `strangers` are keys that name no landing object. `settled` is a time in microseconds: every change of an object
    that this listing may have missed is stamped later than it.
    """

    objects: tuple[LandingObject, ...]
    strangers: tuple[str, ...]
    settled: int


class LandingStore(Protocol):
    """What the platform asks of a landing zone."""

    def topics(self) -> Sequence[str]: ...

    def partitions(self, topic: str) -> Sequence[int]:
        """Partitions of `topic` that have landed anything, ascending."""

    def list(self, topic: str, partition: int, first: int = 0) -> Listing:
        """Objects of a partition that start at offset `first` or later."""

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        """Contents, one at a time, in the order of `objects`."""

    def local_path(self, item: LandingObject) -> str | None:
        """Path under which a program on this machine can read the object, or None."""


@dataclass(frozen=True)
class FolderStore:
    """A landing zone in a folder.

    An object counts as modified when its inode changed (`ctime`), since a file moved into place keeps the older
    `mtime` of its writing. Kernels stamp files with a clock of coarse ticks, hence `_TICK`.
    """

    root: Path
    _TICK: int = field(default=20_000, init=False, repr=False)

    def topics(self) -> Sequence[str]:
        return sorted(entry.name for entry in self._scan(self.root / TOPICS) if entry.is_dir())

    def partitions(self, topic: str) -> Sequence[int]:
        found = []
        for entry in self._scan(self.root / TOPICS / topic):
            number = entry.name.removeprefix("partition=")
            if number != entry.name and number.isascii() and number.isdigit() and entry.is_dir():
                found.append(int(number))
        return sorted(found)

    def list(self, topic: str, partition: int, first: int = 0) -> Listing:
        now = time.time_ns() // 1000
        prefix = partition_prefix(topic, partition)
        objects, strangers = [], []
        for entry in self._scan(self.root / prefix):
            if entry.name.startswith("."):
                continue
            key = prefix + entry.name
            start = parse_start_offset(key)
            if start is None:
                strangers.append(key)
            elif start >= first:
                try:
                    status = entry.stat()
                except FileNotFoundError:
                    continue
                objects.append(LandingObject(partition, start, key, status.st_size, status.st_ctime_ns // 1000))
        return Listing(tuple(sorted(objects)), tuple(sorted(strangers)), now - self._TICK)

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        for item in objects:
            path = f"{self.root}/{item.key}"
            try:
                descriptor = os.open(path, os.O_RDONLY)
            except OSError as error:
                raise _unreadable(path, error) from error
            try:
                size = max(item.size, os.fstat(descriptor).st_size)
                content = os.read(descriptor, size + 1)
                while chunk := os.read(descriptor, size + 1) if content else b"":
                    content += chunk
                yield content
            finally:
                os.close(descriptor)

    def local_path(self, item: LandingObject) -> str | None:
        return f"{self.root}/{item.key}"

    def _scan(self, folder: Path) -> Sequence[os.DirEntry[str]]:
        try:
            with os.scandir(folder) as entries:
                return list(entries)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise _unreadable(str(folder), error) from error


def _unreadable(path: str, error: OSError) -> LandingError:
    return LandingError(
        f"landing zone: cannot read {path}: {error.strerror}. Check that PINTEREST_LANDING names the landing folder "
        "and that this user may read it."
    )


def open_store(landing: str) -> LandingStore:
    """The store behind a `PINTEREST_LANDING` value.

    Raises:
        LandingError: the address is of a kind that cannot be read.
    """
    if "://" in landing:
        raise LandingError(f"landing zone: PINTEREST_LANDING={landing!r} is not supported; allowed is a folder.")
    return FolderStore(Path(landing))
