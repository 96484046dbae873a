"""Rebuilds a raw table: what it is known to hold, and the commit that removes a topic from it.

`engines.rebuilding` checks what the landing zone must have for that.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from pinterest_platform.engines.duckdb.raw import RawTables
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.rebuilding import Held, runs_sql
from pinterest_platform.lake.columns import delta_schema, differences, sql_type
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import read_files
from pinterest_platform.lake.lake import storage_errors
from pinterest_platform.lake.positions import batch_number, recorded
from pinterest_platform.lake.remains import Remains, read_remains
from pinterest_platform.schemas import PROVENANCE
from pinterest_platform.sql import quote, text


class Rebuild:
    """The rebuild of the raw table of one topic, as one writer sees it."""

    def __init__(self, session: Session, tables: RawTables, topic: str) -> None:
        self._session = session
        self._tables = tables
        self._topic = topic
        self._damage = tables.damage

    def held(self) -> Held:
        """See `ingestion.RawWriter`."""
        if not self._damage:
            try:
                return Held(self._session.rows(runs_sql(self._of_topic(self._session.scan(self._tables.raw)))))
            except (duckdb.IOException, duckdb.InvalidInputException) as error:
                self._damage = f"{self._tables.address}: {error}"
        lake = self._session.lake
        with storage_errors():
            remains = read_remains(self._session.db, lake.storage, lake.uri(self._tables.address))
        rows = read_files(remains.paths, {c.name: sql_type(c.type) for c in PROVENANCE}) if remains.paths else ""
        self._check_alone(remains, rows)
        app = f"{self._topic}/"
        positions = {name.removeprefix(app): n for name, n in remains.transactions.items() if name.startswith(app)}
        return Held(
            offsets=self._session.rows(runs_sql(self._of_topic(rows))) if rows else [],
            damage=self._damage,
            next_offsets={int(partition): number for partition, number in positions.items() if partition.isdigit()},
            lost=tuple(remains.lost.values()),
            rejected=self._session.rows(runs_sql(self._of_topic(self._session.scan(self._tables.rejected)))),
        )

    def forget(self, transactions: Mapping[str, int]) -> None:
        """See `ingestion.RawWriter`."""
        if self._tables.damage:
            self._tables.create_raw()
        raw = self._tables.raw
        kept = "" if self._damage else self._others()
        files = self._session.write(raw, kept) if kept else []
        transactions = {**transactions, **batch_number(raw, self._topic), **recorded(raw, self._topic)}
        schema = delta_schema(self._tables.schema.raw_columns)
        commit(raw, add=files, transactions=transactions, replace=True, schema=schema)

    def _others(self) -> str:
        """SQL for the rows of other topics, which stay.

        Raises:
            LakeError: they do not fit the declared columns.
        """
        raw, columns = self._tables.raw, self._tables.schema.raw_columns
        others = f"FROM {self._session.scan(raw, columns)} WHERE kafka_topic <> {text(self._topic)}"
        refused = differences(raw, columns).refused
        if refused and (found := self._session.rows(f"SELECT DISTINCT kafka_topic {others}")):
            topics = ", ".join(sorted(topic for (topic,) in found))
            raise LakeError(
                f"{self._tables.address}: has rows of {topics}, which a full refresh of {self._topic} leaves alone, "
                f"but they do not fit the declared columns: {'; '.join(refused)}. Move the table away and ingest "
                "again, or declare the columns that it has."
            )
        return f"SELECT {', '.join(quote(c.name) for c in columns)} {others}"

    def _check_alone(self, remains: Remains, rows: str) -> None:
        """Refuse to rebuild a damaged table that has, or may have had, rows of another topic."""
        topics = {app.removesuffix("/batches") for app in remains.transactions if app.endswith("/batches")}
        if rows:
            topics |= {topic for (topic,) in self._session.rows(f"SELECT DISTINCT kafka_topic FROM {rows}")}
        if others := sorted(topics - {self._topic}):
            raise LakeError(
                f"{self._tables.address}: cannot be rebuilt from the objects of {self._topic} alone, because it also "
                f"has rows of {', '.join(others)}. Nothing was written. Restore its files from a backup: {self._damage}"
            )

    def _of_topic(self, rows: str) -> str:
        return f"(SELECT * FROM {rows} WHERE kafka_topic = {text(self._topic)}) AS of_topic"
