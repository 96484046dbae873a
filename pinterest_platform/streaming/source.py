"""The contract of a source: records in chunks, and the buffer between readers and the committing job.

`kinesis` and `kafka` are the sources. `cleaning` and `table` process the records.
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

#: Seconds between two checks for a stop, which does not wake a waiting thread.
_LOOK = 0.1


@dataclass(frozen=True)
class Chunk:
    """Consecutive records of one shard from one response. Empty if only `marks` are new.

    - `sequence_numbers`: decimal digits as text.
    - `arrived`: milliseconds since 1970 by the stream's clock, or None if the stream gives no time.
    - `marks`: committed with the records. The shard's position is stored under the shard's name.
    - `after`: the position just after a record is its sequence number plus this.
    - `lag`: how far the shard is behind once this chunk is read, in milliseconds for Kinesis and records for Kafka.
    - `read_at`: `time.time()`.
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
    """The progress of a stream that is committed to its table."""

    def marks(self, names: Sequence[str]) -> Mapping[str, int]:
        """The committed ones of these marks."""

    def written_at(self) -> datetime:
        """The time of the last commit, by the clock of the process that made it."""


class Source(Protocol):
    """A stream that a job reads."""

    def begin(self) -> Mapping[str, int]:
        """Marks to commit before reading, so that the start is recorded even if no record is read.

        Raises:
            StreamError: the stream does not exist or cannot be reached, or the next record to read is gone from it.
        """

    @property
    def shards(self) -> Sequence[str]:
        """The shards that existed at the start, including closed ones."""

    @property
    def known(self) -> Mapping[str, int]:
        """The marks from which reading starts: the committed marks of its shards, and those of `begin`."""

    def read(self, buffer: Buffer, *, once: bool) -> None:
        """Start putting chunks into the buffer, in order within each shard, until the buffer is closed. With `once`,
        read the records that exist now, then finish the buffer. Errors go into the buffer too."""

    def close(self) -> None:
        """Close connections. The buffer is already closed."""


class Buffer:
    """Chunks that are read and not yet committed, up to twice the `limits`. A reader that puts more waits."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        #: Each with its size and the monotonic time at which it arrived.
        self._chunks: deque[tuple[Chunk, int, float]] = deque()
        self._records = self._bytes = 0
        self._error: BaseException | None = None
        self._finished = self._closed = False
        self._changed = threading.Condition()

    def put(self, chunk: Chunk) -> bool:
        """Add a chunk once there is space for it. False if the buffer is closed."""
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
        """Wait. Return false at once if the buffer is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)
            return not self._closed

    def finish(self) -> None:
        """Declare that no more chunks follow."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def fail(self, error: BaseException) -> None:
        """Pass an error to the caller of `take`."""
        with self._changed:
            self._error = self._error or error
            self._changed.notify_all()

    def close(self) -> None:
        """Release all waiting readers."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def take(self, trigger: float, stop: threading.Event) -> list[Chunk]:
        """The next chunks to commit together. Waits until a limit is reached or the oldest chunk has waited for
        `trigger` seconds. Empty once `stop` is set or no more chunks follow.

        Raises:
            BaseException: the error of a reader.
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
        """Chunks from the front up to the limits, at least one."""
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
