"""A look over bytes before anything parses them: how many lines, whether one is blank or long, how deep one is nested.

A parser of JSON takes up to fifty times the bytes of a line in memory, the more the more brackets it has. Nobody nests
a record deeply but to do harm, so a line that is nested deeper than `DEEPEST` is rejected before it is parsed. Only
lines of twice as many bytes can be: to find these costs next to nothing, and all others are never looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, FileIO
from itertools import accumulate
from pathlib import Path

from pinterest_platform.landing.store import unreadable

#: Levels of brackets that a line may have.
DEEPEST = 2_000
#: A shorter line has not so many levels, each opened and closed.
_LONG = 2 * DEEPEST
_READ_BYTES = 2**20
_BLANK = re.compile(rb"\n[ \t\r\n\v\f]")
#: A text in quotes, as far as it goes. It matches at any quote: looking for one that ends would take forever.
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_NO_BRACKET = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class Scan:
    """What one object's bytes hold, seen piece by piece."""

    def __init__(self) -> None:
        #: Whether a line may be nested too deep: one is long.
        self.has_long = False
        self._ends, self._unended = 0, 0

    @property
    def lines(self) -> int:
        return self._ends + self.is_unended

    @property
    def is_unended(self) -> bool:
        """Whether the last line has no line end."""
        return self._unended > 0

    def see(self, piece: bytes | bytearray, size: int) -> None:
        """Look at the first `size` bytes of a piece."""
        self._ends += piece.count(b"\n", 0, size)
        start = -self._unended
        while not self.has_long and start + _LONG <= size:
            end = piece.rfind(b"\n", max(start, 0), start + _LONG)
            self.has_long = end < 0
            start = start if end < 0 else end + 1
        last = piece.rfind(b"\n", max(start, 0), size)
        self._unended = size - start if last < 0 else size - last - 1


def is_nested_too_deep(line: bytes) -> bool:
    return any(depth > DEEPEST for depth in _depths(line))


def depth_problem(line: bytes) -> str | None:
    """What is wrong with a line that is nested too deep; None for any other."""
    if not is_nested_too_deep(line):
        return None
    return f"brackets are nested {max(_depths(line)):,} deep: at most {DEEPEST:,} levels are read"


def _depths(line: bytes) -> Iterable[int]:
    """How many brackets are open after each of a line's, where they are enough to matter."""
    if len(line) <= DEEPEST or line.count(b"[") + line.count(b"{") <= DEEPEST:
        return ()
    brackets = _TEXT.sub(b"", line).translate(None, _NO_BRACKET)
    return accumulate(map(_STEPS.__getitem__, brackets))


def scanned(path: str) -> Scan:
    """A look at a file.

    Raises:
        LandingError: it cannot be read.
    """
    scan, buffer = Scan(), bytearray(_READ_BYTES)
    with _opened(path) as file:
        while size := file.readinto(buffer):
            scan.see(buffer, size)
    return scan


def has_deep_lines(paths: Sequence[str]) -> bool:
    """Whether a line of the files is nested too deep.

    Raises:
        LandingError: a file cannot be read.
    """
    for path in paths:
        with _opened(path) as file:
            if any(len(line) > _LONG and is_nested_too_deep(line) for line in BufferedReader(file, _READ_BYTES)):
                return True
    return False


def may_have_blank_lines(paths: Sequence[str]) -> bool:
    """Whether a line of the files begins with white space, and so may have nothing else.

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
