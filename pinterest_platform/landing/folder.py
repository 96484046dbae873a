"""A landing zone in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.landing.below import Below
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
from pinterest_platform.landing.store import Entry, Level, Listing, OldVersion, unreadable, unwritable
from pinterest_platform.landing.unpacking import unpacked

#: Kernels stamp files with a coarse clock, up to 10 ms behind. In microseconds, twice that.
_TICK = 20_000
#: Maximum depth of folders to list. Sinks use a few levels; other writers could create thousands.
_DEEPEST = 32


@dataclass(frozen=True)
class FolderStore:
    """A landing zone in a folder.

    An object's modification time is that of its inode (`ctime`), because a file moved into place keeps its older
    `mtime`.

    Symbolic links are never followed. Otherwise, anyone with write access here could have any file of this machine
    read. Only the root may be a link.
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
        with self._scanned(key_prefix) as entries:
            for entry in entries:
                name = entry.name
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
        with Below(self.root) as below:
            for item in objects:
                try:
                    content = _content(below.open(item.key), item.size)
                except OSError as error:
                    raise unreadable(f"{self.root}/{item.key}", error) from error
                yield unpacked(item.key, content)

    def widths(self, _topic: str, _partition: int, _at: int) -> frozenset[int]:
        return frozenset()  # A folder is always listed whole.

    def pieces(self, item: LandingObject) -> Iterator[bytes]:
        return self.read([item])

    @contextmanager
    def in_place(self, item: LandingObject) -> Iterator[str | None]:
        if is_compressed(item.key):
            yield None
            return
        with Below(self.root) as below:
            try:
                descriptor = below.open(item.key)
            except OSError as error:
                raise unreadable(f"{self.root}/{item.key}", error) from error
        try:
            # By descriptor: another file may have this name by the time it is read.
            yield f"/dev/fd/{descriptor}"
        finally:
            os.close(descriptor)

    def level(self, prefix: str) -> Level:
        folders: list[str] = []
        names: list[str] = []
        with self._scanned(prefix) as entries:
            for entry in entries:
                (folders if self._is_folder(entry) else names).append(_printable(entry.name))
        return Level(tuple(sorted(folders)), tuple(sorted(names)))

    def below(self, prefix: str, _skip: Callable[[str], str]) -> Iterator[Entry]:
        prefixes = [prefix]
        while prefixes:
            prefix = prefixes.pop()
            with self._scanned(prefix) as entries:
                for entry in entries:
                    key = prefix + entry.name
                    if self._is_folder(entry) and key.count("/") < _DEEPEST:
                        prefixes.append(f"{key}/")
                    elif status := self._status(entry):
                        is_file = stat.S_ISREG(status.st_mode)
                        yield Entry(key, status.st_size, status.st_ctime_ns // 1000, "", is_file)

    def settled(self, began: int, _newest: int) -> int:
        return began - _TICK

    def written(self, key: str) -> int | None:
        folder, _, name = key.rpartition("/")
        try:
            with Below(self.root) as below:
                return os.stat(name, dir_fd=below.folder(folder), follow_symlinks=False).st_ctime_ns // 1000
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unreadable(str(self.root / key), error) from error

    def is_there(self) -> bool:
        return self.root.is_dir()

    def create(self, key: str, content: bytes) -> bool:
        path = self.root / key
        try:
            self._put(key, lambda file: file.write(content), os.link)
        except FileExistsError:
            return False
        except OSError as error:
            raise unwritable(str(path), error) from error
        return True

    def save(self, key: str, file: Path) -> None:
        path = self.root / key
        try:
            with file.open("rb") as content:
                self._put(key, lambda beside: shutil.copyfileobj(content, beside), os.replace)
        except OSError as error:
            raise unwritable(str(path), error) from error

    def remove(self, key: str) -> None:
        folder, _, name = key.rpartition("/")
        try:
            with Below(self.root) as below, suppress(FileNotFoundError):
                os.unlink(name, dir_fd=below.folder(folder))
        except OSError as error:
            raise unwritable(f"{self.root}/{key}", error) from error

    def replace(self, key: str, content: bytes) -> None:
        path = self.root / key
        try:
            self._put(key, lambda file: file.write(content), os.replace)
        except OSError as error:
            raise unwritable(str(path), error) from error

    def old_versions(self, _topic: str) -> Iterator[OldVersion]:
        return iter(())  # A folder keeps no versions.

    def forget_versions(self, _key: str, _versions: Collection[str] | None = None) -> int:
        return 0

    def fetch(self, key: str, file: Path) -> bool:
        path = self.root / key
        try:
            with Below(self.root) as below, os.fdopen(below.open(key), "rb") as content, file.open("wb") as copy:
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

    @contextmanager
    def _scanned(self, prefix: str) -> Iterator[Sequence[os.DirEntry[str]]]:
        """The visible entries of a folder. Their status is available within the context."""
        with Below(self.root) as below:
            try:
                with os.scandir(below.folder(prefix.rstrip("/"))) as entries:
                    found = [entry for entry in entries if not entry.name.startswith(".")]
            except FileNotFoundError:
                found = []
            except OSError as error:
                raise unreadable(str(self.root / prefix), error) from error
            yield found

    def _put(self, key: str, write: Callable[[BinaryIO], object], place: Callable[..., None]) -> None:
        """Write a file beside its destination, then `place` it there, atomically even if the power fails."""
        folder, _, name = key.rpartition("/")
        path, beside = str(self.root / key), f".{name}.{uuid.uuid4().hex}.tmp"
        with Below(self.root) as below:
            there = below.folder(folder, create=True)
            try:
                new = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=there)
                with os.fdopen(new, "wb") as file:
                    write(file)
                    file.flush()
                    os.fsync(file.fileno())
                reached(Failpoint.FILE_PREPARED, path)
                place(beside, name, src_dir_fd=there, dst_dir_fd=there)
                reached(Failpoint.FILE_PLACED, path)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(beside, dir_fd=there)
            os.fsync(there)


def _content(descriptor: int, size: int) -> bytes:
    """A whole file, in a single read if its size has not changed since it was listed. Closes the descriptor."""
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


def _printable(name: str) -> str:
    """A file name of any bytes, in a form that can be stored and shown."""
    return os.fsencode(name).decode(errors="backslashreplace")
