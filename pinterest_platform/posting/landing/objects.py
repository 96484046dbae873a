"""Writes one topic partition of a landing folder: finds its end and adds objects after it.

An object is added only if it does not exist. It is written to a temporary file, then linked to its name. The link fails
if the name exists. `folder.py` decides which postings go into an object.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Sequence
from operator import itemgetter
from pathlib import Path

from pinterest_platform.landing.folder import FolderStore
from pinterest_platform.landing.keys import LandingObject, object_key
from pinterest_platform.landing.store import LandingError
from pinterest_platform.landing.unpacking import unpacked
from pinterest_platform.posting.destination import DestinationError
from pinterest_platform.posting.json_lines import encoded, opened_object
from pinterest_platform.posting.postings import Posting, RefusedRow, Row
from pinterest_platform.schemas import RecordSchema

#: A posting and when it was sent, in milliseconds since the epoch.
Stamped = tuple[Posting, int]


def unwritable(path: Path, error: OSError) -> DestinationError:
    return DestinationError(
        f"Landing folder: cannot write {path}: {error.strerror}. Free up disk space, grant write permission, or use "
        "another folder. Acknowledged postings are safe, and a posting with a checkpoint can be resumed."
    )


class TopicPartition:
    """Writes the records of one kind into the objects of one partition. `place` is the index of this kind's row in a
    posting. `next_offset` is the offset of the next record."""

    def __init__(
        self, store: FolderStore, schema: RecordSchema, place: int, topic: str, number: int, pad: int, provenance: bool
    ) -> None:
        self.topic, self.next_offset = topic, 0
        self._store, self._root, self._number, self._pad = store, store.root, number, pad
        self._row: Callable[[Posting], Row] = itemgetter(place)
        self._place = place
        self._body = opened_object(schema)
        fields = f',"_topic":{json.dumps(topic)},"_partition":{number},"_offset":%s,"_kafka_ts":%s'
        self._line = self._body + (fields if provenance else "") + "}\n"
        self._provenance = provenance
        #: Objects that may hold records from `next_offset` on, in order.
        self._held: deque[LandingObject] = deque()
        self._read: tuple[str, list[bytes]] = ("", [])

    def open(self, offset: int | None) -> None:
        """Continue at `offset`, or after the last record if it is None.

        Raises:
            DestinationError: the partition cannot be listed, read or written.
        """
        try:
            objects = self._store.list(self.topic, self._number).objects
        except LandingError as error:
            raise DestinationError(str(error)) from error
        self.next_offset = self._end(objects) if offset is None else offset
        before = [item for item in objects if item.start_offset < self.next_offset]
        self._held = deque([*before[-1:], *(item for item in objects if item.start_offset >= self.next_offset)])
        folder = self._path(0).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error

    def put(self, chunk: Sequence[Stamped]) -> None:
        """Write these records to a new object after the last ones. Refused rows are skipped.

        Records that an object already holds at their offsets stay unchanged.

        Raises:
            DestinationError: the object cannot be written, or one has other records at these offsets.
        """
        rest = [stamped for stamped in chunk if type(stamped[0][self._place]) is not RefusedRow]
        while rest:
            if held := self._held_lines():
                count = min(len(held), len(rest))
                self._check_same(held[:count], rest[:count])
            else:
                room = self._held[0].start_offset - self.next_offset if self._held else len(rest)
                count = min(room, len(rest))
                if not self._create(rest[:count]):
                    continue
            rest = rest[count:]
            self.next_offset += count

    def _create(self, chunk: Sequence[Stamped]) -> bool:
        """Write the object that starts at `next_offset`. False if it already exists."""
        path, row, line = self._path(self.next_offset), self._row, self._line
        if self._provenance:
            offsets = enumerate(chunk, self.next_offset)
            lines = [line % (*encoded(row(posting)), offset, stamp) for offset, (posting, stamp) in offsets]
        else:
            lines = [line % tuple(encoded(row(posting))) for posting, _ in chunk]
        temporary = path.with_name(f".{path.name}.tmp")
        try:
            try:
                temporary.write_bytes("".join(lines).encode())
                os.link(temporary, path)
            finally:
                temporary.unlink(missing_ok=True)
        except FileExistsError:
            key = str(path.relative_to(self._root))
            self._held.appendleft(LandingObject(self._number, self.next_offset, key, size=0, modified=0))
            if not self._held_lines():
                raise DestinationError(f"Landing folder: {path} exists but is empty. Remove it.") from None
            return False
        except OSError as error:
            raise unwritable(path, error) from error
        return True

    def _held_lines(self) -> list[bytes]:
        """The lines from `next_offset` on in the object that holds it. Empty if no object does."""
        while self._held and self._held[0].start_offset <= self.next_offset:
            lines = self._lines(self._held[0])[self.next_offset - self._held[0].start_offset :]
            if lines:
                return lines
            self._held.popleft()
        return []

    def _check_same(self, lines: Sequence[bytes], chunk: Sequence[Stamped]) -> None:
        for offset, (line, (posting, _)) in enumerate(zip(lines, chunk, strict=True), self.next_offset):
            if not line.startswith((self._body % tuple(encoded(self._row(posting)))).encode()):
                raise DestinationError(
                    f"Landing folder: {self._root / self._held[0].key} already holds a different record at offset "
                    f"{offset}. Another process writes there, or did so after the checkpoint. Post again without "
                    "resuming, which continues after the existing records, or use another folder or topic prefix."
                )

    def _end(self, objects: Sequence[LandingObject]) -> int:
        """The offset after the last record. Other sinks may have rewritten an object with more records, which its
        modification time shows. They may also have skipped offsets, which `_offset` shows."""
        recent = [item for item in objects if item.modified >= objects[-1].modified]
        return max((self._object_end(item) for item in recent), default=0)

    def _object_end(self, item: LandingObject) -> int:
        lines = self._lines(item)
        try:
            last = json.loads(lines[-1])["_offset"] if lines else None
        except (ValueError, KeyError, TypeError):
            last = None
        return max(item.start_offset + len(lines), last + 1 if isinstance(last, int) else 0)

    def _lines(self, item: LandingObject) -> list[bytes]:
        """The lines of an object. Those of the last one are cached, because several calls in a row request it."""
        if self._read[0] != item.key:
            try:
                content = unpacked(item.key, (self._root / item.key).read_bytes())
            except OSError as error:
                raise DestinationError(
                    f"Landing folder: cannot read {self._root / item.key}: {error.strerror}. Grant read permission."
                ) from error
            lines = content.split(b"\n")
            self._read = (item.key, lines[:-1] if lines[-1] == b"" else lines)
        return self._read[1]

    def _path(self, offset: int) -> Path:
        return self._root / object_key(self.topic, self._number, offset, self._pad, self._store.topics_dir)
