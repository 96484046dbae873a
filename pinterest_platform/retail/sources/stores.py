"""Stores: an HTTP API with one request per store, several in parallel, or a JSON Lines file of its answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from pinterest_platform.errors import without_login
from pinterest_platform.retail.sources.errors import SourceError, cut_short
from pinterest_platform.retail.sources.files import FileReader
from pinterest_platform.retail.sources.reader import Row, as_text
from pinterest_platform.retail.sources.web import AT_ONCE, TIMEOUT, asking, session

if TYPE_CHECKING:
    import requests

#: Stores that are requested before the first one is returned.
_AHEAD = 4 * AT_ONCE


class StoresApi:
    """Reads `<base>/number_stores`, then `<base>/store_details/<n>` for each store."""

    def __init__(self, base: str, key: SecretStr, columns: tuple[str, ...]) -> None:
        self._base, self._key, self._columns = base.rstrip("/"), key, columns

    @property
    def place(self) -> str:
        return without_login(self._base)

    def rows(self) -> Iterator[Row]:
        with asking(self.place), session() as web, ThreadPoolExecutor(AT_ONCE) as pool:
            web.headers["x-api-key"] = self._key.get_secret_value()
            count = self._number(web)
            for first in range(0, count, _AHEAD):
                yield from pool.map(lambda n: self._store(web, n), range(first, min(first + _AHEAD, count)))

    def state(self) -> str | None:
        return None

    def probe(self) -> str:
        with asking(self.place), session() as web:
            web.headers["x-api-key"] = self._key.get_secret_value()
            return f"{self.place}: {self._number(web)} stores"

    def _number(self, web: requests.Session) -> int:
        found = self._ask(web, "number_stores").get("number_stores")
        if type(found) is not int or found < 1:
            raise SourceError(f"{self.place}/number_stores: number_stores is {found!r}, not a number of stores")
        return found

    def _store(self, web: requests.Session, number: int) -> Row:
        what = f"store_details/{number}"
        return _row(f"{self.place}/{what}", self._ask(web, what), self._columns)

    def _ask(self, web: requests.Session, what: str) -> dict[str, Any]:
        place = f"{self.place}/{what}"
        with asking(place):
            answer = web.get(f"{self._base}/{what}", timeout=TIMEOUT)
        if answer.status_code in (401, 403):
            raise SourceError(
                f"{place}: HTTP status {answer.status_code}: the server refused the key. Set RETAIL_STORES_API_KEY to "
                "a valid key."
            )
        if answer.status_code != 200:
            raise cut_short(place, f"HTTP status {answer.status_code}, after retries if they could help")
        return _object(place, answer.text)


class StoresFile(FileReader):
    """A JSON Lines file with one store per line."""

    def _rows(self, path: Path) -> Iterator[Row]:
        with path.open(encoding="utf-8") as lines:
            number, line = 0, ""
            for number, line in enumerate(lines, 1):
                place = f"{self.place}, line {number}"
                yield _row(place, _object(place, line), self._columns)
            if not line.endswith("\n"):
                raise cut_short(self.place, f"its last line, {number}, has no line break")


def _object(place: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise cut_short(place, f"not a JSON object: {text[:60]!r}")
    return found


def _row(place: str, found: dict[str, Any], columns: tuple[str, ...]) -> Row:
    if missing := [column for column in columns if column not in found]:
        raise cut_short(place, f"it has no {', '.join(missing)}")
    return {column: as_text(found[column]) for column in columns}
