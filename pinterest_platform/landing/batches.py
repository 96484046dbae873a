"""Groups landing objects into batches for one parse each, and makes them readable as local files.

Large local objects are read in place. Small and remote objects are joined into spool files, because opening a file
costs more than parsing the few records in it. Large remote objects are spooled piece by piece. A batch counts the line
ends of each object, so a line's number follows from its position.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate, groupby
from typing import IO, Protocol

from pinterest_platform.landing.keys import LandingObject, is_compressed
from pinterest_platform.landing.scanning import Scan, is_refused, scanned
from pinterest_platform.landing.store import LandingError, LandingStore

#: Bytes of landing data per batch. A batch takes about twice its size in memory; larger ones are not faster (measured
#: with 64 MB to 1 GB by `benchmarks/cold_batch.py`).
BATCH_BYTES = 192 * 2**20
#: Objects per batch. Bounds the work that must be repeated after a crash.
BATCH_OBJECTS = 50_000
#: Objects of at least this size are read in place.
DIRECT_BYTES = 256 * 2**10
#: Maximum objects of a batch to read in place. Each is an open file, and processes may have 1,024.
DIRECT_OBJECTS = 256
#: Objects of at least this size are never held in memory whole on their way into a spool file.
PIECEWISE_BYTES = 16 * 2**20
_READ_BYTES = 2**20
#: Expected growth of a compressed object when it is unpacked.
_UNPACKED_TIMES = 10
#: DuckDB's reader fails on a line of 16 MiB. Lines longer than this are not passed to it a second time.
_LONGEST = 15 * 2**20


class ChangedWhileReadError(Exception):
    """An object was replaced between two reads. Parse the batch again."""


class Contents(Protocol):
    """A source that can return the contents of a batch's objects again: a landing store, or memory."""

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]: ...


@dataclass(frozen=True)
class Batch:
    """Objects of one topic in (partition, start offset) order, readable as local files.

    `paths` are the files with their lines, in the same order. `lines` is the number of lines of each object. `has_long`
    says whether a line is long enough that it might be refused.
    """

    topic: str
    objects: tuple[LandingObject, ...]
    paths: tuple[str, ...]
    lines: tuple[int, ...]
    has_long: bool

    @property
    def first_lines(self) -> list[int]:
        """Position in the batch of each object's first line."""
        return [0, *accumulate(self.lines)][:-1]


def split(
    objects: Iterable[LandingObject], max_bytes: int | None = None, max_objects: int | None = None
) -> Iterator[tuple[LandingObject, ...]]:
    """Split objects into batches of at most `BATCH_BYTES` and `BATCH_OBJECTS`, or the given limits."""
    most_bytes, most_objects = max_bytes or BATCH_BYTES, max_objects or BATCH_OBJECTS
    chunk: list[LandingObject] = []
    size = 0
    for item in objects:
        held = item.size * _UNPACKED_TIMES if is_compressed(item.key) else item.size
        if chunk and (size + held > most_bytes or len(chunk) == most_objects):
            yield tuple(chunk)
            chunk, size = [], 0
        chunk.append(item)
        size += held
    if chunk:
        yield tuple(chunk)


@contextmanager
def open_batch(store: LandingStore, topic: str, objects: Sequence[LandingObject]) -> Iterator[Batch]:
    """Make `objects` readable as local files within the context.

    Raises:
        LandingError: an object cannot be read, or there is not enough space for the spool file.
    """
    paths: list[str] = []
    scans: list[Scan] = []
    large = [item for item in objects if item.size >= DIRECT_BYTES][:DIRECT_OBJECTS]
    with ExitStack() as stack:
        places = {item.key: stack.enter_context(store.in_place(item)) for item in large}
        for direct, run in groupby(objects, key=lambda item: places.get(item.key)):
            if direct is not None:
                paths.append(direct)
                scans.append(scanned(direct))
            else:
                path, found = stack.enter_context(_spooled(_contents(store, list(run))))
                paths.append(path)
                scans += found
        yield _batch(topic, objects, paths, scans)


