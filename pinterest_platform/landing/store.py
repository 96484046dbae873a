"""The interface of a landing zone, in any storage: listing and reading objects, and landing objects.

`folder` and `s3` implement it; `stores` selects one. `listing` decides which objects are new.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.landing.keys import LandingObject


class LandingError(PlatformError):
    """The landing zone cannot be listed or read. The message names the place and says what to do."""


@dataclass(frozen=True)
class Listing:
    """One listing of a partition, sorted by start offset.

    `strangers` are keys that do not name a landing object. A listing that `is_partial` lacks objects that arrived long
    ago. `settled` is a time in microseconds by the store's clock. Any object change that this listing may have missed
    has a later timestamp.
    """

    objects: tuple[LandingObject, ...]
    strangers: tuple[str, ...]
    settled: int
    is_partial: bool = False


@dataclass(frozen=True)
class Level:
    """The contents directly below a prefix, sorted: names of folders and of everything else, without hidden ones."""

    folders: tuple[str, ...]
    names: tuple[str, ...]


class Entry(NamedTuple):
    """A key in a store, with the fields of `LandingObject`. If it is not a file, such as a symbolic link, it is never
    an object."""

    key: str
    size: int
    modified: int
    etag: str
    is_file: bool = True


class OldVersion(NamedTuple):
    """A version that a bucket keeps of a replaced or deleted object, with its unpacked content."""

    item: LandingObject
    version: str
    content: bytes


class LandingStore(Protocol):
    """A landing zone, as far as the platform reads it. Methods raise LandingError if they fail."""

    @property
    def topics_dir(self) -> str:
        """The folder of all topics; empty if they are in the landing zone itself."""

    def topics(self) -> Sequence[str]: ...

    def partitions(self, topic: str) -> Sequence[int]:
        """Partitions of `topic` that have landed anything, ascending."""

    def beside(self, topic: str) -> Sequence[str]:
        """Keys and folders (ending with a slash) where the objects of `topic` are expected, but which are not read."""

    def mixes(self, topic: str) -> bool:
        """Whether each folder of `topic` may have records of any partition and any time."""

    def list(self, topic: str, partition: int, first: int = 0, widths: Collection[int] = ()) -> Listing:
        """Objects of a partition that start at offset `first` or later.

        A store that lists by name may leave out objects whose offsets are not written in one of `widths` digits.
        Without `widths` it leaves out nothing.
        """

    def widths(self, topic: str, partition: int, at: int) -> frozenset[int]:
        """The digit widths of the objects from offset `at` on, as far as `list` needs them."""

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        """Contents, one at a time, in the order of `objects`."""

    def pieces(self, item: LandingObject) -> Iterator[bytes]:
        """The content of one object, in pieces. It may be larger than memory."""

    def in_place(self, item: LandingObject) -> AbstractContextManager[str | None]:
        """A path under which this process can read the object within the context, or None."""

    def written(self, key: str) -> int | None:
        """When the object at a key was written, in microseconds by the store's clock; None if it does not exist."""


class Keys(LandingStore, Protocol):
    """Keys of a store, in any folder. Methods raise LandingError if they fail."""

    def level(self, prefix: str) -> Level: ...

    def below(self, prefix: str, skip: Callable[[str], str]) -> Iterator[Entry]:
        """Everything below a prefix, recursively.

        A store that lists page by page may skip the keys between the last key of a page and the result of `skip`.
        """

    def settled(self, began: int, newest: int) -> int:
        """As in `Listing`, for a listing that began at a time (microseconds) and whose last change is `newest`."""

    def is_there(self) -> bool:
        """Whether the landing zone exists: its folder, or any object with its prefix."""


class WritableStore(LandingStore, Protocol):
    """A landing zone that the platform writes to. Methods raise LandingError if they fail."""

    def create(self, key: str, content: bytes) -> bool:
        """Create an object atomically and durably. False if its key already exists."""

    def save(self, key: str, file: Path) -> None:
        """Store a file at a key atomically, replacing any object there."""

    def remove(self, key: str) -> None:
        """Delete an object and all versions of it that a bucket keeps."""

    def replace(self, key: str, content: bytes) -> None:
        """Replace the content of an object atomically. Its other properties stay."""

    def old_versions(self, topic: str) -> Iterator[OldVersion]:
        """Versions that a bucket keeps of replaced or deleted objects of a topic, one at a time."""

    def forget_versions(self, key: str, versions: Collection[str] | None = None) -> int:
        """Delete these or all of the old versions that a bucket keeps of an object, and return their number."""

    def fetch(self, key: str, file: Path) -> bool:
        """Copy the object at a key to a file. False if it does not exist."""


def unwritable(path: str, error: OSError) -> LandingError:
    """The error for a file that cannot be written."""
    return LandingError(
        f"landing zone: cannot write {path}: {error.strerror}. Landed objects are safe. Free some space or grant "
        "write permission there, then run again."
    )


def unreadable(path: str, error: OSError) -> LandingError:
    """The error for a file or folder that should be readable."""
    return LandingError(
        f"landing zone: cannot read {path}: {error.strerror}. Check that PINTEREST_LANDING names the landing folder "
        "and that this user has read permission."
    )
