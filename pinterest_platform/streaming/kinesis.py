"""The Kinesis source: one thread per shard reads from the committed position, parents before children.

Marks: the position of a shard is the sequence number of its last record. `<shard>/ended` marks a closed shard that is
read to its end. `started` is the time of the first start in milliseconds, for a stream that starts at `latest`.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pinterest_platform.settings import Settings
from pinterest_platform.streaming.config import StartingPosition, Stream
from pinterest_platform.streaming.kinesis_api import KinesisApi, NotWantedError
from pinterest_platform.streaming.source import Buffer, Chunk, Committed

#: Seconds. Kinesis allows five reads per second and shard.
_BETWEEN_READS = 0.2
_STARTED = "started"
#: The shortest retention of any stream.
_LEAST_RETENTION = timedelta(hours=24)

_log = logging.getLogger(__name__)


class KinesisSource:
    """See `source.Source`."""

    def __init__(self, settings: Settings, stream: Stream, committed: Committed) -> None:
        self._api = KinesisApi(settings, stream)
        self._committed = committed
        self._stream = stream
        self._known: Mapping[str, int] = {}
        #: The stream's shards and Kinesis's time in milliseconds, both at the start.
        self._shards: list[dict[str, Any]] = []
        self._now = 0
        #: Shards that were closed at the start.
        self._closed: set[str] = set()
        #: Shards whose reading has begun; those read to their end; how many are being read.
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._running = 0
        self._lock = threading.Lock()
        #: A `once` run need not read records that arrive from this time on, in milliseconds.
        self._until: int | None = None

    def begin(self) -> Mapping[str, int]:
        self._shards, self._now = self._api.shards(sleep)
        self._closed = closed(self._shards)
        names = self.shards
        self._known = self._committed.marks([*names, *map(ended, names), _STARTED])
        if self._known:
            self._warn_of_a_gap()
        self._ended = {name for name in names if ended(name) in self._known}
        self._begun = set(self._ended)
        if self._stream.starting_position != "latest" or self._known:
            return {}
        self._known = {_STARTED: self._now}
        return self._known

    def read(self, buffer: Buffer, *, once: bool) -> None:
        # Kinesis gives the time in whole seconds.
        self._until = self._now + 1000 if once else None
        self._start(self._shards, buffer)
        with self._lock:
            self._finish_if_done(buffer)

    def close(self) -> None:
        self._api.close()

    @property
    def known(self) -> Mapping[str, int]:
        return self._known

    @property
    def shards(self) -> list[str]:
        return [shard["ShardId"] for shard in self._shards]

    def is_all(self, chunk: Chunk) -> bool:
        """Whether a `once` run has read enough of a shard with this chunk: all of it, or a record newer than its start.
        A shard that was already closed is read to its end, which Kinesis reports a moment after the last record."""
        if self._until is None or chunk.shard in self._closed:
            return False
        return max(ms or 0 for ms in chunk.arrived) >= self._until if chunk.data else chunk.lag == 0

    def iterator(self, shard: str, position: int | None, buffer: Buffer) -> str:
        """An iterator after a position, or at the stream's starting position."""
        return self._api.iterator(shard, position, first_time(self._stream.starting_position, self._known), buffer.wait)

    def _warn_of_a_gap(self) -> None:
        """Warn if records that arrived since the last commit may have expired. Kinesis silently continues with its
        oldest record, and sequence numbers do not show how many are missing."""
        written, now = self._committed.written_at(), datetime.fromtimestamp(self._now / 1000, UTC)
        if written >= now - _LEAST_RETENTION:
            return
        kept = self._api.retention(sleep)
        if written < now - kept:
            _log.warning(
                "%s: last written at %s, but %s keeps records for %d hours. Any unread records that arrived before "
                "%s are lost.",
                self._stream.address,
                f"{written:%Y-%m-%d %H:%M} UTC",
                self._stream.origin,
                kept // timedelta(hours=1),
                f"{now - kept:%Y-%m-%d %H:%M} UTC",
            )

    def _start(self, shards: Iterable[Mapping[str, Any]], buffer: Buffer) -> None:
        """Start reading the shards whose parents are read to their end or no longer exist."""
        listed = {shard["ShardId"] for shard in shards}
        with self._lock:
            for shard in shards:
                name = shard["ShardId"]
                parents = {shard.get("ParentShardId"), shard.get("AdjacentParentShardId")} & listed
                if name not in self._begun and parents <= self._ended:
                    self._begun.add(name)
                    self._running += 1
                    threading.Thread(target=self._read, args=(name, buffer), name=f"read {name}", daemon=True).start()

    def _read(self, shard: str, buffer: Buffer) -> None:
        try:
            if _Shard(self, self._api, shard, self._known.get(shard), buffer).read():
                buffer.put(Chunk(shard, marks={ended(shard): 1}))
                with self._lock:
                    self._ended.add(shard)
                self._start(self._api.shards(buffer.wait)[0], buffer)
        except NotWantedError:
            pass
        except Exception as error:
            buffer.fail(error)
        with self._lock:
            self._running -= 1
            self._finish_if_done(buffer)

    def _finish_if_done(self, buffer: Buffer) -> None:
        if self._until is not None and not self._running:
            buffer.finish()


def closed(shards: Iterable[Mapping[str, Any]]) -> set[str]:
    """Names of the shards that no longer accept records."""
    return {shard["ShardId"] for shard in shards if "EndingSequenceNumber" in shard["SequenceNumberRange"]}


def first_time(starting_position: StartingPosition, known: Mapping[str, int]) -> datetime | None:
    """The time from which to read shards without a position, given the marks of the stream. None means from their
    beginning."""
    if _STARTED in known:
        return datetime.fromtimestamp(known[_STARTED] / 1000, UTC)
    return starting_position if isinstance(starting_position, datetime) else None


class _Shard:
    """One shard, read from a position."""

    def __init__(
        self, source: KinesisSource, api: KinesisApi, shard: str, position: int | None, buffer: Buffer
    ) -> None:
        self._source, self._api, self._buffer = source, api, buffer
        self._shard, self._position = shard, position

    def read(self) -> bool:
        """Put chunks into the buffer. True at the end of the shard, false once enough is read."""
        iterator: str | None = self._iterator()
        while iterator:
            started = time.monotonic()
            answer = self._api.records(iterator, self._buffer.wait)
            if answer is None:
                iterator = self._iterator()
                continue
            chunk = self._chunk(answer)
            if chunk.data and not self._buffer.put(chunk):
                raise NotWantedError
            iterator = answer.get("NextShardIterator")
            if iterator and self._source.is_all(chunk):
                return False
            if not self._buffer.wait(max(0.0, started + _BETWEEN_READS - time.monotonic())):
                raise NotWantedError
        return True

    def _iterator(self) -> str:
        return self._source.iterator(self._shard, self._position, self._buffer)

    def _chunk(self, answer: Mapping[str, Any]) -> Chunk:
        records, lag = answer["Records"], answer.get("MillisBehindLatest") or 0
        if not records:
            return Chunk(self._shard, lag=lag)
        self._position = int(records[-1]["SequenceNumber"])
        return Chunk(
            self._shard,
            [base64.b64decode(record["Data"]) for record in records],
            [record["SequenceNumber"] for record in records],
            [round(record["ApproximateArrivalTimestamp"] * 1000) for record in records],
            marks={self._shard: self._position},
            lag=lag,
        )


def ended(shard: str) -> str:
    """The mark of a shard that is read to its end."""
    return f"{shard}/ended"


def sleep(seconds: float) -> bool:
    """Wait, and never give up early."""
    time.sleep(seconds)
    return True
