"""Cards: a PDF with a table on each page. The right edge of a word determines its column, not blanks."""

from __future__ import annotations

import ctypes
import re
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pinterest_platform.retail.sources.errors import SourceError, cut_short
from pinterest_platform.retail.sources.files import FileReader
from pinterest_platform.retail.sources.reader import Row

#: Tolerance of a right edge, in points.
_OFF = 3.0
_WORD = re.compile(r"[^ \r\n]+")
_LINE = re.compile(r"[^\r\n]+")


class CardsPdf(FileReader):
    def _rows(self, path: Path) -> Iterator[Row]:
        with _opened(path, self.place) as document:
            for number in range(len(document)):
                yield from self._page(document, number)

    def probe(self) -> str:
        with self._file.local() as path, _opened(path, self.place) as document:
            for _ in self._page(document, 0):
                break
            return f"{self.place}: {len(document)} pages"

    def _page(self, document: Any, number: int) -> Iterator[Row]:
        page = document[number]
        text = page.get_textpage()
        try:
            words = _Words(text)
            lines = iter(words.lines())
            header = next(lines, [])
            if tuple(word for word, _ in header) != self._columns:
                raise cut_short(self.place, f"page {number + 1} has no header {' '.join(self._columns)}")
            edges = [right + _OFF for _, right in header]
            for line in lines:
                yield self._row(line, edges, number)
        finally:
            text.close()
            page.close()

    def _row(self, line: list[tuple[str, float]], edges: list[float], page: int) -> Row:
        cells: dict[str, str | None] = dict.fromkeys(self._columns)
        for word, right in line:
            at = bisect_left(edges, right)
            if at == len(edges):
                raise cut_short(self.place, f"page {page + 1}: {word!r} is to the right of all columns")
            before = cells[self._columns[at]]
            cells[self._columns[at]] = word if before is None else f"{before} {word}"
        return cells


class _Words:
    """The words of a page, line by line, each with its right edge. Looking up a position is slow, so once per word."""

    def __init__(self, page: Any) -> None:
        import pypdfium2.raw as pdfium

        self._text: str = page.get_text_range()
        self._page, self._box = page.raw, pdfium.FPDFText_GetCharBox
        self._edges = [ctypes.c_double() for _ in range(4)]

    def lines(self) -> Iterator[list[tuple[str, float]]]:
        for line in _LINE.finditer(self._text):
            words = [(word[0], self._right(word.end() - 1)) for word in _WORD.finditer(self._text, *line.span())]
            if words:
                yield words

    def _right(self, character: int) -> float:
        left, right, bottom, top = self._edges
        self._box(self._page, character, left, right, bottom, top)
        return right.value


def _opened(path: Path, place: str) -> Any:
    try:
        import pypdfium2
    except ImportError:
        raise SourceError(
            f"{place}: retail support is not installed. Run: pip install 'pinterest-platform[retail]'"
        ) from None
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 1024))
        if b"%%EOF" not in file.read():
            raise cut_short(place, "this is not a PDF, or its end is missing")
    try:
        return pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        raise cut_short(place, str(error)) from None