@contextmanager
def open_content(topic: str, item: LandingObject, content: bytes) -> Iterator[Batch]:
    """Make one object, whose content is in memory, readable as a local file within the context.

    Raises:
        LandingError: there is not enough space for the spool file.
    """
    with _spooled([[content]]) as (path, scans):
        yield _batch(topic, [item], [path], scans)


@contextmanager
def open_lines(topic: str, item: LandingObject, lines: Sequence[bytes]) -> Iterator[Batch]:
    """Make the lines of an object readable as separate objects. Their keys are line numbers; each has its line's
    offset.

    Raises:
        LandingError: there is not enough space for the spool file.
    """
    with _spooled([line + b"\n"] for line in lines) as (path, scans):
        objects = [
            item._replace(start_offset=item.start_offset + number, key=str(number), size=len(line) + 1)
            for number, line in enumerate(lines)
        ]
        yield _batch(topic, objects, [path], scans)


@contextmanager
def open_plain(store: Contents, batch: Batch) -> Iterator[str]:
    """One local file with the lines of a batch. Lines that are refused, or do not look like one JSON object, are `0` in
    it.

    DuckDB's reader skips blank lines, fails on an object that spans several lines, and counts a final `Infinity` twice.
    It also runs out of memory on brackets. This file has none of these, so one stray line does not send a whole batch
    through the slow path.

    Raises:
        ChangedWhileReadError: an object has a different number of lines than the batch counted.
        LandingError: an object cannot be read, or there is not enough space for the spool file.
    """
    contents = zip(batch.objects, batch.lines, store.read(batch.objects), strict=True)
    with _spooled([_plain(item, lines, content)] for item, lines, content in contents) as (path, _):
        yield path


@contextmanager
def _spooled(contents: Iterable[Iterable[bytes]]) -> Iterator[tuple[str, list[Scan]]]:
    """A file of consecutive contents, each given in pieces and ending its last line, with a scan of each.

    The file has no name, only a descriptor, so a killed process leaves nothing behind.
    """
    scans = []
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_unnamed_file())
            for pieces in contents:
                scan = Scan()
                for piece in pieces:
                    scan.see(piece, len(piece))
                    file.write(piece)
                if scan.is_unended:
                    file.write(b"\n")
                scans.append(scan)
            file.flush()
        except OSError as error:
            raise LandingError(
                f"landing zone: cannot spool objects in {tempfile.gettempdir()}: {error.strerror}. Free some space "
                f"there, or point TMPDIR to a folder with {2 * BATCH_BYTES / 1e6:.0f} MB available."
            ) from error
        yield f"/dev/fd/{file.fileno()}", scans


@contextmanager
def _unnamed_file() -> Iterator[IO[bytes]]:
    file = tempfile.TemporaryFile(buffering=_READ_BYTES)  # noqa: SIM115
    try:
        yield file
    finally:
        # Closing flushes the buffer. A lack of space has already been reported.
        with suppress(OSError):
            file.close()


def _contents(store: LandingStore, objects: Sequence[LandingObject]) -> Iterator[Iterable[bytes]]:
    """Contents in the order of `objects`, each in one piece or more."""
    for large, run in groupby(objects, key=lambda item: item.size >= PIECEWISE_BYTES):
        if large:
            yield from map(store.pieces, run)
        else:
            yield from ([content] for content in store.read(list(run)))


def _batch(topic: str, objects: Sequence[LandingObject], paths: Sequence[str], scans: Sequence[Scan]) -> Batch:
    lines = tuple(scan.lines for scan in scans)
    return Batch(topic, tuple(objects), tuple(paths), lines, any(scan.has_long for scan in scans))


def _plain(item: LandingObject, lines: int, content: bytes) -> bytes:
    scan = Scan()
    scan.see(content, len(content))
    if scan.lines != lines:
        raise ChangedWhileReadError(item.key)
    kept = (line if _is_plain(line) else b"0" for line in content.removesuffix(b"\n").split(b"\n"))
    return b"\n".join(kept) if lines else b""


def _is_plain(line: bytes) -> bool:
    shown = line.strip()
    return shown.startswith(b"{") and shown.endswith(b"}") and len(line) < _LONGEST and not is_refused(line)
