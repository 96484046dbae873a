"""The base class of sources that are a single file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

from pinterest_platform.retail.sources.errors import cut_short
from pinterest_platform.retail.sources.places import Place
from pinterest_platform.retail.sources.reader import Row


class FileReader(ABC):
    """See `reader.Reader`. A subclass reads the local copy of the file."""

    def __init__(self, file: Place, columns: tuple[str, ...]) -> None:
        self._file, self._columns = file, columns

    @property
    def place(self) -> str:
        return self._file.shown

    def rows(self) -> Iterator[Row]:
        with self._file.local() as path:
            try:
                yield from self._rows(path)
            except UnicodeDecodeError as error:
                raise cut_short(self.place, f"it is not UTF-8: {error}") from None

    def state(self) -> str | None:
        return self._file.state()

    def probe(self) -> str:
        return f"{self.place}: {sum(1 for _ in self.rows()):,} rows"

    @abstractmethod
    def _rows(self, path: Path) -> Iterator[Row]:
        """All rows, or SourceError if the file is incomplete."""
