"""What a search found: records by where they are, and how many of them in which tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pinterest_platform.engines.duckdb.erasures import Place


@dataclass
class Found:
    """Records that are meant, and where they lie.

    `texts` are, by place in a topic, what tells the record from others (`landing.erased.record_text`), empty where that
    is not known. `objects` are the landing objects that hold one, with their topic; `versions` what a bucket keeps of
    objects from before, key and name of a version. `streamed` are places in streams, by the address of a table. `rows`
    counts by table. For who is asked, `keys` are values of the record's key, `lines` by place those that were rejected.
    """

    texts: dict[tuple[str, int, int], set[str]] = field(default_factory=dict)
    objects: set[tuple[str, str]] = field(default_factory=set)
    versions: set[tuple[str, str]] = field(default_factory=set)
    streamed: dict[str, set[tuple[str, str, str]]] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)
    keys: set[str] = field(default_factory=set)
    lines: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.texts or self.versions or any(self.streamed.values()))

    def add(self, topic: str, partition: int, offset: int, told: str | None) -> None:
        """Add the record at a place."""
        texts = self.texts.setdefault((topic, partition, offset), set())
        if told:
            texts.add(told)

    def offsets(self, topic: str) -> set[tuple[int, int]]:
        """Partition and offset of what was found in a topic."""
        return {(partition, offset) for name, partition, offset in self.texts if name == topic}

    @property
    def topics(self) -> list[str]:
        return sorted({topic for topic, _, _ in self.texts})

    def places(self) -> list[Place]:
        """All places, each as often as it has texts; `digest` is the text of the record."""
        landed = [
            Place(topic, str(partition), str(offset), told)
            for (topic, partition, offset), texts in self.texts.items()
            for told in texts or {""}
        ]
        streamed = [Place(*place) for places in self.streamed.values() for place in places]
        return sorted({*landed, *streamed})
