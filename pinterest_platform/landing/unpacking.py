"""Unpacks compressed objects, up to the maximum size of an object.

A damaged or oversized object becomes one line that says so. The parser rejects this line with that reason, at the
offset in the object's name. Other objects are still read, and a replaced object is read again.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pinterest_platform.landing.keys import BZIP2, GZIP, is_compressed

#: Maximum unpacked size of an object. Sinks write records of at most 1 MB, some thousands per object.
LARGEST_BYTES = 256 * 2**20
#: Packed bytes to unpack at a time: in the worst case, gzip and zstd expand them to about 30 MB. In bzip2 every ten
#: bytes can expand as much, but its output can be read incrementally.
_AT_ONCE = 1024
_PIECE_BYTES = 8 * 2**20
#: Prefix of the line that replaces an object which cannot be unpacked; the reason follows. No JSON begins like this.
REFUSED = b"\0cannot be unpacked: "


class _DamagedError(Exception):
    pass


def unpacked(key: str, content: bytes) -> bytes:
    """The content of an object, unpacked if it is compressed."""
    return b"".join(unpacked_pieces(key, [content])) if is_compressed(key) else content


def unpacked_pieces(key: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in pieces. A damaged object yields no partial content, because it might be incomplete."""
    if not is_compressed(key):
        yield from pieces
        return
    found: list[bytes] = []
    size = 0
    try:
        for piece in _unpacked(key, pieces):
            found.append(piece)
            size += len(piece)
            if size > LARGEST_BYTES:
                raise _DamagedError(
                    f"it becomes larger than {LARGEST_BYTES / 2**20:.0f} MB. Let the sink write smaller objects "
                    "(flush.size)"
                )
    except _DamagedError as error:
        found = [REFUSED, str(error).encode(), b"\n"]
    yield from found


def _unpacked(key: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The streams of a file, one after the other, until the input ends."""
    kind, (begin, errors) = key.rpartition(".")[2], _unpacker(key)
    stream: Any = None
    try:
        for piece in pieces:
            for first in range(0, len(piece), _AT_ONCE):
                packed = piece[first : first + _AT_ONCE]
                while packed:
                    stream = stream or begin()
                    yield from _step(stream, packed)
                    packed = stream.unused_data.lstrip(b"\0") if stream.eof else b""
                    stream = None if stream.eof else stream
    except errors as error:
        raise _DamagedError(f"it is not a complete {kind} file: {error}") from error
    if stream is not None:
        raise _DamagedError(f"it ends too early for a {kind} file")


def _step(stream: Any, packed: bytes) -> Iterator[bytes]:
    if not isinstance(stream, bz2.BZ2Decompressor):
        yield stream.decompress(packed)
        return
    yield stream.decompress(packed, _PIECE_BYTES)
    while not (stream.eof or stream.needs_input):
        yield stream.decompress(b"", _PIECE_BYTES)


def _unpacker(key: str) -> tuple[Callable[[], Any], tuple[type[Exception], ...]]:
    """A function that creates a decompressor for an object, and the errors it raises."""
    if key.endswith(GZIP):
        return lambda: zlib.decompressobj(31), (zlib.error,)
    if key.endswith(BZIP2):
        return bz2.BZ2Decompressor, (OSError, ValueError)
    from zstandard import ZstdDecompressor, ZstdError

    return lambda: ZstdDecompressor().decompressobj(), (ZstdError,)
