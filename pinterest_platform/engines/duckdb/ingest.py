"""Writes raw tables with DuckDB: it parses a batch here, and delta-rs commits the files.

`engines.ingestion` decides what to do in which order. `raw` finds the new lines and commits them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

from deltalake import DeltaTable

from pinterest_platform.engines.clashes import Clash
from pinterest_platform.engines.duckdb.erasures import LANDED, Place, known_erased, remember
from pinterest_platform.engines.duckdb.raw import RawTables
from pinterest_platform.engines.duckdb.rebuild import Rebuild
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.ingestion import Landed, Ranges
from pinterest_platform.engines.rebuilding import Held, Run, runs_sql
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake import maintenance
from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.parser import Parsed, Parser
from pinterest_platform.landing.store import LandingStore
from pinterest_platform.schemas import RecordSchema


class DuckDBWriter:
    """See `ingestion.RawWriter`. A conflict with another writer raises LakeConflictError: no row of the current batch
    was added to raw."""

    def __init__(
        self, session: Session, store: LandingStore, schema: RecordSchema, topic: str, *, rebuilt: bool
    ) -> None:
        self._session = session
        self._store = store
        self._schema = schema
        self._topic = topic
        self._tables = RawTables(session, schema, topic, rebuilt=rebuilt)
        self._rebuild = Rebuild(session, self._tables, topic)
        self.rejected = self._tables.rejected
        self.erased = known_erased(session, topic)
        self._parser = Parser(session.db, schema, erased=self.erased)
        self._parsed: Parsed

    @property
    def raw(self) -> DeltaTable:
        return self._tables.raw

    @property
    def columns_added(self) -> tuple[str, ...]:
        return self._tables.raw.columns_added

    def batches(self, objects: Sequence[LandingObject]) -> Iterable[Sequence[LandingObject]]:
        return split(objects)

    @contextmanager
    def read(self, objects: Sequence[LandingObject]) -> Iterator[Landed]:
        with open_batch(self._store, self._topic, objects) as batch:
            reached(Failpoint.BATCH_OPENED, f"raw/{self._schema.name}")
            self._parsed = self._parser.parse(self._store, batch)
            reached(Failpoint.LINES_PARSED, f"raw/{self._schema.name}")
            parsed = self._parsed
            ranges = self._tables.ranges(parsed.fitting, parsed.rejected, parsed.erased)
            erased = int(self._session.value(f"SELECT count(*) FROM {parsed.erased}"))
            at, again = (
                self._session.rows(runs_sql(f"(FROM {parsed.erased}{where})")) if erased else []
                for where in ("", " WHERE again")
            )
            yield Landed(parsed.lines, ranges, erased, at, again)

    def write(self, landed: Landed, watermarks: Mapping[int, int], transactions: Mapping[str, int]) -> tuple[int, int]:
        news = self._tables.find_new(self._parsed.fitting, self._parsed.rejected, landed.ranges, watermarks)
        reached(Failpoint.NEW_LINES_FOUND, f"raw/{self._schema.name}")
        rejected = self._tables.commit_rejected(news)
        return self._tables.commit_raw(news, transactions), rejected

    def has_rejected(self, ranges: Ranges) -> bool:
        """Whether rejected has a line within offset ranges of partitions."""
        return self._tables.has_rejected(ranges)

    def clash(self, ranges: Ranges) -> Clash | None:
        return self._tables.clash(self._parsed.fitting, self._parsed.rejected, ranges)

    def runs(self) -> Sequence[Run]:
        parsed = (self._parsed.fitting, self._parsed.rejected, self._parsed.erased)
        lines = " UNION ALL ".join(f"SELECT kafka_partition, kafka_offset FROM {relation}" for relation in parsed)
        return self._session.rows(runs_sql(f"({lines}) AS lines"))

    def remember(self, erased: Sequence[Run]) -> None:
        places = {(partition, at) for partition, first, last in erased for at in range(first, last + 1)}
        if news := places - self.erased.places:
            rows = [Place(self._topic, str(partition), str(offset)) for partition, offset in sorted(news)]
            remember(self._session, LANDED, rows)
            self.erased = replace(self.erased, places=self.erased.places | news)

    def held(self) -> Held:
        return self._rebuild.held()

    def forget(self, transactions: Mapping[str, int]) -> None:
        self._rebuild.forget(transactions)

    def tidy(self) -> None:
        reached(Failpoint.INGESTED, f"raw/{self._schema.name}")
        maintenance.compact_if_fragmented(self._session.db, self.raw)
        maintenance.compact_if_fragmented(self._session.db, self.rejected)
