"""One topic partition in a landing folder, as its writer sees it: where it ends, and putting objects behind that.

An object is put only if it is absent: written to a file beside it and linked to its name, which fails where the name is
taken. Which postings go into one object is the business of `folder.py`.
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
        f"Landing folder: cannot write {path}: {error.strerror}. Make room or grant the right to write there, or give "
        "another folder; what was acknowledged is safe, and a posting with a checkpoint can be resumed."
    )


class TopicPartition:
    """Puts the records of one kind into the objects of one partition. `place` is where a posting has the row of that
    kind, `next_offset` the offset of the next record."""

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
        """Go on at `offset`, or where it is None, behind all there is.

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
        """Bring these records to rest behind the last ones, in an object of their own. Refused rows are passed over.

        Records that an object has at their offsets already are left as they are there.

        Raises:
            DestinationError: nothing can be written, or an object has other records at these offsets.
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
        """Write the object that starts at `next_offset`; False where there is one already."""
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
                raise DestinationError(f"Landing folder: {path} is empty and in the way. Remove it.") from None
            return False
        except OSError as error:
            raise unwritable(path, error) from error
        return True

    def _held_lines(self) -> list[bytes]:
        """The lines from `next_offset` on of the object that holds it; none where no object does."""
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
                    f"Landing folder: {self._root / self._held[0].key} has another record at offset {offset} than the "
                    "one to be posted, so someone else writes there, or has since the checkpoint was made. Post anew "
                    "without resuming, which goes on behind what is there, or give another folder or topic prefix."
                )

    def _end(self, objects: Sequence[LandingObject]) -> int:
        """The offset behind the last record. Other sinks may have rewritten an object with more records than before,
        which shows in its time of change, and left offsets out, which shows in `_offset`."""
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
        """The lines of an object; those of the last one are kept, since several calls ask for it in a row."""
        if self._read[0] != item.key:
            try:
                content = unpacked(item.key, (self._root / item.key).read_bytes())
            except OSError as error:
                raise DestinationError(
                    f"Landing folder: cannot read {self._root / item.key}: {error.strerror}. Grant the right to do so."
                ) from error
            lines = content.split(b"\n")
            self._read = (item.key, lines[:-1] if lines[-1] == b"" else lines)
        return self._read[1]

    def _path(self, offset: int) -> Path:
        return self._root / object_key(self.topic, self._number, offset, self._pad, self._store.topics_dir)
