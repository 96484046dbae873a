"""The result of a search: records by place, and their number by table."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from pinterest_platform.engines.duckdb.erasures import Place


@dataclass
class Found:
    """Matching records and where they are.

    - `texts`: by place in a topic, the text that identifies the record (`landing.erased.record_text`), if known.
    - `objects`: topic and key of the landing objects that hold one.
    - `versions`: key and name of object versions that a bucket keeps.
    - `streamed`: places in streams, by the address of a table.
    - `rows`: the number of rows by table.
    - `keys`: values of the record's key, shown for confirmation.
    - `lines`: rejected lines by place, shown for confirmation.
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
        """Add a record at a place."""
        texts = self.texts.setdefault((topic, partition, offset), set())
        if told:
            texts.add(told)

    def offsets(self, topic: str) -> set[tuple[int, int]]:
        """Partition and offset of the records found in a topic."""
        return {(partition, offset) for name, partition, offset in self.texts if name == topic}

    @property
    def topics(self) -> list[str]:
        return sorted({topic for topic, _, _ in self.texts})

    def places(self) -> list[Place]:
        """All places, repeated for each of their texts. `digest` is the text of the record."""
        landed = [
            Place(topic, str(partition), str(offset), told)
            for (topic, partition, offset), texts in self.texts.items()
            for told in texts or {""}
        ]
        streamed = [Place(*place) for places in self.streamed.values() for place in places]
        return sorted({*landed, *streamed})
