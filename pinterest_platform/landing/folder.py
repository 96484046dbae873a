"""A landing zone in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.landing.keys import (
    TOPICS,
    LandingObject,
    is_compressed,
    name_prefix,
    parse_start_offset,
    partition_prefix,
    topic_prefix,
)
from pinterest_platform.landing.layouts import beside_partitions, partitions_of
from pinterest_platform.landing.store import Entry, LandingError, Level, Listing, unreadable, unwritable
from pinterest_platform.landing.unpacking import unpacked

#: Kernels stamp files with a clock of coarse ticks, up to 10 ms behind; in microseconds, with as much again to spare.
_TICK = 20_000


@dataclass(frozen=True)
class FolderStore:
    """A landing zone in a folder.

    An object counts as modified when its inode changed (`ctime`), since a file moved into place keeps the older
    `mtime` of its writing.

    A symbolic link is not followed, whatever its name: whoever may write here could have any file of this machine read.
    Only the root may be one.
    """

    root: Path
    topics_dir: str = TOPICS

    def topics(self) -> Sequence[str]:
        return self.level(f"{self.topics_dir}/" if self.topics_dir else "").folders

    def partitions(self, topic: str) -> Sequence[int]:
        return partitions_of(self.level(topic_prefix(topic, self.topics_dir)))

    def beside(self, topic: str) -> Sequence[str]:
        prefix = topic_prefix(topic, self.topics_dir)
        return beside_partitions(prefix, self.level(prefix))

    def mixes(self, _topic: str) -> bool:
        return False

    def list(self, topic: str, partition: int, first: int = 0, _widths: Collection[int] = ()) -> Listing:
        now = time.time_ns() // 1000
        key_prefix, prefix = partition_prefix(topic, partition, self.topics_dir), name_prefix(topic, partition)
        objects, strangers = [], []
        for entry in self._scan(key_prefix):
            name = entry.name
            if name.startswith("."):
                continue
            start = parse_start_offset(name, prefix)
            if start is None or entry.is_symlink():
                strangers.append(key_prefix + _printable(name))
            elif start >= first:
                if (status := self._status(entry)) is None:
                    continue
                if stat.S_ISREG(status.st_mode):
                    modified = status.st_ctime_ns // 1000
                    objects.append(LandingObject(partition, start, key_prefix + name, status.st_size, modified))
                else:
                    strangers.append(key_prefix + name)
        return Listing(tuple(sorted(objects)), tuple(sorted(strangers)), self.settled(now, 0))

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        root = f"{self.root}/"
        for item in objects:
            try:
                content = _content(root + item.key, item.size)
            except OSError as error:
                raise unreadable(root + item.key, error) from error
            yield unpacked(item.key, content)

    def widths(self, _topic: str, _partition: int, _at: int) -> frozenset[int]:
        return frozenset()  # A folder is always listed whole.

    def pieces(self, item: LandingObject) -> Iterator[bytes]:
        return self.read([item])

    def local_path(self, item: LandingObject) -> str | None:
        return None if is_compressed(item.key) else f"{self.root}/{item.key}"

    def level(self, prefix: str) -> Level:
        folders: list[str] = []
        names: list[str] = []
        for entry in self._scan(prefix):
            if not entry.name.startswith("."):
                (folders if self._is_folder(entry) else names).append(_printable(entry.name))
        return Level(tuple(sorted(folders)), tuple(sorted(names)))

    def below(self, prefix: str, skip: Callable[[str], str]) -> Iterator[Entry]:
        for entry in self._scan(prefix):
            if entry.name.startswith("."):
                continue
            key = prefix + entry.name
            if self._is_folder(entry):
                yield from self.below(f"{key}/", skip)
            elif status := self._status(entry):
                yield Entry(key, status.st_size, status.st_ctime_ns // 1000, "", stat.S_ISREG(status.st_mode))

    def settled(self, began: int, _newest: int) -> int:
        return began - _TICK

    def written(self, key: str) -> int | None:
        try:
            return (self.root / key).stat().st_ctime_ns // 1000
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(str(self.root / key), error) from error

    def is_there(self) -> bool:
        return self.root.is_dir()

    def create(self, key: str, content: bytes) -> bool:
        path = self.root / key
        try:
            _put(path, lambda file: file.write(content), os.link)
        except FileExistsError:
            return False
        except OSError as error:
            raise unwritable(str(path), error) from error
        return True

    def save(self, key: str, file: Path) -> None:
        path = self.root / key
        try:
            with file.open("rb") as content:
                _put(path, lambda beside: shutil.copyfileobj(content, beside), os.replace)
        except OSError as error:
            raise unwritable(str(path), error) from error

    def fetch(self, key: str, file: Path) -> bool:
        path = self.root / key
        try:
            with open(path, "rb", opener=_unlinked) as content, file.open("wb") as copy:
                shutil.copyfileobj(content, copy)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise unreadable(str(path), error) from error
        return True

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir(follow_symlinks=False)
        except OSError as error:
            raise unreadable(entry.path, error) from error

    def _status(self, entry: os.DirEntry[str]) -> os.stat_result | None:
        try:
            return entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(entry.path, error) from error

    def _scan(self, prefix: str) -> Sequence[os.DirEntry[str]]:
        folder = self.root / prefix
        try:
            for part in takewhile(lambda part: part != self.root, (folder, *folder.parents)):
                if part.is_symlink():
                    raise LandingError(
                        f"landing zone: {part} is a symbolic link, which is not followed. Put the folder itself there; "
                        "only the whole landing zone may be a link."
                    )
            with os.scandir(folder) as entries:
                return list(entries)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise unreadable(str(folder), error) from error


def _content(path: str, size: int) -> bytes:
    """A file whole, in one read where it is still as large as it was listed: a file gives all it has."""
    descriptor = _unlinked(path, os.O_RDONLY)
    try:
        content = os.read(descriptor, size + 1)
        if len(content) == size:
            return content
        parts = [content]
        while content:
            content = os.read(descriptor, 2**20)
            parts.append(content)
        return b"".join(parts)
    finally:
        os.close(descriptor)


def _unlinked(path: str, flags: int) -> int:
    """Open a file that is no symbolic link."""
    return os.open(path, flags | os.O_NOFOLLOW)


def _put(path: Path, write: Callable[[BinaryIO], object], place: Callable[[Path, Path], None]) -> None:
    """Write a file beside `path`, then `place` it there: it is there whole or not at all, also when the power fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with beside.open("xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        reached(Failpoint.FILE_PREPARED, str(path))
        place(beside, path)
        reached(Failpoint.FILE_PLACED, str(path))
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _printable(name: str) -> str:
    """A file name that can be stored and shown, whatever bytes it is made of."""
    return os.fsencode(name).decode(errors="backslashreplace")
