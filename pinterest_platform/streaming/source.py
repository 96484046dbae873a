"""What a stream is read through: records in chunks, the buffer between who reads and who commits, and the contract of
a source.

`kinesis` and `kafka` are the sources; what becomes of the records is for `cleaning` and `table`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from pinterest_platform.streaming.config import Limits

#: Seconds after which a waiting thread looks at what no one wakes it for: a stop.
_LOOK = 0.1


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of one shard, as one answer brought them; none where only `marks` are news.

    `sequence_numbers` are texts of decimal digits; `arrived` milliseconds since 1970 by the stream's clock, None where
    it tells none. `marks` are to be committed with the records: the shard's position under the shard's name. `after` is
    what a record's sequence number is less than the position that has it behind. `lag` is how far the shard is behind
    once this is read: milliseconds of a Kinesis shard, records of a partition. `read_at` is `time.time()`.
    """

    shard: str
    data: Sequence[bytes] = ()
    sequence_numbers: Sequence[str] = ()
    arrived: Sequence[int | None] = ()
    marks: Mapping[str, int] = field(default_factory=dict)
    after: int = 0
    lag: int = 0
    read_at: float = field(default_factory=time.time)

    @property
    def size(self) -> int:
        """Bytes of the records."""
        return sum(map(len, self.data))


class Committed(Protocol):
    """What a table has of a stream."""

    def marks(self, names: Sequence[str]) -> Mapping[str, int]:
        """Those of the marks that are committed."""

    def written_at(self) -> datetime:
        """When the last commit was made, by the clock of who made it."""


class Source(Protocol):
    """A stream, as a job reads it."""

    def begin(self) -> Mapping[str, int]:
        """Marks to be committed before anything is read, so that a start that reads nothing yet is not forgotten.

        Raises:
            StreamError: the stream is not there, or cannot be reached, or what was to be read next is gone from it.
        """

    @property
    def shards(self) -> Sequence[str]:
        """The shards that were there as it began, closed ones included."""

    @property
    def known(self) -> Mapping[str, int]:
        """The marks that it begins behind: those of its shards that are committed, and those of `begin`."""

    def read(self, buffer: Buffer, *, once: bool) -> None:
        """Begin to put chunks into the buffer, those of a shard in order, until it is closed; with `once`, what was
        there when this was called, and then finish it. What goes wrong is put there too."""

    def close(self) -> None:
        """Let go of connections. The buffer is closed."""


class Buffer:
    """Chunks that are read and not yet committed, at most `limits` twice over; who puts more waits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        #: Each with its size, and the time on this machine's steady clock at which it came.
        self._chunks: deque[tuple[Chunk, int, float]] = deque()
        self._records = self._bytes = 0
        self._error: BaseException | None = None
        self._finished = self._closed = False
        self._changed = threading.Condition()

    def put(self, chunk: Chunk) -> bool:
        """Add a chunk once there is room for it; false where nobody takes chunks any more."""
        size = chunk.size
        with self._changed:
            while self._chunks and not self._closed and self._bytes + size > 2 * self._limits.bytes:
                self._changed.wait()
            if not self._closed:
                self._chunks.append((chunk, size, time.monotonic()))
                self._bytes += size
                self._records += len(chunk.data)
                self._changed.notify_all()
            return not self._closed

    def wait(self, seconds: float) -> bool:
        """Wait; false, and at once, where nobody takes chunks any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)
            return not self._closed

    def finish(self) -> None:
        """Say that nothing more comes."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Hand an error to whoever takes chunks."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def close(self) -> None:
        """Let everybody go who reads."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self, trigger: float, stop: threading.Event) -> list[Chunk]:
        """What is to be committed together: once limits are reached, or the oldest chunk has waited here for
        `trigger` seconds. Nothing once `stop` is set, or no more comes.

        Raises:
            BaseException: what a reader failed with.
        """
        with self._changed:
            while not (stop.is_set() or self._error or self._is_due(trigger)):
                if self._finished and not self._chunks:
                    return []
                self._changed.wait(_LOOK)
            if self._error:
                raise self._error
            taken = [] if stop.is_set() else self._within_limits()
            self._changed.notify_all()
            return taken

    def _is_due(self, trigger: float) -> bool:
        if not self._chunks:
            return False
        full = self._records >= self._limits.records or self._bytes >= self._limits.bytes
        return full or self._finished or time.monotonic() >= self._chunks[0][2] + trigger

    def _within_limits(self) -> list[Chunk]:
        """Chunks from the front up to the limits, one at least."""
        taken: list[Chunk] = []
        records = size = 0
        while self._chunks:
            chunk, chunk_size, _ = self._chunks[0]
            records, size = records + len(chunk.data), size + chunk_size
            if taken and (records > self._limits.records or size > self._limits.bytes):
                break
            taken.append(chunk)
            self._chunks.popleft()
            self._records -= len(chunk.data)
            self._bytes -= chunk_size
        return taken
