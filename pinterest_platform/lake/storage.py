"""Storage of a lake, a folder or a bucket: access for Delta and DuckDB, and files beside Delta's.

The other modules of this package interpret the files. A bucket raises S3Error; `lake` and `files` convert it to
LakeError.
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
    """The storage of a lake. `folder` is an address in it, `name` a file directly in a folder."""

    def delta_options(self) -> dict[str, str] | None:
        """Storage options of delta-rs, valid for at least 10 minutes."""

    def duckdb_setup(self) -> Sequence[str]:
        """Statements for a new DuckDB connection."""

    def duckdb_secret(self) -> str:
        """The statement that sets the credentials; execute it whenever it changes. Empty if none are needed."""

    def files(self, folder: str, *, prefix: str = "", after: str = "") -> dict[str, int]:
        """Sizes in bytes of the files directly in a folder, by name. Only names that begin with `prefix` and sort after
        `after`."""

    def folders(self, folder: str) -> list[str]:
        """Names of the folders directly in a folder, sorted."""

    def read(self, folder: str, name: str) -> bytes | None:
        """The content of a file, or None if it does not exist."""

    def write(self, folder: str, name: str, content: bytes) -> None:
        """Create or replace a file atomically."""

    def create(self, folder: str, name: str, content: bytes) -> None:
        """Create a file atomically. An existing file is left alone."""

    def remove(self, folder: str, names: Sequence[str]) -> None:
        """Delete files. Missing files are ignored."""

    def changed(self, folder: str) -> dict[str, float]:
        """Modification times of the files directly in a folder, by name, in seconds by the storage's clock."""

    def remove_folder(self, folder: str) -> int:
        """Delete a folder recursively and return the number of files."""

    def remove_old_versions(self, folder: str) -> int:
        """Delete the versions that a bucket keeps of replaced or deleted files in a folder, and return their number."""


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
                # Another writer may remove a file meanwhile.
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
        with _temporary_file(folder, name, content) as file:
            file.replace(Path(folder) / name)

    def create(self, folder: str, name: str, content: bytes) -> None:
        with _temporary_file(folder, name, content) as file, suppress(FileExistsError):
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
        return 0  # A folder keeps no versions.


@contextmanager
def _temporary_file(folder: str, name: str, content: bytes) -> Iterator[Path]:
    """A temporary file with that content beside the named file, ready to replace it."""
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
            # Retries for about 25 s, as the other clients of the bucket do.
            "SET http_retries = 8",
            "SET http_retry_wait_ms = 100",
            "SET http_retry_backoff = 2",
            # Files of a lake never change, so DuckDB needs to ask for the size only once.
            "SET enable_http_metadata_cache = true",
            # A 5 MB buffer per file being written; the default would use 80 MB.
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
    """The prefix of all keys in a folder of a bucket."""
    prefix = split(folder)[1]
    return f"{prefix}/" if prefix else ""


def storage_at(address: str) -> Storage:
    """The storage of an address. No request is made yet.

    Raises:
        S3Error: the address is not a valid S3 address.
    """
    return BucketStorage(Bucket(split(address)[0])) if is_s3(address) else FolderStorage()
