"""Products: a CSV whose first column, the row number, has no name."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from pinterest_platform.retail.sources.errors import SourceError, cut_short
from pinterest_platform.retail.sources.files import FileReader
from pinterest_platform.retail.sources.reader import Row

#: Prefixes of a product code, whose last character is a letter.
_CUT = re.compile(r"([A-Za-z]([0-9](-[0-9]*)?)?)?")


class ProductsFile(FileReader):
    def _rows(self, path: Path) -> Iterator[Row]:
        with path.open(encoding="utf-8", newline="") as text:
            yield from self._read(csv.reader(text, strict=True), ended=_ends_with_a_line(path))

    def _read(self, lines: Iterator[list[str]], ended: bool) -> Iterator[Row]:
        values: list[str] = []
        try:
            header = [name or "index" for name in next(lines, [])]
            if set(header) != set(self._columns) or len(header) != len(self._columns):
                raise SourceError(
                    f"{self.place}: the header is {header}. It must have exactly {', '.join(self._columns)}."
                )
            for number, values in enumerate(lines, 1):
                if len(values) != len(header):
                    raise cut_short(self.place, f"row {number} has {len(values)} of {len(header)} values")
                yield dict(zip(header, values, strict=True))
            if not ended and _CUT.fullmatch(values[-1]):
                raise cut_short(self.place, f"its last line ends in {values[-1]!r}")
        except csv.Error as error:
            raise cut_short(self.place, str(error)) from None


def _ends_with_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1))
        return file.read(1) == b"\n"
