"""The engine contract on Spark: in this process, over Spark Connect, on a cluster, on Databricks.

What takes no cluster is left to DuckDB on the driver: reading Delta logs, checks and previews of small tables,
releasing rejected lines, copies for time travel, joining small files.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, cached_property, partial

from deltalake import DeltaTable

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import IngestResult, Progress, QueryResult, RefreshResult, silent
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.ingestion import Ingestion
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.engines.spark.ingest import SparkWriter
from pinterest_platform.engines.spark.refresh import SparkRefresh
from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.engines.spark.spark_tables import SparkTables, spark_errors
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.files import data_bytes
from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.stores import open_store
from pinterest_platform.settings import Settings

#: Data files up to so many bytes are read on the driver to inspect them: by DuckDB in a second or two.
_DRIVER_BYTES = 256 * 2**20


class SparkEngine:
    """See `contract.Engine`. The session is opened when it is first used."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.name: str = settings.engine
        self._settings = settings
        self._catalog = catalog
        self._lake = Lake(settings.lake_root)
        self._session = Session(self._lake, settings.memory_limit)
        self._alone = DuckDBEngine(settings, catalog)

    @cached_property
    def _tables(self) -> SparkTables:
        return SparkTables(open_session(self._settings), self._lake, self._settings.unity_catalog)

    def ingest(self, record: str, *, full_refresh: bool = False, progress: Progress = silent) -> IngestResult:
        store, schema = open_store(self._settings.landing_root), self._catalog.domain.records[record]

        def attempt() -> IngestResult:
            writer = SparkWriter(self._tables, self._session, self._settings, schema, rebuilt=full_refresh)
            return Ingestion(writer, store, record, self._settings.topic(record)).run(
                full_refresh=full_refresh, progress=progress
            )

        return until_no_conflict(attempt)

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        if as_of is not None:
            return self._alone.refresh(address, as_of=as_of)
        model = self._catalog.models[address]
        return until_no_conflict(
            lambda: SparkRefresh(self._tables, self._session, self._catalog, model).run(full_refresh=full_refresh)
        )

    def release(self, record: str) -> int:
        return self._alone.release(record)

    def query(self, sql: str, *, limit: int | None = None) -> QueryResult:
        return self._query(sql, limit, {})

    def inspect(
        self,
        sql: str,
        *,
        limit: int | None = None,
        since: Mapping[str, int] | None = None,
        at: Mapping[str, int] | None = None,
    ) -> QueryResult:
        if at is not None or self._fits_driver(sql):
            return self._alone.inspect(sql, limit=limit, since=since, at=at)
        return self._query(sql, limit, since or {})

    def _fits_driver(self, sql: str) -> bool:
        """Whether DuckDB may read the tables of a query, and has read them before a job of Spark would have begun."""
        if self._settings.unity_catalog:
            return False
        named: dict[str, DeltaTable | None] = {}

        def name(address: str) -> str:
            address = address.removeprefix("new/")
            named[address] = self._lake.open(address)
            return address

        self._catalog.render_query(sql, "spark", name)
        return sum(data_bytes(table) for table in named.values() if table) <= _DRIVER_BYTES

    def _query(self, sql: str, limit: int | None, since: Mapping[str, int]) -> QueryResult:
        relation = cache(partial(self._relation, since=since))  # One version of a table in one query.
        rendered = self._catalog.render_query(sql, "spark", relation)
        if limit is not None:
            rendered = f"SELECT * FROM ({rendered}) LIMIT {limit}"
        with spark_errors():
            frame = self._tables.spark.sql(rendered)
            rows = [tuple(row) for row in frame.collect()]
        kinds = tuple(field.dataType.simpleString() for field in frame.schema.fields)
        return QueryResult(tuple(frame.columns), kinds, rows)

    def close(self) -> None:
        if "_tables" in self.__dict__:
            close_session(self.__dict__.pop("_tables").spark)
        self._session.close()
        self._alone.close()

    def _relation(self, name: str, since: Mapping[str, int]) -> str:
        """SQL for the rows of a table, or of its new ones where `name` says so."""
        address = name.removeprefix("new/")
        table, columns = self._lake.open(address), self._catalog.columns(address)
        if table is not None and address != name and address in since:
            changes = changes_since(self._session.db, table, since[address])
            if changes is not None:
                gained = self._tables.added(address, since[address], table, changes.added) if changes.added else None
                if gained is not None:
                    view = "new_" + address.replace("/", "_")
                    gained.createOrReplaceTempView(view)
                    return view
                if not changes.added:
                    table = None
        return self._tables.scan(address, table, columns)
