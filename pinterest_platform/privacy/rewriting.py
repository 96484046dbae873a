"""Rewrites landing objects without erased lines. A marker replaces each of these lines, so that no other line moves.

The whole object is rewritten with the same compression and the same S3 metadata, from which sinks read their progress.
The next run sees a changed object, reads it and finds nothing new.
"""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import duckdb

from pinterest_platform.landing.batches import open_lines
from pinterest_platform.landing.erased import marker
from pinterest_platform.landing.keys import BZIP2, GZIP, LandingObject, is_compressed
from pinterest_platform.landing.parser import Parser
from pinterest_platform.landing.store import WritableStore
from pinterest_platform.schemas import RecordSchema

#: (partition, offset)
Offsets = Collection[tuple[int, int]]


@dataclass(frozen=True)
class Rewritten:
    """The number of replaced lines in an object, and of its deleted older versions."""

    lines: int
    versions: int


class _Lines:
    """The lines of an object as separate objects. See `batches.Contents`."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        return (self._lines[int(item.key)] + b"\n" for item in objects)


def rewrite(
    db: duckdb.DuckDBPyConnection,
    store: WritableStore,
    schema: RecordSchema,
    topic: str,
    item: LandingObject,
    offsets: Offsets,
) -> Rewritten:
    """Replace the lines of an object at any of the offsets, and delete its older versions.

    Raises:
        LandingError: the object cannot be read or written.
    """
    [content] = store.read([item])
    lines = content.split(b"\n")
    unended = lines.pop()
    lines += [unended] if unended else []
    placed = _offsets_of(db, schema, topic, item, lines)
    erased = {number: offset for number, offset in placed.items() if (item.partition, offset) in offsets}
    for number, offset in erased.items():
        lines[number] = marker(offset)
    if erased:
        store.replace(item.key, _packed(item.key, b"\n".join(lines) + (b"" if unended else b"\n")))
    return Rewritten(len(erased), store.forget_versions(item.key))


def _offsets_of(
    db: duckdb.DuckDBPyConnection, schema: RecordSchema, topic: str, item: LandingObject, lines: Sequence[bytes]
) -> dict[int, int]:
    """The parser's offset of each line that is not a marker yet, by line number."""
    with open_lines(topic, item, lines) as batch:
        parsed = Parser(db, schema).parse(_Lines(lines), batch)
        rows = db.execute(
            f"SELECT landing_file, kafka_offset FROM {parsed.fitting} "
            f"UNION ALL SELECT landing_file, kafka_offset FROM {parsed.rejected}"
        ).fetchall()
    return {int(number): offset for number, offset in rows}


def _packed(key: str, content: bytes) -> bytes:
    if not is_compressed(key):
        return content
    if key.endswith(GZIP):
        return gzip.compress(content)
    if key.endswith(BZIP2):
        return bz2.compress(content)
    from zstandard import ZstdCompressor

    return bytes(ZstdCompressor().compress(content))
