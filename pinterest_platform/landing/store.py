"""What the platform asks of a landing zone, wherever it lies: listing and reading objects, and landing some itself.

`folder` and `s3` answer; `stores` knows which. Deciding which objects are news is `listing`'s business.
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
    """The landing zone cannot be listed or read; the message names the place and what to do."""


@dataclass(frozen=True)
class Listing:
    """What one listing of a partition saw, sorted by start offset.

    `strangers` are keys that name no landing object. A listing that `is_partial` lacks objects that came long ago.
    `settled` is a time in microseconds by the store's clock: every
    change of an object that this listing may have missed is stamped later than it.
    """

    objects: tuple[LandingObject, ...]
    strangers: tuple[str, ...]
    settled: int
    is_partial: bool = False


@dataclass(frozen=True)
class Level:
    """What lies right below a prefix, sorted: names of folders, and of anything else. Hidden ones are left out."""

    folders: tuple[str, ...]
    names: tuple[str, ...]


class Entry(NamedTuple):
    """What there is of a key; the fields are those of `LandingObject`. What is no file, as a symbolic link, is no
    object, whatever its name."""

    key: str
    size: int
    modified: int
    etag: str
    is_file: bool = True


class OldVersion(NamedTuple):
    """What a bucket keeps of an object from before it was replaced or deleted, and its content, unpacked."""

    item: LandingObject
    version: str
    content: bytes


class LandingStore(Protocol):
    """What the platform asks of a landing zone. Each method raises LandingError where it cannot answer."""

    @property
    def topics_dir(self) -> str:
        """The folder of all topics; empty where they lie in the landing zone itself."""

    def topics(self) -> Sequence[str]: ...

    def partitions(self, topic: str) -> Sequence[int]:
        """Partitions of `topic` that have landed anything, ascending."""

    def beside(self, topic: str) -> Sequence[str]:
        """Keys and folders (these with a slash) which are where objects of `topic` are looked for, and are not read."""

    def mixes(self, topic: str) -> bool:
        """Whether folders of `topic` may each have records of any partition and of any time."""

    def list(self, topic: str, partition: int, first: int = 0, widths: Collection[int] = ()) -> Listing:
        """Objects of a partition that start at offset `first` or later.

        A store that lists in the order of names may leave out those whose offsets are not written in one of `widths`
        digits; where none are given it leaves out nothing.
        """

    def widths(self, topic: str, partition: int, at: int) -> frozenset[int]:
        """In how many digits the objects from offset `at` on have it written, as far as `list` needs to be told."""

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        """Contents, one at a time, in the order of `objects`."""

    def pieces(self, item: LandingObject) -> Iterator[bytes]:
        """The content of one object, which may be larger than memory, in pieces."""

    def in_place(self, item: LandingObject) -> AbstractContextManager[str | None]:
        """Path under which this process can read the object for as long as the context lasts, or None."""

    def written(self, key: str) -> int | None:
        """When what is at a key was written, in microseconds by the store's clock; None where there is nothing."""


class Keys(LandingStore, Protocol):
    """What a store says of keys, whichever folders they are in. Each method raises LandingError where it cannot."""

    def level(self, prefix: str) -> Level: ...

    def below(self, prefix: str, skip: Callable[[str], str]) -> Iterator[Entry]:
        """All that lies below a prefix, however deep. A store that lists page by page may leave out what comes between
        the last key of a page and the key that `skip` gives for it."""

    def settled(self, began: int, newest: int) -> int:
        """As in `Listing`, for one that began at a time (microseconds) and of which `newest` was changed last."""

    def is_there(self) -> bool:
        """Whether the landing zone is there: its folder, or anything in its prefix."""


class WritableStore(LandingStore, Protocol):
    """A landing zone that the platform lands in itself. Each method raises LandingError where it cannot."""

    def create(self, key: str, content: bytes) -> bool:
        """Make an object, whole or not at all, durably; False where there is another one of that key."""

    def save(self, key: str, file: Path) -> None:
        """Put a file at a key in place of what is there, whole or not at all."""

    def remove(self, key: str) -> None:
        """Delete an object, and what a bucket keeps of it."""

    def replace(self, key: str, content: bytes) -> None:
        """Put other content in an object's place, whole or not at all. What else is said of the object stays."""

    def old_versions(self, topic: str) -> Iterator[OldVersion]:
        """What a bucket keeps of objects of a topic that were replaced or deleted, one at a time."""

    def forget_versions(self, key: str, versions: Collection[str] | None = None) -> int:
        """Delete these of the versions that a bucket keeps of an object from before, or all; how many."""

    def fetch(self, key: str, file: Path) -> bool:
        """Copy what is at a key to a file; False where there is nothing."""


def unwritable(path: str, error: OSError) -> LandingError:
    """What to say of a file that cannot be written."""
    return LandingError(
        f"landing zone: cannot write {path}: {error.strerror}. Make room or grant the right to write there, then run "
        "again; what has landed is safe."
    )


def unreadable(path: str, error: OSError) -> LandingError:
    """What to say of a file or folder that should be readable."""
    return LandingError(
        f"landing zone: cannot read {path}: {error.strerror}. Check that PINTEREST_LANDING names the landing folder "
        "and that this user may read it."
    )
