"""A landing folder as a destination: writes the same files as the Kafka Connect sink, without Kafka.

Objects are named `<root>/topics/<topic>/partition=<n>/<topic>+<n>+<start offset>.json` and hold one JSON object per
line, with consecutive offsets. An object is written once: it appears complete, and is never changed or overwritten.
After a kill, the emulator sends again from its checkpoint with the original offsets. Records that an object already
holds are compared and left alone, so nothing is lost or duplicated.

`objects.py` writes the objects of one topic partition. `pinterest_platform/landing/` reads landing zones.
"""

from __future__ import annotations

import fcntl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from operator import le
from pathlib import Path
from typing import Any

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.keys import TOPICS, topic_prefix
from pinterest_platform.posting.destination import Acknowledged, DestinationError
from pinterest_platform.posting.json_lines import opened_object
from pinterest_platform.posting.landing.objects import Stamped, TopicPartition, unwritable
from pinterest_platform.posting.landing.partitioner import partition_of
from pinterest_platform.posting.postings import Posting, RefusedRow
from pinterest_platform.posting.senders.refused import RefusedFile, refusal_of
from pinterest_platform.schemas import RecordSchema


class LandingFolder:
    """A destination. `posting/destination.py` documents its methods.

    - `records`: a posting has one row of each, in this order. `topics` names the topic of each.
    - `flush_size`: the number of records per object. `flush` writes shorter ones. So does `send`, if `flush_seconds`
      have passed since the oldest buffered record arrived.
    - `pad`: the number of digits of the offset in an object's name.
    - `topics_dir`: the folder that contains the topics.
    - `provenance`: add `_topic`, `_partition`, `_offset` and `_kafka_ts` to each line, as Connect's InsertField does.
    - `refused`: the file for rows that JSON cannot represent, by default `refused.jsonl` in the root.
    """

    def __init__(
        self,
        root: Path,
        records: Mapping[str, RecordSchema],
        topics: Mapping[str, str],
        *,
        partitions: int = 3,
        flush_size: int = 1_000,
        flush_seconds: float | None = None,
        pad: int = 10,
        provenance: bool = True,
        refused: Path | None = None,
        topics_dir: str = TOPICS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        for name, value in (("partitions", partitions), ("flush_size", flush_size), ("pad", pad)):
            if value < 1:
                raise ValueError(f"{name}={value}: must be 1 or more")
        self._root, self._topics_dir = root, topics_dir
        self._topics = {record: topics[record] for record in records}
        self._flush_size, self._flush_seconds, self._clock = flush_size, flush_seconds, clock
        self._writers = [
            [
                TopicPartition(FolderStore(root, topics_dir), schema, place, topics[record], number, pad, provenance)
                for place, (record, schema) in enumerate(records.items(), start=1)
            ]
            for number in range(partitions)
        ]
        # A posting's records have the same key and partition, so they share one buffer.
        self._buffers: list[list[Stamped]] = [[] for _ in range(partitions)]
        self._locks = ExitStack()
        self._begun: list[list[int]] = []
        self._sent = 0
        self._written = [0] * partitions
        self._templates = [opened_object(schema) + "}" for schema in records.values()]
        self._refused = RefusedFile(refused or root / "refused.jsonl")
        #: The number of refused rows of each partition and record, among the postings sent.
        self._refusals = [[0] * len(records) for _ in range(partitions)]
        #: One entry for the last acknowledged `send` and each later one: postings sent, their number in each partition,
        #: and the refusals so far.
        self._waypoints: deque[tuple[int, list[int], list[list[int]]]] = deque([(0, [0] * partitions, self._refusals)])

    def identity(self) -> Mapping[str, Any]:
        return {
            "kind": "landing folder",
            "root": str(self._root.absolute()),
            "topics": list(self._topics.values()),
            "partitions": len(self._writers),
        }

    def open(self, position: Mapping[str, Any] | None) -> Acknowledged:
        for topic in self._topics.values():
            self._locks.enter_context(_only_writer(self._root / topic_prefix(topic, self._topics_dir)))
        for number, writers in enumerate(self._writers):
            for writer in writers:
                writer.open(None if position is None else position[writer.topic][number])
        self._begun = [[writer.next_offset for writer in writers] for writers in self._writers]
        return self._acknowledged()

    def send(self, postings: Sequence[Posting]) -> Acknowledged:
        now, partitions, buffers = int(self._clock() * 1000), len(self._writers), self._buffers
        refused = [posting for posting in postings if RefusedRow in map(type, posting)]
        if refused:
            self._refuse(refused)
        for posting in postings:
            buffers[partition_of(posting[0], partitions)].append((posting, now))
        self._sent += len(postings)
        taken = [written + len(buffer) for written, buffer in zip(self._written, buffers, strict=True)]
        self._waypoints.append((self._sent, taken, self._refusals))
        for number, buffer in enumerate(buffers):
            self._write(number, len(buffer) - len(buffer) % self._flush_size)
        if self._flush_seconds is not None:
            oldest = min((buffer[0][1] for buffer in buffers if buffer), default=now)
            if now - oldest >= self._flush_seconds * 1000:
                return self.flush()
        return self._acknowledged()

    def flush(self) -> Acknowledged:
        for number, buffer in enumerate(self._buffers):
            self._write(number, len(buffer))
        return self._acknowledged()

    def close(self) -> None:
        self._refused.close()
        self._locks.close()

    def _refuse(self, postings: Sequence[Posting]) -> None:
        """Write the refused rows of these postings to the file before they count as acknowledged."""
        kinds = list(zip(self._topics.values(), self._templates, strict=True))
        counts, refusals = [[*row] for row in self._refusals], []
        for ind, *rows in postings:
            for place, ((topic, template), row) in enumerate(zip(kinds, rows, strict=True)):
                if isinstance(row, RefusedRow):
                    counts[partition_of(ind, len(self._writers))][place] += 1
                    refusals.append(refusal_of(topic, str(ind), template, row))
        self._refused.open()
        self._refused.add(refusals)
        self._refusals = counts

    def _write(self, number: int, count: int) -> None:
        """Write the first `count` postings of a partition's buffer to objects."""
        buffer = self._buffers[number]
        for first in range(0, count, self._flush_size):
            chunk = buffer[first : min(first + self._flush_size, count)]
            for writer in self._writers[number]:
                writer.put(chunk)
            self._written[number] += len(chunk)
        del buffer[:count]

    def _acknowledged(self) -> Acknowledged:
        """The last waypoint that every partition has reached, as offsets. Partitions progress at different speeds."""
        waypoints, written = self._waypoints, self._written
        while len(waypoints) > 1 and all(map(le, waypoints[1][1], written)):
            waypoints.popleft()
        sent, taken, refusals = waypoints[0]
        offsets = [
            [begun + count - refused for begun, refused in zip(row, lacking, strict=True)]
            for row, count, lacking in zip(self._begun, taken, refusals, strict=True)
        ]
        position = dict(zip(self._topics.values(), map(list, zip(*offsets, strict=True)), strict=True))
        return Acknowledged(sent, position, sum(map(sum, refusals)))


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Keeps other emulators from writing to this topic while the context lasts. A kill releases it too."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".writer").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise DestinationError(
            f"Another emulator is posting to {folder}. Wait until it ends, or use another topic prefix or landing zone."
        ) from None
    except OSError as error:
        raise unwritable(folder, error) from error
