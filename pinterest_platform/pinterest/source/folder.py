"""Postings in a folder with `pin.jsonl`, `geo.jsonl` and `user.jsonl`: line n of each file is the row at position n."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.postings import Posting
from pinterest_platform.pinterest.source.source_tables import SourceError
from pinterest_platform.posting.postings import Row


class FolderPostings:
    """The postings of a folder. Its files are read line by line.

    Raises:
        SourceError: on opening, if a file is missing or the files differ in length. On reading, if a line is not a JSON
            object, lacks a column or is not the row of its position.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = {record: folder / f"{record}.jsonl" for record in RECORDS}
        lengths = {path.name: _line_count(path) for path in self._files.values()}
        self.rows = max(lengths.values())
        if min(lengths.values()) != self.rows:
            told = ", ".join(f"{name} {count:,}" for name, count in lengths.items())
            raise SourceError(
                f"{folder}: the files have different numbers of lines ({told}). A posting is one line of each file."
            )

    def read(self, start: int, stop: int) -> Iterator[Posting]:
        """The postings at positions `start` to `stop` (exclusive), in order."""
        with ExitStack() as stack:
            files = [stack.enter_context(path.open(encoding="utf-8")) for path in self._files.values()]
            for position, lines in enumerate(islice(zip(*files, strict=True), start, stop), start=start):
                pin, geo, user = (
                    _row(record, self._files[record], position, line)
                    for record, line in zip(self._files, lines, strict=True)
                )
                yield Posting(position, pin, geo, user)


def _row(record: str, path: Path, position: int, line: str) -> Row:
    schema = RECORDS[record]
    where = f"{path}:{position + 1}"
    try:
        fields = json.loads(line)
        row = tuple(fields[column.name] for column in schema.columns)
    except ValueError as error:
        raise SourceError(f"{where}: not JSON: {error}") from error
    except (KeyError, TypeError) as error:
        wanted = ", ".join(column.name for column in schema.columns)
        raise SourceError(f"{where}: not a {record} with all its columns ({wanted}): {error}") from error
    if fields[schema.key] != position:
        raise SourceError(
            f"{where}: {schema.key} is {fields[schema.key]!r}. It must be {position}, the row's position."
        )
    return row


def _line_count(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file)
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read: {error.strerror}. The folder needs one file for each record."
        ) from error
