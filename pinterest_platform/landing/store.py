"""What the platform asks of a landing zone, wherever it lies: listing and reading objects, and landing some itself.

`folder` and `s3` answer; `stores` knows which. Deciding which objects are news is `listing`'s business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.landing.keys import LandingObject


class LandingError(PlatformError):
    """The landing zone cannot be listed or read; the message names the place and what to do."""


@dataclass(frozen=True)
class Listing:
    """What one listing of a partition saw, sorted by start offset.

    `strangers` are keys that name no landing object. `settled` is a time in microseconds by the store's clock: every
    change of an object that this listing may have missed is stamped later than it.
    """

    objects: tuple[LandingObject, ...]
    strangers: tuple[str, ...]
    settled: int


class LandingStore(Protocol):
    """What the platform asks of a landing zone. Each method raises LandingError where it cannot answer."""

    def topics(self) -> Sequence[str]: ...

    def partitions(self, topic: str) -> Sequence[int]:
        """Partitions of `topic` that have landed anything, ascending."""

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

    def local_path(self, item: LandingObject) -> str | None:
        """Path under which a program on this machine can read the object, or None."""


class WritableStore(LandingStore, Protocol):
    """A landing zone that the platform lands in itself. Each method raises LandingError where it cannot."""

    def create(self, key: str, content: bytes) -> bool:
        """Make an object, whole or not at all, durably; False where there is another one of that key."""

    def save(self, key: str, file: Path) -> None:
        """Put a file at a key in place of what is there, whole or not at all."""

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
