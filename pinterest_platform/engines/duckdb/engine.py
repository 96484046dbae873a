"""The engine contract on DuckDB: delegates to the modules of this package, and starts over after a conflict."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial

import duckdb

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import IngestResult, Progress, QueryResult, RefreshResult, silent
from pinterest_platform.engines.duckdb.ingest import DuckDBWriter
from pinterest_platform.engines.duckdb.refresh import DuckDBRefresh
from pinterest_platform.engines.duckdb.release import release
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.duckdb.snapshot import snapshot
from pinterest_platform.engines.ingestion import Ingestion
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.errors import without_values
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import out_of_memory
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.owner import claim
from pinterest_platform.lake.versions import require_files
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.settings import Settings

#: Errors that cannot contain values of rows: the query is not read yet, or the storage does not answer.
_BEFORE_READING = (
    duckdb.ParserException,
    duckdb.BinderException,
    duckdb.CatalogException,
    duckdb.IOException,
)


class DuckDBEngine:
    """See `contract.Engine`."""

    name = "duckdb"

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self._settings = settings
        self._catalog = catalog
        self.lake = Lake(settings.lake_root, keep_open=True)
        self._session = Session(self.lake, settings.memory_limit, catalog.pseudonyms)
        self._claimed = False

    def claim(self) -> None:
        """Claim the lake for the domain before the first table is written.

        Raises:
            LakeError: it belongs to another domain.
        """
        if not self._claimed:
            claim(self.lake, self._catalog.domain)
            self._claimed = True

    def ingest(self, record: str, *, full_refresh: bool = False, progress: Progress = silent) -> IngestResult:
        self.claim()
        store = open_zone(self._settings)
        schema, topic = self._catalog.domain.records[record], self._settings.topic(record)

        def attempt() -> IngestResult:
            writer = DuckDBWriter(self._session, store, schema, topic, rebuilt=full_refresh)
            return Ingestion(writer, store, record, topic).run(full_refresh=full_refresh, progress=progress)

        return until_no_conflict(attempt)

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        if as_of is not None:
            self.claim()
            columns = tuple(self._catalog.columns(address))
            return until_no_conflict(lambda: snapshot(self._session, address, columns, as_of))
        model = self._catalog.models[address]
        model.required_sql()  # Refuse a Spark-only model before a table is created for it.
        self.claim()
        with _engine_errors(f"{address} cannot be computed"):
            return until_no_conflict(
                lambda: DuckDBRefresh(self._session, self._catalog, model).run(full_refresh=full_refresh)
            )

    def release(self, record: str) -> int:
        schema = self._catalog.domain.records[record]
        return until_no_conflict(lambda: release(self._session, schema, self._settings.topic(record)))

    def query(self, sql: str, *, limit: int | None = None) -> QueryResult:
        return self.inspect(sql, limit=limit)

    def inspect(
        self,
        sql: str,
        *,
        limit: int | None = None,
        since: Mapping[str, int] | None = None,
        at: Mapping[str, int] | None = None,
    ) -> QueryResult:
        # Each table has one version within a query.
        relation = cache(partial(self._relation, since=since or {}) if at is None else partial(self._version, at=at))
        rendered = self._catalog.render_query(sql, "duckdb", relation)
        if limit is not None:
            rendered = f"SELECT * FROM ({rendered}) LIMIT {limit}"
        with _engine_errors("the query failed"):
            answer = self._session.db.execute(rendered)
        described = answer.description or []
        return QueryResult(tuple(d[0] for d in described), tuple(str(d[1]) for d in described), answer.fetchall())

    def close(self) -> None:
        self._session.close()

    def _version(self, address: str, at: Mapping[str, int]) -> str:
        """SQL for the rows of a table at a version."""
        table = self.lake.open(address, at[address]) if address in at else None
        if table is None:
            return self._session.empty(self._catalog.columns(address))
        require_files(table, address, self.lake.require(address).version())
        return self._session.scan(table, self._catalog.columns(address))

    def _relation(self, name: str, since: Mapping[str, int]) -> str:
        """SQL for the rows of a table, or for its new rows if `name` starts with `new/`."""
        address = name.removeprefix("new/")
        table, columns = self.lake.open(address), self._catalog.columns(address)
        if table is None:
            return self._session.empty(columns)
        changes = (
            changes_since(self._session.db, table, since[address]) if address != name and address in since else None
        )
        if changes is None:
            return self._session.scan(table, columns)
        if not changes.added:
            return self._session.empty(columns)
        return self._session.read_files(table, changes.added, columns)


@contextmanager
def _engine_errors(what: str) -> Iterator[None]:
    """Convert errors of DuckDB, without the values of rows in their messages."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise LakeError(f"{what}: {out_of_memory(error)}") from None
    except duckdb.Error as error:
        told = str(error) if isinstance(error, _BEFORE_READING) else without_values(str(error)).splitlines()[0]
        raise LakeError(f"{what}: {told}") from None
