"""Files at a path, in S3 or on the web: provides them as local files, and detects changes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pinterest_platform.errors import without_login
from pinterest_platform.retail.settings import is_web
from pinterest_platform.retail.sources.errors import SourceError, absent, cut_short
from pinterest_platform.retail.sources.web import TIMEOUT, asking, session
from pinterest_platform.s3.address import is_s3, split
from pinterest_platform.s3.bucket import Bucket

_PIECE_BYTES = 2**20


class Place:
    """A file at an address. `setting` is its variable, for messages."""

    def __init__(self, address: str, setting: str) -> None:
        self._address, self._setting = address, setting
        self._web = is_web(address)

    @property
    def shown(self) -> str:
        """The address without login and query, which may contain a signature."""
        if self._web:
            return without_login(urlsplit(self._address)._replace(query="", fragment="").geturl())
        return self._address

    @contextmanager
    def local(self) -> Iterator[Path]:
        """The file on this machine: the original, or a temporary copy."""
        if not self._web and not is_s3(self._address):
            self._found()
            yield Path(self._address)
            return
        with tempfile.TemporaryDirectory(prefix="retail-") as folder:
            copy = Path(folder) / "copy"
            if self._web:
                self._download(copy)
            else:
                bucket, key = split(self._address)
                if not Bucket(bucket).download(key, copy):
                    raise self._missing()
            yield copy

    def state(self) -> str | None:
        """The ETag, modification time and size, if available. None without an ETag and a time."""
        if self._web:
            with asking(self.shown), session() as web:
                answer = web.head(self._address, timeout=TIMEOUT, allow_redirects=True)
                self._fine(answer)
            told = [answer.headers.get(name, "") for name in ("ETag", "Last-Modified", "Content-Length")]
            return " ".join(told) if told[0] or told[1] else None
        if is_s3(self._address):
            bucket, key = split(self._address)
            if (found := Bucket(bucket).state(key)) is None:
                raise self._missing()
            return found
        file = self._found()
        return f"{file.st_size} {file.st_mtime_ns}"

    def _found(self) -> Any:
        try:
            return Path(self._address).stat()
        except OSError as error:
            raise absent(self.shown, error.strerror or str(error), self._setting) from None

    def _missing(self) -> SourceError:
        return absent(self.shown, "the file does not exist", self._setting)

    def _fine(self, answer: Any) -> None:
        if answer.status_code == 404:
            raise self._missing()
        if not answer.ok:
            raise SourceError(f"{self.shown}: HTTP status {answer.status_code}. Check {self._setting}.")

    def _download(self, copy: Path) -> None:
        with asking(self.shown), session() as web, web.get(self._address, timeout=TIMEOUT, stream=True) as answer:
            self._fine(answer)
            size = answer.headers.get("Content-Length")
            received = 0
            with copy.open("wb") as out:
                for piece in answer.iter_content(_PIECE_BYTES):
                    out.write(piece)
                    received += len(piece)
            if size is not None and "Content-Encoding" not in answer.headers and received != int(size):
                raise cut_short(self.shown, f"received {received:,} of {size} bytes")
