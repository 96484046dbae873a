"""The engine contract on Spark: in this process, over Spark Connect, on a cluster, on Databricks.

DuckDB beside the driver does the work that needs no cluster: reading Delta logs, releasing rejected lines, copies for
time travel, joining small files. It also handles landing objects and tables of less than PINTEREST_SPARK_MIN_MB. The
session is opened on first use. Only Spark writes tables that Unity Catalog names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import IngestResult, Progress, QueryResult, RefreshResult, silent
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.ingestion import Ingestion
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.engines.spark.ingest import SparkWriter
from pinterest_platform.engines.spark.refresh import SparkRefresh
from pinterest_platform.engines.spark.spark_tables import SparkTables, spark_errors
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.files import data_bytes
from pinterest_platform.lake.lake import Lake
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

#: DuckDB answers the platform's queries of tables with fewer bytes of data files, however little else it handles. A
#: check reads a few columns, and finishes before a Spark job would have started.
_ASKED_BYTES = 512 * 2**20


class SparkEngine:
    """See `contract.Engine`. `spark` supplies a session, which the engine does not close."""

    def __init__(self, settings: Settings, catalog: Catalog, spark: Callable[[], SparkSession] | None = None) -> None:
        self.name: str = settings.engine
        self._settings = settings
        self._catalog = catalog
        self._driver_bytes = settings.spark_min_mb * 2**20
        self.lake = Lake(settings.lake_root)
        self._session = Session(self.lake, settings.memory_limit)
        self._tables = SparkTables(settings, self.lake, catalog.pseudonyms, spark)
        self._alone = DuckDBEngine(settings, catalog)

    def ingest(self, record: str, *, full_refresh: bool = False, progress: Progress = silent) -> IngestResult:
        self._alone.claim()
        store, schema = open_zone(self._settings), self._catalog.domain.records[record]

        def attempt() -> IngestResult:
            writer = SparkWriter(self._tables, self._session, self._settings, schema, rebuilt=full_refresh)
            return Ingestion(writer, store, record, self._settings.topic(record)).run(
                full_refresh=full_refresh, progress=progress
            )

        return until_no_conflict(attempt)

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        self._alone.claim()
        model = self._catalog.models[address]
        if as_of is not None or (
            model.sql is not None and self._fits_driver([address, *model.upstreams], self._driver_bytes)
        ):
            return self._alone.refresh(address, full_refresh=full_refresh, as_of=as_of)

        def attempt() -> RefreshResult:
            refresh = SparkRefresh(self._tables, self._session, self._catalog, model, self._settings.task_memory_limit)
            return refresh.run(full_refresh=full_refresh)

        return until_no_conflict(attempt)

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
        if at is not None or self._fits_driver(self._read_by(sql), max(self._driver_bytes, _ASKED_BYTES)):
            return self._alone.inspect(sql, limit=limit, since=since, at=at)
        return self._query(sql, limit, since or {})

    def _fits_driver(self, addresses: Iterable[str], most: int) -> bool:
        """Whether DuckDB may use these tables, and they have fewer bytes than `most`."""
        if self._settings.unity_catalog:
            return False
        return sum(data_bytes(table) for table in map(self.lake.open, addresses) if table) < most

    def _read_by(self, sql: str) -> set[str]:
        """Addresses of the tables that a query reads."""
        read: set[str] = set()

        def name(address: str) -> str:
            read.add(address.removeprefix("new/"))
            return address

        self._catalog.render_query(sql, "spark", name)
        return read

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
        self._tables.close()
        self._session.close()
        self._alone.close()

    def _relation(self, name: str, since: Mapping[str, int]) -> str:
        """SQL for the rows of a table, or for its new rows if `name` starts with `new/`."""
        address = name.removeprefix("new/")
        table, columns = self.lake.open(address), self._catalog.columns(address)
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
