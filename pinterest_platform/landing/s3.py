"""A landing zone in S3 or a compatible store.

boto3 lists keys, because it accepts any key. obstore reads contents, because it reads small objects ten times as fast.
S3 lists in the order of names, which equals the order of offsets only among names with equally many digits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pinterest_platform.landing.keys import (
    TOPICS,
    LandingObject,
    name_prefix,
    object_key,
    parse_name,
    parse_start_offset,
    partition_prefix,
    topic_prefix,
)
from pinterest_platform.landing.layouts import beside_partitions, partitions_of
from pinterest_platform.landing.store import Entry, LandingError, Level, Listing, OldVersion
from pinterest_platform.landing.unpacking import unpacked, unpacked_pieces
from pinterest_platform.s3.address import split
from pinterest_platform.s3.bucket import Bucket
from pinterest_platform.s3.clients import reader
from pinterest_platform.s3.errors import S3Error, explained
from pinterest_platform.s3.versions import delete_old_versions, old_versions, replace, version_content

#: Objects as boto3 describes them.
Page = list[dict[str, Any]]

#: S3 stamps an object with the second in which its upload began. In microseconds, the longest an upload may take.
_UPLOAD = 15 * 60 * 1_000_000
#: Possible digit widths of offsets; sinks pad to at most 20.
_WIDTHS = range(1, 21)
#: How many keys after an offset to check for names of other widths, which begin where the known ones end.
_PROBE_KEYS = 10
#: A partition of up to this many objects is listed instead, in one request.
_FEW_OBJECTS = 1_000

#: Concurrent requests for names of other widths. boto3 keeps ten connections.
_PROBERS = 10

#: Concurrent connections, and how far to read ahead of the caller: at most a batch, which is held in memory anyway.
_READERS = 16
_AHEAD_OBJECTS = 1_000
_AHEAD_BYTES = 64 * 2**20
_PIECE_BYTES = 8 * 2**20


@dataclass(frozen=True)
class BucketStore:
    """A landing zone under `root`, a prefix that is empty or ends with a slash."""

    bucket: Bucket
    root: str
    topics_dir: str = TOPICS

    @classmethod
    def at(cls, address: str, topics_dir: str = TOPICS) -> BucketStore:
        """The landing zone at `s3://bucket/prefix`.

        Raises:
            LandingError: the address is invalid.
        """
        with _explained():
            name, prefix = split(address)
        return cls(Bucket(name), f"{prefix}/" if prefix else "", topics_dir)

    def topics(self) -> Sequence[str]:
        return self.level(f"{self.topics_dir}/" if self.topics_dir else "").folders

    def partitions(self, topic: str) -> Sequence[int]:
        return partitions_of(self.level(topic_prefix(topic, self.topics_dir)))

    def beside(self, topic: str) -> Sequence[str]:
        prefix = topic_prefix(topic, self.topics_dir)
        return beside_partitions(prefix, self.level(prefix))

    def mixes(self, _topic: str) -> bool:
        return False

    def list(self, topic: str, partition: int, first: int = 0, widths: Collection[int] = ()) -> Listing:
        folder, prefix = partition_prefix(topic, partition, self.topics_dir), name_prefix(topic, partition)
        objects: dict[str, LandingObject] = {}
        strangers: set[str] = set()
        with _explained():
            for entry in self._entries(topic, partition, first, widths):
                key = entry["Key"].removeprefix(self.root)
                start = parse_start_offset(key.removeprefix(folder), prefix)
                if start is not None and start >= first:
                    found = self._entry(entry)
                    objects[key] = LandingObject(partition, start, key, found.size, found.modified, found.etag)
                elif start is None and not key.removeprefix(folder).startswith(".") and key != folder:
                    strangers.add(key)
        newest = max((item.modified for item in objects.values()), default=0)
        return Listing(tuple(sorted(objects.values())), tuple(sorted(strangers)), self.settled(0, newest))

    def widths(self, topic: str, partition: int, at: int) -> frozenset[int]:
        folder = self.root + partition_prefix(topic, partition, self.topics_dir)
        possible = [width for width in _WIDTHS if width >= len(str(at))]

        def probe(width: int) -> bool:
            page = next(self._pages(topic, partition, at, width, _PROBE_KEYS))
            return self._of_width(page, topic, partition, width)

        with _explained():
            page, is_last = self.bucket.page(folder, _FEW_OBJECTS)
            if is_last:
                return frozenset(width for width in possible if self._of_width(page, topic, partition, width))
            with ThreadPoolExecutor(_PROBERS, "landing") as pool:
                return frozenset(
                    width for width, found in zip(possible, pool.map(probe, possible), strict=True) if found
                )

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        with _explained():
            store = reader(self.bucket)
        waiting: deque[tuple[LandingObject, Future[bytes]]] = deque()
        ahead = 0

        def content(key: str) -> bytes:
            return bytes(store.get(f"{self.root}{key}").bytes())

        with ThreadPoolExecutor(_READERS, "landing") as pool:
            try:
                for item in objects:
                    waiting.append((item, pool.submit(content, item.key)))
                    ahead += item.size
                    while len(waiting) > _AHEAD_OBJECTS or (ahead > _AHEAD_BYTES and len(waiting) > 1):
                        ahead -= waiting[0][0].size
                        yield self._arrived(*waiting.popleft())
                while waiting:
                    yield self._arrived(*waiting.popleft())
            finally:
                pool.shutdown(wait=False, cancel_futures=True)

    def pieces(self, item: LandingObject) -> Iterator[bytes]:
        with _explained():
            store = reader(self.bucket)
        with self._readable(item):
            chunks = store.get(f"{self.root}{item.key}").stream(min_chunk_size=_PIECE_BYTES)
            yield from unpacked_pieces(item.key, _pieces(memoryview(chunk) for chunk in chunks))

    def in_place(self, _item: LandingObject) -> AbstractContextManager[None]:
        return nullcontext()

    def level(self, prefix: str) -> Level:
        with _explained():
            folders, names = self.bucket.level(self.root + prefix)
        shown = (sorted(name for name in found if name and not name.startswith(".")) for found in (folders, names))
        return Level(*map(tuple, shown))

    def below(self, prefix: str, skip: Callable[[str], str]) -> Iterator[Entry]:
        def onto(key: str) -> str:
            return self.root + skip(key.removeprefix(self.root))

        with _explained():
            for page in self.bucket.pages(self.root + prefix, skip=onto):
                yield from map(self._entry, page)

    def settled(self, _began: int, newest: int) -> int:
        return newest - _UPLOAD

    def written(self, key: str) -> int | None:
        with _explained():
            found = [self._entry(entry) for entry in next(self.bucket.pages(self.root + key, size=1))]
        return next((entry.modified for entry in found if entry.key == key), None)

    def is_there(self) -> bool:
        with _explained():
            return bool(next(self.bucket.pages(self.root, size=1)))

    def create(self, key: str, content: bytes) -> bool:
        with _explained():
            return self.bucket.create(self.root + key, content)

    def save(self, key: str, file: Path) -> None:
        with _explained():
            self.bucket.upload(self.root + key, file)

    def remove(self, key: str) -> None:
        with _explained():
            self.bucket.delete([self.root + key])
            delete_old_versions(self.bucket, self.root + key, exactly=True)

    def replace(self, key: str, content: bytes) -> None:
        with _explained():
            replace(self.bucket, self.root + key, content)

    def old_versions(self, topic: str) -> Iterator[OldVersion]:
        with _explained():
            for found in old_versions(self.bucket, self.root + topic_prefix(topic, self.topics_dir)):
                key = found["Key"].removeprefix(self.root)
                if placed := parse_name(key.rpartition("/")[2], topic):
                    content = unpacked(key, version_content(self.bucket, found))
                    item = LandingObject(*placed, key, len(content), self._entry(found).modified)
                    yield OldVersion(item, found["VersionId"], content)

    def forget_versions(self, key: str, versions: Collection[str] | None = None) -> int:
        with _explained():
            return delete_old_versions(self.bucket, self.root + key, exactly=True, only=versions)

    def fetch(self, key: str, file: Path) -> bool:
        with _explained():
            return self.bucket.download(self.root + key, file)

    def _entries(self, topic: str, partition: int, first: int, widths: Collection[int]) -> Iterator[dict[str, Any]]:
        """Candidate objects from `first` on, page by page: of each width, or of all widths if none are given."""
        if not first or not widths:
            for page in self.bucket.pages(self.root + partition_prefix(topic, partition, self.topics_dir)):
                yield from page
        for width in sorted(widths) if first else ():
            if width >= len(str(first)):
                for page in self._pages(topic, partition, first, width):
                    yield from page
                    # Padded names of one width are adjacent. Between names of other widths there may be keys up to the
                    # last possible one.
                    if width > len(str(first)) and not self._of_width(page, topic, partition, width):
                        break
                    last = object_key(topic, partition, 10**width - 1, width, self.topics_dir)
                    if page and page[-1]["Key"] > self.root + last:
                        break

    def _pages(self, topic: str, partition: int, first: int, width: int, size: int = 1_000) -> Iterator[Page]:
        """Keys that sort after the name of the offset before `first`, written in `width` digits."""
        folder = self.root + partition_prefix(topic, partition, self.topics_dir)
        after = self.root + object_key(topic, partition, first - 1, width, self.topics_dir) if first else ""
        return self.bucket.pages(folder, after, size)

    def _of_width(self, page: Page, topic: str, partition: int, width: int) -> bool:
        """Whether any key of a page has its offset in that many digits."""
        prefix = f"{self.root}{partition_prefix(topic, partition, self.topics_dir)}{name_prefix(topic, partition)}"
        keys = [entry["Key"] for entry in page]
        return any(key.startswith(prefix) and key[len(prefix) :].find(".") == width for key in keys)

    def _entry(self, found: dict[str, Any]) -> Entry:
        modified = int(found["LastModified"].timestamp() * 1_000_000)
        return Entry(found["Key"].removeprefix(self.root), found["Size"], modified, found["ETag"])

    def _arrived(self, item: LandingObject, future: Future[bytes]) -> bytes:
        # Unpacked only now, one at a time: a thousand objects may wait, and each may grow a thousand times.
        with self._readable(item):
            return unpacked(item.key, future.result())

    @contextmanager
    def _readable(self, item: LandingObject) -> Iterator[None]:
        from obstore.exceptions import BaseError

        try:
            yield
        except FileNotFoundError as error:
            raise LandingError(
                f"landing zone: s3://{self.bucket.name}/{self.root}{item.key} was deleted after it was listed. Landing "
                "objects must stay until they are ingested. Check the bucket's lifecycle rules."
            ) from error
        except (BaseError, OSError) as error:
            raise LandingError(f"landing zone: cannot read {item.key}: {explained(self.bucket.name, error)}") from error


def _pieces(chunks: Iterable[memoryview]) -> Iterator[bytes]:
    """Chunks in bounded pieces, even if the network returned more at once."""
    for chunk in chunks:
        for first in range(0, len(chunk), _PIECE_BYTES):
            yield bytes(chunk[first : first + _PIECE_BYTES])


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except S3Error as error:
        raise LandingError(f"landing zone: {error}") from error
