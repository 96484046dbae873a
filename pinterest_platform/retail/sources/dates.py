"""Dates: a JSON object of columns, `{"timestamp": {"0": "22:00:06", ...}, "month": {...}, ...}`, read row by row.

The file is memory-mapped instead of loaded. One cursor per column moves through it.
"""

from __future__ import annotations

import json
import mmap
import re
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from pinterest_platform.retail.sources.errors import cut_short
from pinterest_platform.retail.sources.files import FileReader
from pinterest_platform.retail.sources.reader import Row, as_text

_TEXT = rb'"(?:[^"\\]|\\.)*+"'
_NAME = re.compile(rb"\s*([{,])\s*(" + _TEXT + rb")\s*:\s*")
_COLUMN = re.compile(rb'\{(?:[^"{}]++|' + _TEXT + rb")*+\}")
_PAIR = re.compile(rb"[{,]\s*(" + _TEXT + rb")\s*:\s*(" + _TEXT + rb"|null|true|false|-?[0-9][0-9.eE+-]*)\s*")
_END = re.compile(rb"\s*\}\s*\Z")
#: Stands for the row of a column that has ended. No key is empty, because keys include their quotation marks.
_ENDED = (b"", None)


class DatesFile(FileReader):
    def _rows(self, path: Path) -> Iterator[Row]:
        with path.open("rb") as file:
            if not path.stat().st_size:
                raise cut_short(self.place, "it is empty")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                yield from self._read(content)

    def _read(self, content: mmap.mmap) -> Iterator[Row]:
        spans = self._spans(content)
        cursors = [self._values(content, column, *spans[column]) for column in self._columns]
        for number, pairs in enumerate(zip_longest(*cursors, fillvalue=_ENDED)):
            if len({key for key, _ in pairs}) > 1:
                raise cut_short(self.place, f"row {number} is missing in a column, or has another number there")
            yield dict(zip(self._columns, [value for _, value in pairs], strict=True))

    def _spans(self, content: mmap.mmap) -> dict[str, tuple[int, int]]:
        """The start and end of each column. Scans the whole file."""
        spans: dict[str, tuple[int, int]] = {}
        position = 0
        while name := _NAME.match(content, position):
            column = _COLUMN.match(content, name.end())
            if column is None:
                raise cut_short(self.place, f"its column {name[2].decode(errors='replace')} has no end")
            spans[json.loads(name[2])] = column.span()
            position = column.end()
        if not _END.match(content, position):
            raise cut_short(self.place, f"not a JSON object of columns, or it ends too early, at byte {position:,}")
        if missing := [column for column in self._columns if column not in spans]:
            raise cut_short(self.place, f"it has no column {', '.join(missing)}")
        return spans

    def _values(self, content: mmap.mmap, column: str, start: int, end: int) -> Iterator[tuple[bytes, str | None]]:
        position = start
        while pair := _PAIR.match(content, position, end):
            key, value = pair.groups()
            plain = value[:1] == b'"' and b"\\" not in value
            yield key, value[1:-1].decode() if plain else as_text(json.loads(value))
            position = pair.end()
        if position != end - 1:
            raise cut_short(self.place, f"column {column} has no text at byte {position:,}")
