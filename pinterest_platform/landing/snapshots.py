"""Lands a source that is read whole again and again: of each snapshot, the rows that are new or differ, as lines.

They become the next offsets of partition 0 of the record's topic, in objects that are ingested like any others. What
the snapshots before held is in `known`. Sources are not read here.

The landed objects are the log, and the file of `known` only spares reading them again: a load first catches up with the
objects behind that file. So a load may be killed at any moment; the next one lands what is missing and nothing twice.
Of two loads of a topic at once, one finds that an object of its name exists, and stops.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from pinterest_platform.landing.fitting import TIMESTAMP_FIELD
from pinterest_platform.landing.keys import object_key
from pinterest_platform.landing.known import PARTITION, Entry, SnapshotError, open_known
from pinterest_platform.landing.store import WritableStore
from pinterest_platform.patterns import WHITE_SPACE
from pinterest_platform.schemas import RESERVED, RecordSchema

#: Bytes of one object: enough that its request does not matter, few enough to hold in memory.
OBJECT_BYTES = 16 * 2**20
#: A snapshot that lacks more of the keys of the one before than this is refused. A file of lines that was cut between
#: two of them looks whole, and this is all that tells.
_MOST_VANISHED = 0.1


class OtherLoadError(SnapshotError):
    """Another load lands in the same topic at the same time. A load that begins later finds what it landed."""


@dataclass(frozen=True)
class Load:
    """What became of one snapshot of `topic`.

    `rows` were read. `new` keys are there for the first time, `changed` ones have other rows than before, `vanished`
    ones were in the snapshot before; `vanished_examples` are some of these, as JSON. `landed` rows of the new and
    changed keys are lines now, at the offsets before `next_offset`.
    """

    topic: str
    rows: int
    new: int
    changed: int
    vanished: int
    vanished_examples: tuple[str, ...]
    landed: int
    next_offset: int


def land_snapshot(
    store: WritableStore,
    topic: str,
    schema: RecordSchema,
    rows: Iterable[Mapping[str, Any]],
    *,
    not_below: int = 0,
    allow_fewer: bool = False,
    memory_limit: str = "512MB",
    clock: Callable[[], float] = time.time,
) -> Load:
    """Land what `rows`, all there are in the source now, have that the snapshot before had not.

    Rows are JSON objects. Those with one value of `schema.key` belong together: where one of them is new or is gone,
    all of them land, in the order of the snapshot. A row whose key is null or counts as null stands for itself. Rows
    that vanish stay as they landed; `Load` names them. Nothing lands before the last row was read.

    `not_below` is the next offset of the topic's raw table, where there is one: offsets are never used twice, even
    when the landing zone was emptied. `memory_limit` bounds what is held of the snapshot, however large. Each line
    carries the time of `clock`, the same in all lines of a load.

    Raises:
        SnapshotError: a row cannot be a line, the snapshot is empty or lacks a tenth of the keys and `allow_fewer` is
            not given. Objects that were made are complete; run again.
        OtherLoadError: another load lands in this topic.
        LandingError: the landing zone cannot be read or written.
    """
    stamp = int(clock() * 1000)
    lines_of = _Lines(topic, schema)
    with open_known(store, topic, memory_limit, lines_of.key_of) as known:
        count = known.hold(lines_of.entries(rows))
        difference = known.compare()
        if not allow_fewer and difference.vanished > _may_vanish(count, difference.before):
            raise SnapshotError(
                f"{topic}: the snapshot has {count:,} rows and lacks {difference.vanished:,} of the "
                f"{difference.before:,} keys of the one before, more than a tenth, so nothing was landed. See that the "
                "source is whole; if so many are really gone, run with `--full-refresh landing`, which allows fewer."
            )
        offset, landed = max(known.next_offset, not_below), 0
        for lines in _objects(known.changed_lines(), stamp):
            key = object_key(topic, PARTITION, offset, topics_dir=store.topics_dir)
            if not store.create(key, b"".join(lines)):
                raise OtherLoadError(f"{topic}: another load has just landed {key}. Wait for its end, then run again.")
            offset, landed = offset + len(lines), landed + len(lines)
        known.save(offset)
    return Load(
        topic,
        count,
        difference.new,
        difference.changed,
        difference.vanished,
        difference.vanished_examples,
        landed,
        offset,
    )


def _may_vanish(rows: int, before: int) -> int:
    """How many keys of the snapshot before, which had so many, one of so many rows may lack."""
    return max(1, int(before * _MOST_VANISHED)) if rows else 0


class _Lines:
    """Rows of a record as lines, with their keys."""

    def __init__(self, topic: str, schema: RecordSchema) -> None:
        self._topic = topic
        [self._key] = [column for column in schema.columns if column.name == schema.key]
        # Sorted: the order of fields in the source or in the schema makes no difference.
        encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        self._encode = encoder.encode

    def entries(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
        for number, row in enumerate(rows):
            try:
                line = self._line(row)
            except (TypeError, ValueError) as error:
                raise SnapshotError(
                    f"{self._topic}: row {number} of the snapshot cannot be a line: {error}. A row must be a JSON "
                    "object of texts, numbers, booleans and null."
                ) from error
            yield self._key_of(row), line

    def key_of(self, line: str) -> str | None:
        """The key of a line that has landed."""
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return self._key_of(row) if isinstance(row, dict) else None

    def _line(self, row: Mapping[str, Any]) -> str:
        if reserved := [name for name in RESERVED if name in row]:
            raise ValueError(f"the field {reserved[0]} says where a line came from")
        line = self._encode(row)
        line.encode()  # Half a character cannot be stored.
        return line

    def _key_of(self, row: Mapping[str, Any]) -> str | None:
        """The key of a row as JSON; None where it is null or counts as null."""
        value = row.get(self._key.name)
        if value is None:
            return None
        if not isinstance(value, str):
            return self._encode(value)
        counts_as_null = (value.strip(WHITE_SPACE) if self._key.trim else value) in self._key.nulls
        return None if counts_as_null else encode_basestring(value)


def _objects(entries: Iterable[tuple[str, str]], stamp: int) -> Iterator[list[bytes]]:
    """Lines in objects of about `OBJECT_BYTES`; those of one key, which follow each other, are in the same one."""
    field = f'"{TIMESTAMP_FIELD}":{stamp}}}\n'
    lines: list[bytes] = []
    size, last = 0, None
    for key, line in entries:
        if size >= OBJECT_BYTES and key != last:
            yield lines
            lines, size = [], 0
        content = f"{line[:-1]}{',' if len(line) > len('{}') else ''}{field}".encode()
        lines.append(content)
        size, last = size + len(content), key
    if lines:
        yield lines
