"""The engine contract on DuckDB: which piece does what, and starting over after a conflict."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import duckdb

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import IngestResult, Progress, QueryResult, RefreshResult, silent
from pinterest_platform.engines.duckdb.ingest import DuckDBWriter
from pinterest_platform.engines.duckdb.refresh import DuckDBRefresh
from pinterest_platform.engines.duckdb.release import release
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.duckdb.snapshot import snapshot
from pinterest_platform.engines.ingestion import Ingestion
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.tables import Lake, LakeConflictError, LakeError
from pinterest_platform.landing.batches import ChangedWhileReadError
from pinterest_platform.landing.store import LandingError, open_store
from pinterest_platform.settings import Settings

#: A conflict means that another writer got something done; ten in a row mean something else is wrong.
_ATTEMPTS = 10

T = TypeVar("T")


class DuckDBEngine:
    """See `contract.Engine`."""

    name = "duckdb"

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self._lake = Lake(settings.lake_root)
        self._session = Session(self._lake, settings.memory_limit)

    def ingest(self, record: str, *, full_refresh: bool = False, progress: Progress = silent) -> IngestResult:
        store = open_store(self._settings.landing_root)
        topic = self._settings.topic(record)

        def attempt() -> IngestResult:
            writer = DuckDBWriter(self._session, store, record, topic)
            return Ingestion(writer, store, record, topic).run(full_refresh=full_refresh, progress=progress)

        return _until_no_conflict(attempt)

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        if as_of is not None:
            columns = tuple(self._catalog.columns(address))
            return _until_no_conflict(lambda: snapshot(self._session, address, columns, as_of))
        model = self._catalog.models[address]
        model.required_sql()  # What only Spark computes is refused before a table is made for it.
        return _until_no_conflict(
            lambda: DuckDBRefresh(self._session, self._catalog, model).run(full_refresh=full_refresh)
        )

    def release(self, record: str) -> int:
        return _until_no_conflict(lambda: release(self._session, record, self._settings.topic(record)))

    def query(self, sql: str, *, limit: int | None = None, since: Mapping[str, int] | None = None) -> QueryResult:
        versions = since or {}
        rendered = self._catalog.render_query(sql, "duckdb", lambda address: self._relation(address, versions))
        if limit is not None:
            rendered = f"SELECT * FROM ({rendered}) LIMIT {limit}"
        try:
            answer = self._session.db.execute(rendered)
        except duckdb.Error as error:
            raise LakeError(f"the query failed: {error}") from error
        described = answer.description or []
        return QueryResult(tuple(d[0] for d in described), tuple(str(d[1]) for d in described), answer.fetchall())

    def close(self) -> None:
        self._session.close()

    def _relation(self, name: str, since: Mapping[str, int]) -> str:
        """SQL for the rows of a table, or of its new ones where `name` says so."""
        address = name.removeprefix("new/")
        table, columns = self._lake.open(address), self._catalog.columns(address)
        if table is None:
            return self._session.empty(columns)
        changes = (
            changes_since(self._session.db, table, since[address]) if address != name and address in since else None
        )
        if changes is None:
            return self._session.scan(table)
        return self._session.read_files(changes.added) if changes.added else self._session.empty(columns)


def _until_no_conflict(attempt: Callable[[], T]) -> T:
    """Repeat `attempt` while another writer or a re-sent object comes in between."""
    for number in range(1, _ATTEMPTS + 1):
        try:
            return attempt()
        except LakeConflictError:
            if number == _ATTEMPTS:
                raise
        except ChangedWhileReadError as error:
            if number == _ATTEMPTS:
                raise LandingError(f"landing zone: {error} changes faster than it can be read") from error
        time.sleep(random.uniform(0, 0.05 * number))
    raise AssertionError("the last attempt returns or raises")
