"""Opens files below a folder without following symbolic links or waiting for a FIFO.

A path that is checked first and opened later may have become a link to any file of this machine. Each folder on the way
is therefore opened relative to its parent. The file is opened in the last folder and checked by its descriptor.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from pinterest_platform.landing.store import LandingError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Below:
    """Access to files below `root`, which may itself be a link. The last folder stays open for the next file."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._at = ""
        self._folder: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def open(self, key: str) -> int:
        """The descriptor of a file to read.

        Raises:
            LandingError: it is not a file, or a folder on the way is a link.
            OSError: it cannot be opened.
        """
        folder, _, name = key.rpartition("/")
        # Without O_NONBLOCK, opening a FIFO waits for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(name, flags, dir_fd=self.folder(folder))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise LandingError(f"landing zone: {self._root / key} is no longer a file. Remove it, then run again.")
        return descriptor

    def folder(self, path: str, *, create: bool = False) -> int:
        """The descriptor of a folder, valid until another folder is requested.

        Raises:
            LandingError: a folder on the way is a link.
            OSError: it cannot be opened or created.
        """
        if self._folder is None or path != self._at:
            self._close()
            if create:
                self._root.mkdir(parents=True, exist_ok=True)
            self._at, self._folder = path, self._opened(path, create)
        return self._folder

    def _opened(self, path: str, create: bool) -> int:
        folder = os.open(self._root, _FOLDER)
        at = self._root
        for part in filter(None, path.split("/")):
            above, at = folder, at / part
            try:
                folder = _inside(above, part, create)
            except OSError as error:
                if not at.is_symlink():
                    raise
                raise LandingError(
                    f"landing zone: {at} is a symbolic link, and links are not followed. Put the folder itself there. "
                    "Only the root of the landing zone may be a link."
                ) from error
            finally:
                os.close(above)
        return folder

    def _close(self) -> None:
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None


def _inside(above: int, name: str, create: bool) -> int:
    if create:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=above)
    return os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=above)
