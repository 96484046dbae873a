"""Lands a source that is read in full each time: from each snapshot, the new and changed rows as lines.

The lines get the next offsets of partition 0 of the record's topic, in objects that are ingested like any others.
`known` has the contents of earlier snapshots. This module does not read sources.

The landed objects are the log. The file of `known` only avoids reading them again, and each load first catches up with
newer objects. A load may therefore be killed at any moment: the next one lands what is missing, and nothing twice. Of
two concurrent loads of a topic, one finds that an object already exists, and stops.
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

#: Bytes of one object: large enough that request costs do not matter, small enough to hold in memory.
OBJECT_BYTES = 16 * 2**20
#: Refuse a snapshot that lacks more than this share of the previous keys. A file truncated between two lines looks
#: complete, and only this check detects it.
_MOST_VANISHED = 0.1


class OtherLoadError(SnapshotError):
    """Another load is landing in the same topic. A later load will find its objects."""


@dataclass(frozen=True)
class Load:
    """The result of loading one snapshot of `topic`.

    - `rows`: number of rows read.
    - `new`: keys seen for the first time.
    - `changed`: keys with other rows than before.
    - `vanished`: keys of the previous snapshot that are gone. `vanished_examples` are some of them, as JSON.
    - `landed`: rows of new and changed keys landed as lines, at the offsets before `next_offset`.
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
    """Land the rows that are new or changed since the previous snapshot. `rows` are all rows of the source.

    Rows are JSON objects. Rows with the same value of `schema.key` belong together. If one of them is new or gone, all
    of them land, in the order of the snapshot. A row whose key is null or counts as null stands alone. Rows that vanish
    stay as they landed; `Load` names them. Nothing lands before the last row is read.

    If the topic has a raw table, `not_below` is its next offset. Offsets are never used twice, even after the landing
    zone was emptied. `memory_limit` bounds the memory for a snapshot of any size. Each line carries the time of
    `clock`, the same in all lines of a load.

    Raises:
        SnapshotError: a row cannot be a line, the snapshot is empty, or it lacks a tenth of the keys without
            `allow_fewer`. Objects already created are complete; run again.
        OtherLoadError: another load is landing in this topic.
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
                f"{difference.before:,} keys of the previous one, more than a tenth, so nothing was landed. Check that "
                "the source is complete. If so many keys are really gone, run with `--full-refresh landing`, which "
                "allows fewer."
            )
        offset, landed = max(known.next_offset, not_below), 0
        for lines in _objects(known.changed_lines(), stamp):
            key = object_key(topic, PARTITION, offset, topics_dir=store.topics_dir)
            if not store.create(key, b"".join(lines)):
                raise OtherLoadError(
                    f"{topic}: another load has just landed {key}. Wait for it to finish, then run again."
                )
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
    """How many keys of the previous snapshot may be missing, given its size and the number of rows now."""
    return max(1, int(before * _MOST_VANISHED)) if rows else 0


class _Lines:
    """Rows of a record as lines, with their keys."""

    def __init__(self, topic: str, schema: RecordSchema) -> None:
        self._topic = topic
        [self._key] = [column for column in schema.columns if column.name == schema.key]
        # Sorted, so that the order of fields in the source or schema does not matter.
        encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))
        self._encode = encoder.encode

    def entries(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Entry]:
        for number, row in enumerate(rows):
            try:
                line = self._line(row)
            except (TypeError, ValueError) as error:
                raise SnapshotError(
                    f"{self._topic}: row {number} of the snapshot cannot be written as a line: {error}. A row must be "
                    "a JSON object of texts, numbers, booleans and null."
                ) from error
            yield self._key_of(row), line

    def key_of(self, line: str) -> str | None:
        """The key of a landed line."""
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            return None
        return self._key_of(row) if isinstance(row, dict) else None

    def _line(self, row: Mapping[str, Any]) -> str:
        if reserved := [name for name in RESERVED if name in row]:
            raise ValueError(f"the field {reserved[0]} is reserved for the origin of a line")
        line = self._encode(row)
        line.encode()  # A lone surrogate cannot be stored.
        return line

    def _key_of(self, row: Mapping[str, Any]) -> str | None:
        """The key of a row as JSON; None if it is null or counts as null."""
        value = row.get(self._key.name)
        if value is None:
            return None
        if not isinstance(value, str):
            return self._encode(value)
        counts_as_null = (value.strip(WHITE_SPACE) if self._key.trim else value) in self._key.nulls
        return None if counts_as_null else encode_basestring(value)


def _objects(entries: Iterable[tuple[str, str]], stamp: int) -> Iterator[list[bytes]]:
    """Lines in objects of about `OBJECT_BYTES`. Consecutive lines with the same key stay in one object."""
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
