"""Groups landing objects into batches, each what one parse takes, and makes them readable as local files.

Large local objects are read where they are. Small ones, and those that are not on this machine, are joined into one
spool file: opening a file costs more than parsing the few records it holds. Either way a batch knows, by counting line
ends, how many lines each object has, so a line's number follows from its position.
"""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.store import LandingStore

#: Bytes of landing data in one batch. A batch is held in memory about twice; larger ones are not faster (measured
#: with 64 MB to 1 GB by `benchmarks/cold_batch.py`).
BATCH_BYTES = 192 * 2**20
#: Objects in one batch; bounds what a commit must be repeated for after a crash.
BATCH_OBJECTS = 50_000
#: From this size on an object is read where it is.
DIRECT_BYTES = 256 * 2**10
_READ_BYTES = 8 * 2**20


@dataclass(frozen=True)
class Batch:
    """Objects of one topic in (partition, start offset) order, the local files that hold their lines in the same order,
    and how many lines each object has."""

    topic: str
    objects: tuple[LandingObject, ...]
    paths: tuple[str, ...]
    lines: tuple[int, ...]

    @property
    def first_lines(self) -> list[int]:
        """Position in the batch of each object's first line."""
        return [0, *accumulate(self.lines)][:-1]


def split(objects: Iterable[LandingObject]) -> Iterator[tuple[LandingObject, ...]]:
    """Cut a sequence of objects where a batch is full."""
    chunk: list[LandingObject] = []
    size = 0
    for item in objects:
        if chunk and (size + item.size > BATCH_BYTES or len(chunk) == BATCH_OBJECTS):
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(item)
        size += item.size
    if chunk:
        yield tuple(chunk)


@contextmanager
def open_batch(store: LandingStore, topic: str, objects: Sequence[LandingObject]) -> Iterator[Batch]:
    """Make `objects` readable as local files for as long as the context lasts.

    Raises:
        LandingError: an object cannot be read.
    """
    paths = [_direct_path(store, item) for item in objects]
    if all(paths):
        direct = [path for path in paths if path]
        yield Batch(topic, tuple(objects), tuple(direct), tuple(_count_lines_of(path) for path in direct))
        return
    with tempfile.TemporaryDirectory(prefix="pinterest-landing-") as folder:
        spool = Path(folder) / "spool.json"
        lines = []
        with spool.open("wb", buffering=_READ_BYTES) as file:
            for content in store.read(objects):
                lines.append(_count_lines(content))
                file.write(content)
                if content and not content.endswith(b"\n"):
                    file.write(b"\n")
        yield Batch(topic, tuple(objects), (str(spool),), tuple(lines))


def _direct_path(store: LandingStore, item: LandingObject) -> str | None:
    if item.size < DIRECT_BYTES:
        return None
    path = store.local_path(item)
    return path if path and not glob.has_magic(path) else None


def _count_lines(content: bytes) -> int:
    return content.count(b"\n") + (not content.endswith(b"\n") if content else 0)


def _count_lines_of(path: str) -> int:
    buffer = bytearray(_READ_BYTES)
    count, last = 0, ord("\n")
    with Path(path).open("rb", buffering=0) as file:
        while size := file.readinto(buffer):
            count += buffer.count(b"\n", 0, size)
            last = buffer[size - 1]
    return count + (last != ord("\n"))
