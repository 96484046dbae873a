"""Where the files of a lake lie, a folder or a bucket: what Delta and DuckDB need to be told, and files beside Delta's.

What the files mean is the business of the other modules here. S3Error comes through from a bucket; `lake` and `files`
say it as LakeError.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Protocol

import duckdb

from pinterest_platform.s3 import clients
from pinterest_platform.s3.address import is_s3, split
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.errors import incomplete
from pinterest_platform.s3.versions import delete_old_versions


class Storage(Protocol):
    """What a lake asks of where it lies. `folder` is an address in it, `name` that of a file right in a folder."""

    def delta_options(self) -> dict[str, str] | None:
        """Storage options of delta-rs; good for 10 minutes at least."""

    def duckdb_setup(self) -> Sequence[str]:
        """Statements for a new DuckDB connection."""

    def duckdb_secret(self) -> str:
        """The statement to execute whenever it is another one than before; empty where none is needed."""

    def files(self, folder: str, *, prefix: str = "", after: str = "") -> dict[str, int]:
        """Bytes of the files right in a folder, by name: of those that begin with `prefix` and sort behind `after`."""

    def folders(self, folder: str) -> list[str]:
        """Names of the folders right in a folder, in order."""

    def read(self, folder: str, name: str) -> bytes | None:
        """The content of a file; None where there is no such file."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Make a file or put another in its place, whole or not at all."""

    def create(self, folder: str, name: str, content: bytes) -> None:
        """Make a file, whole or not at all; one that is there is left alone."""

    def remove(self, folder: str, names: Sequence[str]) -> None:
        """Delete files; those that are gone are no error."""

    def changed(self, folder: str) -> dict[str, float]:
        """When the files right in a folder were written, by name, in seconds by the storage's clock."""

    def remove_folder(self, folder: str) -> int:
        """Delete all that is in a folder, however deep; how many files."""

    def remove_old_versions(self, folder: str) -> int:
        """Delete what a bucket keeps of files in a folder that were replaced or deleted; how many versions."""


class FolderStorage:
    """A lake in a folder of this machine."""

    def delta_options(self) -> None:
        return None

    def duckdb_setup(self) -> Sequence[str]:
        return ()

    def duckdb_secret(self) -> str:
        return ""

    def files(self, folder: str, *, prefix: str = "", after: str = "") -> dict[str, int]:
        found: dict[str, int] = {}
        with suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
            for entry in entries:
                # Another writer may remove one of them meanwhile.
                with suppress(FileNotFoundError):
                    if entry.name.startswith(prefix) and entry.name > after and entry.is_file():
                        found[entry.name] = entry.stat().st_size
        return found

    def folders(self, folder: str) -> list[str]:
        return sorted(path.name for path in Path(folder).glob("*") if path.is_dir())

    def read(self, folder: str, name: str) -> bytes | None:
        try:
            return (Path(folder) / name).read_bytes()
        except FileNotFoundError:
            return None

    def write(self, folder: str, name: str, content: bytes) -> None:
        with _unfinished(folder, name, content) as file:
            file.replace(Path(folder) / name)

    def create(self, folder: str, name: str, content: bytes) -> None:
        with _unfinished(folder, name, content) as file, suppress(FileExistsError):
            os.link(file, Path(folder) / name)

    def remove(self, folder: str, names: Sequence[str]) -> None:
        for name in names:
            (Path(folder) / name).unlink(missing_ok=True)

    def changed(self, folder: str) -> dict[str, float]:
        return {name: (Path(folder) / name).stat().st_mtime for name in self.files(folder)}

    def remove_folder(self, folder: str) -> int:
        count = sum(path.is_file() for path in Path(folder).rglob("*"))
        shutil.rmtree(folder, ignore_errors=not Path(folder).exists())
        return count

    def remove_old_versions(self, _folder: str) -> int:
        return 0  # A folder keeps none.


@contextmanager
def _unfinished(folder: str, name: str, content: bytes) -> Iterator[Path]:
    """A file beside the one of that name, with its content, to be put in its place."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    file = Path(folder) / f".{name}.{uuid.uuid4().hex}"
    try:
        file.write_bytes(content)
        yield file
    finally:
        file.unlink(missing_ok=True)


@dataclass(frozen=True)
class BucketStorage:
    """A lake in S3."""

    bucket: Bucket

    def delta_options(self) -> dict[str, str]:
        return clients.delta_options(self.bucket)

    def duckdb_setup(self) -> Sequence[str]:
        try:
            package = resources.files("duckdb_extension_httpfs")
        except ModuleNotFoundError:
            raise incomplete(self.bucket.name) from None
        extension = package / "extensions" / f"v{duckdb.__version__}" / "httpfs.duckdb_extension"
        return (
            f"LOAD '{str(extension).replace(chr(39), chr(39) * 2)}'",
            # Some 25 s of trying again, as the other clients of the bucket do.
            "SET http_retries = 8",
            "SET http_retry_wait_ms = 100",
            "SET http_retry_backoff = 2",
            # A file of a lake is never another one, so its size need be asked for once only.
            "SET enable_http_metadata_cache = true",
            # A buffer of 5 MB a file that is being written; the default would take 80 MB.
            "SET s3_uploader_max_filesize = '50GB'",
        )

    def duckdb_secret(self) -> str:
        return clients.duckdb_secret(self.bucket)

    def files(self, folder: str, *, prefix: str = "", after: str = "") -> dict[str, int]:
        start = _key(folder)
        pages = self.bucket.pages(start + prefix, start + after if after else "")
        found = {entry["Key"][len(start) :]: int(entry["Size"]) for page in pages for entry in page}
        return {name: size for name, size in found.items() if "/" not in name}

    def folders(self, folder: str) -> list[str]:
        return sorted(self.bucket.folders(_key(folder)))

    def read(self, folder: str, name: str) -> bytes | None:
        return self.bucket.get(_key(folder) + name)

    def write(self, folder: str, name: str, content: bytes) -> None:
        self.bucket.put(_key(folder) + name, content)

    def create(self, folder: str, name: str, content: bytes) -> None:
        self.bucket.create(_key(folder) + name, content)

    def remove(self, folder: str, names: Sequence[str]) -> None:
        for start in range(0, len(names), 1000):
            self.bucket.delete([_key(folder) + name for name in names[start : start + 1000]])

    def changed(self, folder: str) -> dict[str, float]:
        start = _key(folder)
        entries = (entry for page in self.bucket.pages(start) for entry in page)
        found = {entry["Key"][len(start) :]: entry["LastModified"].timestamp() for entry in entries}
        return {name: seconds for name, seconds in found.items() if "/" not in name}

    def remove_folder(self, folder: str) -> int:
        count = 0
        for page in self.bucket.pages(_key(folder)):
            if page:
                self.bucket.delete([entry["Key"] for entry in page])
                count += len(page)
        return count

    def remove_old_versions(self, folder: str) -> int:
        return delete_old_versions(self.bucket, _key(folder))


def _key(folder: str) -> str:
    """What the keys in a folder of a bucket begin with."""
    prefix = split(folder)[1]
    return f"{prefix}/" if prefix else ""


def storage_at(address: str) -> Storage:
    """The storage that an address is in; nothing is asked of it yet.

    Raises:
        S3Error: it is an address in S3, and a wrong one.
    """
    return BucketStorage(Bucket(split(address)[0])) if is_s3(address) else FolderStorage()
