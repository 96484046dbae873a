"""Records of a Kinesis stream: a thread a shard, parents before children, behind the positions that are committed.

Marks: a shard's position is the sequence number of its last record; `<shard>/ended` says that a closed shard is read to
its end; `started`, of a stream that is read from the latest record on, is the time of the first start in milliseconds.
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

#: Seconds. Kinesis allows five reads a second of a shard.
_BETWEEN_READS = 0.2
_STARTED = "started"
#: No stream keeps records for less.
_LEAST_RETENTION = timedelta(hours=24)

_log = logging.getLogger(__name__)


class KinesisSource:
    """See `source.Source`."""

    def __init__(self, settings: Settings, stream: Stream, committed: Committed) -> None:
        self._api = KinesisApi(settings, stream)
        self._committed = committed
        self._stream = stream
        self._known: Mapping[str, int] = {}
        #: The stream's shards and Kinesis's time in milliseconds, as they were at the beginning.
        self._shards: list[dict[str, Any]] = []
        self._now = 0
        #: Those of them that took no more records then.
        self._closed: set[str] = set()
        #: Shards that are read or have been; those that have been, to their end; how many are.
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._running = 0
        self._lock = threading.Lock()
        #: What arrived from this time on, in milliseconds, need not be read by a run that ends by itself.
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
        # The time is told in whole seconds.
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
        """Whether a run that ends by itself has read enough of a shard once it has this: all, or something newer than
        its start. A shard that was closed by then is read to its end, which is told a moment after its last record."""
        if self._until is None or chunk.shard in self._closed:
            return False
        return max(ms or 0 for ms in chunk.arrived) >= self._until if chunk.data else chunk.lag == 0

    def iterator(self, shard: str, position: int | None, buffer: Buffer) -> str:
        """Where to read on behind a position, or where the stream's starting position says."""
        return self._api.iterator(shard, position, first_time(self._stream.starting_position, self._known), buffer.wait)

    def _warn_of_a_gap(self) -> None:
        """Say so where records may have come since the last commit that the stream has dropped by now: Kinesis answers
        with the oldest that it has, and sequence numbers do not tell how many there were."""
        written, now = self._committed.written_at(), datetime.fromtimestamp(self._now / 1000, UTC)
        if written >= now - _LEAST_RETENTION:
            return
        kept = self._api.retention(sleep)
        if written < now - kept:
            _log.warning(
                "%s: it was last written at %s, and %s keeps records for %d hours. Those that came before %s and "
                "were not read, if any, are gone.",
                self._stream.address,
                f"{written:%Y-%m-%d %H:%M} UTC",
                self._stream.origin,
                kept // timedelta(hours=1),
                f"{now - kept:%Y-%m-%d %H:%M} UTC",
            )

    def _start(self, shards: Iterable[Mapping[str, Any]], buffer: Buffer) -> None:
        """Begin to read the shards whose parents are read to their end, or gone."""
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
    """Names of the shards that take no more records."""
    return {shard["ShardId"] for shard in shards if "EndingSequenceNumber" in shard["SequenceNumberRange"]}


def first_time(starting_position: StartingPosition, known: Mapping[str, int]) -> datetime | None:
    """The time from which on shards without a position are read, given the marks of the stream; None: from their
    beginning."""
    if _STARTED in known:
        return datetime.fromtimestamp(known[_STARTED] / 1000, UTC)
    return starting_position if isinstance(starting_position, datetime) else None


class _Shard:
    """One shard, read from behind a position on."""

    def __init__(
        self, source: KinesisSource, api: KinesisApi, shard: str, position: int | None, buffer: Buffer
    ) -> None:
        self._source, self._api, self._buffer = source, api, buffer
        self._shard, self._position = shard, position

    def read(self) -> bool:
        """Put chunks into the buffer; true at the end of the shard, false once enough is read."""
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
    """The mark that says that a shard is read to its end."""
    return f"{shard}/ended"


def sleep(seconds: float) -> bool:
    """Wait, whoever else is done."""
    time.sleep(seconds)
    return True
