"""Compressed objects, unpacked no further than an object may be large.

An object that is damaged, or becomes too large, is one line that says so: the parser rejects it with that reason, at
the offset that the object's name has. So it keeps nothing else from being read, and is read again when it is replaced.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from pinterest_platform.landing.keys import BZIP2, GZIP, is_compressed

#: What an object may become. Sinks write records of at most 1 MB, some thousands to an object.
LARGEST_BYTES = 256 * 2**20
#: Packed bytes that are unpacked at a time: of the worst gzip and zstd, they become some 30 MB. Of bzip2 each ten can
#: become as much, but its output can be had bit by bit.
_AT_ONCE = 1024
_PIECE_BYTES = 8 * 2**20
#: What a line begins with that stands for an object which cannot be unpacked; the reason follows. No JSON has it.
REFUSED = b"\0cannot be unpacked: "


class _DamagedError(Exception):
    pass


def unpacked(key: str, content: bytes) -> bytes:
    """The content of an object, of which a compressed one is unpacked."""
    return b"".join(unpacked_pieces(key, [content])) if is_compressed(key) else content


def unpacked_pieces(key: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same in pieces. What could be unpacked of a damaged object is not read: nobody knows whether it is whole."""
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
    """Streams of the object's kind, one after the other, until nothing is left."""
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
        raise _DamagedError(f"it is no whole {kind} file: {error}") from error
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
    """What makes a decompressor for an object, and the errors that it raises."""
    if key.endswith(GZIP):
        return lambda: zlib.decompressobj(31), (zlib.error,)
    if key.endswith(BZIP2):
        return bz2.BZ2Decompressor, (OSError, ValueError)
    from zstandard import ZstdDecompressor, ZstdError

    return lambda: ZstdDecompressor().decompressobj(), (ZstdError,)
