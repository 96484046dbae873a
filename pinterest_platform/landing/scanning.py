"""A scan of bytes before parsing: the number of lines, and whether one is blank, long or deeply nested.

A JSON parser may need fifty times the bytes of a line in memory, and more with more brackets and values. Only a
malicious record nests deeply or has thousands of values. A line is therefore rejected before parsing if it is nested
deeper than `DEEPEST` or has more than `MOST_VALUES`. Only lines of at least twice `DEEPEST` bytes can be. Finding those
costs almost nothing, and no other lines are inspected.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, FileIO
from itertools import accumulate
from pathlib import Path

from pinterest_platform.landing.store import unreadable

#: Maximum bracket levels in a line.
DEEPEST = 2_000
#: Maximum values in a line, in lists and objects.
MOST_VALUES = 10_000
#: A shorter line cannot open and close that many levels.
_LONG = 2 * DEEPEST
_READ_BYTES = 2**20
_BLANK = re.compile(rb"\n[ \t\r\n\v\f]")
#: A quoted text, up to its end if it has one. Matching at every quote avoids searching for an end that may not exist.
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class Scan:
    """The scan of one object's bytes, piece by piece."""

    def __init__(self) -> None:
        #: Whether a line is long enough that it might be refused.
        self.has_long = False
        self._ends, self._unended = 0, 0

    @property
    def lines(self) -> int:
        return self._ends + self.is_unended

    @property
    def is_unended(self) -> bool:
        """Whether the last line lacks a line end."""
        return self._unended > 0

    def see(self, piece: bytes | bytearray, size: int) -> None:
        """Scan the first `size` bytes of a piece."""
        self._ends += piece.count(b"\n", 0, size)
        start = -self._unended
        while not self.has_long and start + _LONG <= size:
            end = piece.rfind(b"\n", max(start, 0), start + _LONG)
            self.has_long = end < 0
            start = start if end < 0 else end + 1
        last = piece.rfind(b"\n", max(start, 0), size)
        self._unended = size - start if last < 0 else size - last - 1


def is_refused(line: bytes) -> bool:
    """Whether a line is nested too deeply or has too many values."""
    return refusal(line) is not None


def refusal(line: bytes) -> str | None:
    """The reason to refuse a line, or None."""
    if len(line) <= DEEPEST:
        return None
    bare = _without_texts(line)
    if (values := _values(bare)) > MOST_VALUES:
        return f"it has {values:,} values: at most {MOST_VALUES:,} are read"
    if (deepest := max(_depths(bare), default=0)) > DEEPEST:
        return f"brackets are nested {deepest:,} deep: at most {DEEPEST:,} levels are read"
    return None


def _without_texts(line: bytes) -> bytes:
    """A line without its quoted texts. Empty if the line can neither be too deep nor have too many values."""
    opened = line.count(b"[") + line.count(b"{")
    return _TEXT.sub(b"", line) if opened > DEEPEST or opened + line.count(b",") >= MOST_VALUES else b""


def _values(bare: bytes) -> int:
    """Number of values in a line without texts: the first of each list or object, and one after each comma."""
    return bare.count(b",") + bare.count(b"[") + bare.count(b"{")


def _depths(bare: bytes) -> Iterable[int]:
    """The number of open brackets after each bracket of a line without texts."""
    return accumulate(map(_STEPS.__getitem__, bare.translate(None, _NO_BRACKET)))


def scanned(path: str) -> Scan:
    """Scan a file.

    Raises:
        LandingError: it cannot be read.
    """
    scan, buffer = Scan(), bytearray(_READ_BYTES)
    with _opened(path) as file:
        while size := file.readinto(buffer):
            scan.see(buffer, size)
    return scan


def has_refused_lines(paths: Sequence[str]) -> bool:
    """Whether a line of the files is nested too deeply or has too many values.

    Raises:
        LandingError: a file cannot be read.
    """
    for path in paths:
        with _opened(path) as file, BufferedReader(file, _READ_BYTES) as lines:
            if any(len(line) > _LONG and is_refused(line) for line in lines):
                return True
    return False


def may_have_blank_lines(paths: Sequence[str]) -> bool:
    """Whether a line of the files begins with white space, and so may consist of nothing else.

    Raises:
        LandingError: a file cannot be read.
    """
    buffer = bytearray(1 + _READ_BYTES)
    for path in paths:
        buffer[0] = ord("\n")
        with _opened(path) as file:
            while size := file.readinto(memoryview(buffer)[1:]):
                if _BLANK.search(buffer, 0, size + 1):
                    return True
                buffer[0] = buffer[size]
    return False


@contextmanager
def _opened(path: str) -> Iterator[FileIO]:
    try:
        with Path(path).open("rb", buffering=0) as file:
            yield file
    except OSError as error:
        raise unreadable(path, error) from error
