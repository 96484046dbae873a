"""A landing zone with any of the folder layouts that sinks write.

In partition folders, a store finds new objects efficiently. In other layouts the objects of all partitions are mixed. A
full listing then lists everything, 1,000 objects per request in S3.

An incremental listing skips what is already ingested. With time folders, it lists the two newest days. In S3, it jumps
to the objects that are not ingested, in each folder and partition. Use it to poll often, with full listings in between.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from pinterest_platform.landing.keys import LandingObject, name_prefix, offset_digits, parse_name, topic_prefix
from pinterest_platform.landing.layouts import (
    Layout,
    beside_partitions,
    by_date,
    found_layout,
    is_day,
    partitions_of,
)
from pinterest_platform.landing.store import Keys, Level, Listing, OldVersion, WritableStore

#: Days that an incremental listing covers: the last one of an active sink, and the one before.
_RECENT_DAYS = 2


class Store(Keys, WritableStore, Protocol):
    """A landing zone with partition folders."""


@dataclass(frozen=True)
class _Tree:
    """The result of listing all folders of a topic, by partition."""

    objects: dict[int, list[LandingObject]]
    strangers: tuple[str, ...]
    settled: int


@dataclass(frozen=True)
class Zone:
    """See `LandingStore`. If `layout` is given, it applies to all topics; otherwise the folders of each topic determine
    its layout.

    For incremental listings, `known` gives the offset of a topic and partition before which nothing needs to be listed.
    Except in partition layouts, the listing made by `partitions` is kept for later calls of `list`.
    """

    store: Store
    layout: Layout | None = None
    known: Callable[[str, int], int] | None = None
    _levels: dict[str, Level] = field(default_factory=dict, repr=False)
    _trees: dict[str, _Tree] = field(default_factory=dict, repr=False)

    @property
    def topics_dir(self) -> str:
        return self.store.topics_dir

    def topics(self) -> Sequence[str]:
        return self.store.topics()

    def layout_of(self, topic: str) -> Layout | None:
        """The layout of a topic; None if its folder is empty."""
        if topic not in self._levels:
            self._levels[topic] = self.store.level(self._prefix(topic))
        level = self._levels[topic]
        return (self.layout or found_layout(level)) if level.folders or level.names else None

    def partitions(self, topic: str) -> Sequence[int]:
        self._levels.pop(topic, None)
        self._trees.pop(topic, None)
        if self._has_partitions(topic):
            return partitions_of(self._levels[topic])
        return sorted(self._tree(topic).objects)

    def beside(self, topic: str) -> Sequence[str]:
        layout = self.layout_of(topic)
        if layout is None:
            return self._elsewhere()
        if layout is Layout.PARTITION:
            return beside_partitions(self._prefix(topic), self._levels[topic])
        return self._tree(topic).strangers

    def mixes(self, topic: str) -> bool:
        return not self._has_partitions(topic)

    def list(self, topic: str, partition: int, first: int = 0, widths: Collection[int] = ()) -> Listing:
        if self._has_partitions(topic):
            return self.store.list(topic, partition, first, widths)
        tree = self._tree(topic)
        objects = tuple(item for item in tree.objects.get(partition, ()) if item.start_offset >= first)
        return Listing(objects, (), tree.settled, is_partial=self.known is not None)

    def widths(self, topic: str, partition: int, at: int) -> frozenset[int]:
        return self.store.widths(topic, partition, at) if self._has_partitions(topic) else frozenset()

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        return self.store.read(objects)

    def pieces(self, item: LandingObject) -> Iterator[bytes]:
        return self.store.pieces(item)

    def in_place(self, item: LandingObject) -> AbstractContextManager[str | None]:
        return self.store.in_place(item)

    def written(self, key: str) -> int | None:
        return self.store.written(key)

    def create(self, key: str, content: bytes) -> bool:
        return self.store.create(key, content)

    def save(self, key: str, file: Path) -> None:
        self.store.save(key, file)

    def remove(self, key: str) -> None:
        self.store.remove(key)

    def replace(self, key: str, content: bytes) -> None:
        self.store.replace(key, content)

    def old_versions(self, topic: str) -> Iterator[OldVersion]:
        return self.store.old_versions(topic)

    def forget_versions(self, key: str, versions: Collection[str] | None = None) -> int:
        return self.store.forget_versions(key, versions)

    def fetch(self, key: str, file: Path) -> bool:
        return self.store.fetch(key, file)

    def _prefix(self, topic: str) -> str:
        return topic_prefix(topic, self.topics_dir)

    def _has_partitions(self, topic: str) -> bool:
        return self.layout_of(topic) in (Layout.PARTITION, None)

    def _elsewhere(self) -> Sequence[str]:
        """Contents of the landing zone other than the folder of all topics."""
        if self.topics_dir and self.store.topics():
            return ()
        level = self.store.level("")
        expected = self.topics_dir.partition("/")[0]
        return [*(f"{name}/" for name in level.folders if name != expected), *level.names]

    def _tree(self, topic: str) -> _Tree:
        if topic not in self._trees:
            self._trees[topic] = self._look(topic)
        return self._trees[topic]

    def _look(self, topic: str) -> _Tree:
        prefix, began = self._prefix(topic), time.time_ns() // 1000
        by_time = self.known is not None and self.layout_of(topic) is Layout.TIME
        looked_at = self._newest(prefix, self._levels[topic], _RECENT_DAYS) if by_time else [prefix]
        objects: defaultdict[int, list[LandingObject]] = defaultdict(list)
        strangers = []
        for folder in looked_at:
            for entry in self.store.below(folder, partial(self._skip, topic)):
                *folders, name = entry.key[len(prefix) :].split("/")
                if any(part.startswith(".") for part in (*folders, name)) or not name:
                    continue
                shown = entry.key.encode(errors="surrogateescape").decode(errors="backslashreplace")
                # A key that is not UTF-8 could not be stored with its rows.
                if entry.is_file and shown == entry.key and (found := parse_name(name, topic)):
                    partition, start = found
                    item = LandingObject(partition, start, entry.key, entry.size, entry.modified, entry.etag)
                    objects[partition].append(item)
                else:
                    strangers.append(shown)
        for each in objects.values():
            each.sort()
        newest = max((item.modified for each in objects.values() for item in each), default=0)
        return _Tree(dict(objects), tuple(sorted(strangers)), self.store.settled(began, newest))

    def _skip(self, topic: str, key: str) -> str:
        """The key after which to continue a listing after `key`, beyond the known objects of its partition in its
        folder."""
        folder, slash, name = key.rpartition("/")
        found = parse_name(name, topic)
        if self.known is None or found is None:
            return key
        last = f"{self.known(topic, found[0]) - 1:0{offset_digits(name)}}"
        return f"{folder}{slash}{name_prefix(topic, found[0])}{last}" if found[1] < int(last) else key

    def _newest(self, prefix: str, level: Level, days: int, path: str = "") -> Sequence[str]:
        """Prefixes of the newest days, or of folders that are finer than a day or have no further date."""
        dates = by_date(level.folders)
        if is_day(path) or not dates:
            return (prefix + path,)
        found: tuple[str, ...] = ()
        while dates and len(found) < days:
            below = f"{path}{dates.pop()}/"
            found += (*self._newest(prefix, self.store.level(prefix + below), days - len(found), below),)
        return found
