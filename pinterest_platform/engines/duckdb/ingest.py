"""The raw tables as DuckDB writes them: a batch parsed here, its files committed by delta-rs.

What is done in which order is `engines.ingestion`'s; telling new lines from known ones and committing them `raw`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from pinterest_platform.engines.duckdb.raw import RawTables
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.ingestion import Landed, Ranges
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.columns import delta_schema, differences
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.parser import Parsed, Parser
from pinterest_platform.landing.store import LandingStore
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.sql import quote, text


class DuckDBWriter:
    """See `ingestion.RawWriter`. A conflict with another writer surfaces as LakeConflictError: nothing of the batch at
    hand was added to raw."""

    def __init__(
        self, session: Session, store: LandingStore, schema: RecordSchema, topic: str, *, rebuilt: bool
    ) -> None:
        self._session = session
        self._store = store
        self._schema = schema
        self._topic = topic
        self._tables = RawTables(session, schema, topic, rebuilt=rebuilt)
        self.raw = self._tables.raw
        self.columns_added = self._tables.columns_added
        self.rejected = self._tables.rejected
        self._parser = Parser(session.db, schema)
        self._parsed: Parsed

    def batches(self, objects: Sequence[LandingObject]) -> Iterable[Sequence[LandingObject]]:
        return split(objects)

    @contextmanager
    def read(self, objects: Sequence[LandingObject]) -> Iterator[Landed]:
        with open_batch(self._store, self._topic, objects) as batch:
            reached(Failpoint.BATCH_OPENED, f"raw/{self._schema.name}")
            self._parsed = self._parser.parse(self._store, batch)
            reached(Failpoint.LINES_PARSED, f"raw/{self._schema.name}")
            yield Landed(self._parsed.lines, self._tables.ranges(self._parsed.fitting, self._parsed.rejected))

    def write(self, landed: Landed, watermarks: Mapping[int, int], transactions: Mapping[str, int]) -> tuple[int, int]:
        news = self._tables.find_new(self._parsed.fitting, self._parsed.rejected, landed.ranges, watermarks)
        reached(Failpoint.NEW_LINES_FOUND, f"raw/{self._schema.name}")
        rejected = self._tables.commit_rejected(news)
        return self._tables.commit_raw(news, transactions), rejected

    def has_rejected(self, ranges: Ranges) -> bool:
        """Whether rejected has a line within offset ranges of partitions."""
        return self._tables.has_rejected(ranges)

    def sources(self) -> set[tuple[int, str]]:
        return set(
            self._session.rows(
                f"SELECT DISTINCT kafka_partition, landing_file FROM {self._session.scan(self.raw)} "
                f"WHERE kafka_topic = {text(self._topic)}"
            )
        )

    def forget(self, transactions: Mapping[str, int]) -> None:
        columns = self._schema.raw_columns
        others = f"FROM {self._session.scan(self.raw, columns)} WHERE kafka_topic <> {text(self._topic)}"
        refused = differences(self.raw, columns).refused
        if refused and (found := self._session.rows(f"SELECT DISTINCT kafka_topic {others}")):
            topics = ", ".join(sorted(topic for (topic,) in found))
            raise LakeError(
                f"raw/{self._schema.name}: has rows of {topics}, which a full refresh of {self._topic} leaves alone, "
                f"and they do not fit the declared columns: {'; '.join(refused)}. "
                "Move the table away and ingest anew, or declare the columns as it has them."
            )
        kept = self._session.write(self.raw, f"SELECT {', '.join(quote(c.name) for c in columns)} {others}")
        commit(self.raw, add=kept, transactions=transactions, replace=True, schema=delta_schema(columns))

    def tidy(self) -> None:
        reached(Failpoint.INGESTED, f"raw/{self._schema.name}")
        maintenance.compact_if_fragmented(self._session.db, self.raw)
        maintenance.compact_if_fragmented(self._session.db, self.rejected)
