"""Finds matching records: in the landing zone, ingested or not, in raw, and among rejected lines.

Like a full refresh, the search reads the whole landing zone. A sink may have written a record twice, and a record that
is not ingested yet exists only there. `streamed` searches the streams. This module changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pinterest_platform.engines.duckdb.raw import REJECTED_ADDRESS
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.landing.batches import Batch, open_batch, open_content, split
from pinterest_platform.landing.erased import line_text, record_text
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.parser import Parsed, Parser
from pinterest_platform.landing.store import WritableStore
from pinterest_platform.privacy import rejected_lines
from pinterest_platform.privacy.found import Found
from pinterest_platform.privacy.predicate import Predicate
from pinterest_platform.sql import quote

_PLACE = "kafka_topic, kafka_partition, kafka_offset"
#: The relation of the found records, from which `streamed` computes rows.
RECORDS = "found_records"


class _Old:
    """The single object of a batch. See `batches.Contents`."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        return (self._content for _ in objects)


class Search:
    """One search, on a session's connection."""

    def __init__(self, session: Session, store: WritableStore, topic: str, predicate: Predicate) -> None:
        self._session, self._store = session, store
        self._predicate, self._schema = predicate, predicate.schema
        self._raw = f"raw/{self._schema.name}"
        self._topic = topic
        self.found = Found()
        #: Partition, first and last offset of each object that was read, by topic and key.
        self._reach: dict[tuple[str, str], tuple[int, int, int]] = {}
        columns = ", ".join(quote(c.name) for c in self._schema.columns)
        self._columns = f"{columns}, {_PLACE}, kafka_timestamp, landing_file, tombstone"
        empty = session.empty(self._schema.raw_columns)
        session.db.execute(f"CREATE OR REPLACE TEMP TABLE {RECORDS} AS SELECT {self._columns} FROM {empty}")

    def run(self) -> Found:
        """Search everywhere.

        Raises:
            LandingError, LakeError: an object or a table cannot be read.
        """
        lake = self._session.lake
        if raw := lake.open(self._raw):
            rows = self._session.scan(raw, self._schema.raw_columns)
            self.found.rows[self._raw] += self._take(rows)
        if rejected := lake.open(REJECTED_ADDRESS):
            self.found.rows[REJECTED_ADDRESS] += self._take_rejected(self._session.scan(rejected))
        for topic in sorted({self._topic, *self.found.topics}):
            self._look_through(topic)
        self._add_objects_that_reach()
        for topic in sorted({self._topic, *self.found.topics}):
            self._look_back(topic)
        return self.found

    def _look_through(self, topic: str) -> None:
        """Search all landing objects of a topic."""
        for batch in split(self._objects(topic)):
            with open_batch(self._store, topic, batch) as opened:
                self._look_into(topic, opened)

    def _look_into(self, topic: str, batch: Batch) -> None:
        parsed = Parser(self._session.db, self._schema).parse(self._store, batch)
        self._take(parsed.fitting)
        self._take_rejected(parsed.rejected)
        self._note_reach(topic, parsed)
        self.found.objects |= {(topic, key) for key in self._objects_with(topic, parsed)}

    def _look_back(self, topic: str) -> None:
        """Search the versions that a bucket keeps of replaced or deleted objects."""
        for old in self._store.old_versions(topic):
            with open_content(topic, old.item, old.content) as batch:
                parsed = Parser(self._session.db, self._schema).parse(_Old(old.content), batch)
                if self._take(parsed.fitting) + self._take_rejected(parsed.rejected) or self._objects_with(
                    topic, parsed
                ):
                    self.found.versions.add((old.item.key, old.version))

    def _objects_with(self, topic: str, parsed: Parsed) -> set[str]:
        """Keys of the objects that have a line at the offset of a found record."""
        places = self.found.offsets(topic)
        where = f"(kafka_partition, kafka_offset) IN ({', '.join(f'({p}, {at})' for p, at in places) or '(-1, -1)'})"
        relations = (parsed.fitting, parsed.rejected)
        lines = " UNION ".join(f"SELECT landing_file FROM {relation} WHERE {where}" for relation in relations)
        return {key for (key,) in self._session.rows(lines)}

    def _take(self, relation: str) -> int:
        """Add the matching rows of a relation, and return their number."""
        key = quote(self._schema.key)
        self._session.db.execute(f"CREATE OR REPLACE TEMP TABLE meant AS {self._predicate.rows(relation)}")
        told = f"{record_text(self._schema)}, CAST({key} AS VARCHAR)"
        rows = self._session.rows(f"SELECT {_PLACE}, {told} FROM meant")
        for topic, partition, offset, record, shown in rows:
            self.found.add(topic, partition, offset, record)
            self.found.keys.add(shown)
        self._session.db.execute(f"INSERT INTO {RECORDS} SELECT {self._columns} FROM meant")
        return len(rows)

    def _take_rejected(self, relation: str) -> int:
        lines = rejected_lines.meant(self._session.db, relation, self._predicate)
        rows = self._session.rows(f"SELECT {_PLACE}, {line_text(self._schema)}, line FROM {lines}")
        for topic, partition, offset, told, line in rows:
            self.found.add(topic, partition, offset, told)
            self.found.lines[topic, str(partition), str(offset)] = line
        return len(rows)

    def _note_reach(self, topic: str, parsed: Parsed) -> None:
        lines = " UNION ALL ".join(
            f"SELECT kafka_partition, kafka_offset, landing_file FROM {relation}"
            for relation in (parsed.fitting, parsed.rejected)
        )
        reach = (
            f"SELECT landing_file, kafka_partition, min(kafka_offset), max(kafka_offset) FROM ({lines}) GROUP BY ALL"
        )
        self._reach |= {(topic, key): (p, low, high) for key, p, low, high in self._session.rows(reach)}

    def _add_objects_that_reach(self) -> None:
        """Add objects that may have another line at the same offset, for example one that was truncated or
        rewritten."""
        places: dict[tuple[str, int], list[int]] = {}
        for topic, partition, offset in self.found.texts:
            places.setdefault((topic, partition), []).append(offset)
        self.found.objects |= {
            (topic, key)
            for (topic, key), (partition, low, high) in self._reach.items()
            if any(low <= offset <= high for offset in places.get((topic, partition), ()))
        }

    def _objects(self, topic: str) -> Iterator[LandingObject]:
        for partition in self._store.partitions(topic):
            yield from (item for item in self._store.list(topic, partition).objects if item.size)
