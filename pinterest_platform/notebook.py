"""Reads the lake's tables in a notebook or a Python shell, each with one line of code. It never writes.

    from pinterest_platform.notebook import lake

    lake                                               # lists the tables
    lake.duckdb("cleaned/pin").filter("follower_count > 1000000")
    lake.arrow("analytics/top_user_by_country", at=3)
    lake.spark("cleaned/pin", at="2026-11-20T08:00:00")

It uses the settings of the command line, and reads them in the current folder when you first read a table.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pinterest_platform.addresses import dotted
from pinterest_platform.catalog import Catalog
from pinterest_platform.domains import load
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.errors import PlatformError
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake, StoredTable
from pinterest_platform.lake.versions import require_files, versions_as_of
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.catalog import load_catalog

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyRelation
    from pyspark.sql import DataFrame

    from pinterest_platform.engines.spark.spark_tables import SparkTables

#: A version number, or a time: an ISO 8601 text, in UTC unless it has an offset, or a datetime.
At = int | str | datetime


class NotebookError(PlatformError):
    """The table, or the requested form of it, does not exist. The message lists what exists."""


class Tables:
    """The tables and views of a domain. `overrides` are settings that take precedence over the environment."""

    def __init__(self, **overrides: object) -> None:
        self._overrides = overrides

    def __repr__(self) -> str:
        return f"Lake at {self._settings.lake_root}: {', '.join(self.names)}"

    @property
    def names(self) -> list[str]:
        """Addresses of the existing tables and views."""
        made = [address for address in self._catalog.addresses if self._lake.open(address) is not None]
        return [*made, *self._catalog.views]

    def duckdb(self, name: str, at: At | None = None) -> DuckDBPyRelation:
        """The rows of a table or view as a DuckDB relation, which reads them lazily.

        Raises:
            NotebookError: the table does not exist.
            LakeError: it cannot be read, or does not have this version.
        """
        address = self._address(name, at)

        def rows(read: str) -> str:
            columns, table = self._catalog.columns(read), self._table(read, at)
            return self._session.scan(table, columns) if table else self._session.empty(columns)

        return self._session.db.sql(self._catalog.render_query(_all_of(address), "duckdb", rows))

    def arrow(self, name: str, at: At | None = None) -> pa.Table:
        """The rows as a pyarrow table in memory.

        Raises:
            NotebookError: as `duckdb`, or pyarrow is not installed.
            LakeError: as `duckdb`.
        """
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise NotebookError("Arrow tables require pyarrow: pip install pyarrow") from None
        return self.duckdb(name, at).to_arrow_table()

    def spark(self, name: str, at: At | None = None) -> DataFrame:
        """The rows as a Spark DataFrame, in this process's session, or in a session that the settings configure.

        Raises:
            NotebookError, LakeError: as `duckdb`.
            EngineError: Spark is not available.
        """
        address = self._address(name, at)

        def rows(read: str) -> str:
            return self._spark.scan(read, self._table(read, at), self._catalog.columns(read))

        return self._spark.run(self._catalog.render_query(_all_of(address), "spark", rows))

    def close(self) -> None:
        """Close DuckDB and a Spark session that was opened here. Their relations and DataFrames stop working."""
        for held in ("_session", "_spark"):
            if opened := self.__dict__.pop(held, None):
                opened.close()

    @cached_property
    def _platform(self) -> tuple[Settings, Catalog]:
        settings, domain = load(**self._overrides)
        return settings, load_catalog(settings, domain)

    @property
    def _settings(self) -> Settings:
        return self._platform[0]

    @property
    def _catalog(self) -> Catalog:
        return self._platform[1]

    @cached_property
    def _lake(self) -> Lake:
        return Lake(self._settings.lake_root)

    @cached_property
    def _session(self) -> Session:
        return Session(self._lake, self._settings.memory_limit)

    @cached_property
    def _spark(self) -> SparkTables:
        from pinterest_platform.engines.spark.spark_tables import SparkTables

        return SparkTables(self._settings, self._lake, read_only=True)

    def _address(self, name: str, at: At | None) -> str:
        address = name.replace(".", "/", 1)
        known = (*self._catalog.addresses, *self._catalog.views)
        if address not in known:
            raise NotebookError(f"{name!r} is not a table; the tables and views are {', '.join(known)}")
        if address in self._catalog.views and at is not None:
            raise NotebookError(f"{name!r} is a view, and views have no versions; read its tables instead")
        if address in self._catalog.addresses:
            self._lake.require(address)
        elif next(self._lake.addresses(), None) is None:
            raise LakeError(f"{self._settings.lake_root} has no tables; run `pinterest-platform run` to create them")
        return address

    def _table(self, address: str, at: At | None) -> StoredTable | None:
        """The current table, or the table as it was; None if a table of a view does not exist yet."""
        if at is None:
            return self._lake.open(address)
        newest = self._lake.require(address).version()
        version = _version(at, lambda moment: versions_as_of(self._lake, [address], moment, address).get(address))
        if version is None or not 0 <= version <= newest:
            missing = f"had no version at {at}" if version is None else f"has no version {at}"
            raise LakeError(f"{address}: {missing}; its versions are 0 to {newest}")
        table = self._lake.open(address, version)
        assert table is not None
        require_files(table, address, newest)
        return table


def _version(at: At, version_at: Callable[[str], int | None]) -> int | None:
    if isinstance(at, int):
        return at
    text = at.isoformat() if isinstance(at, datetime) else at
    return int(text) if text.isascii() and text.isdigit() else version_at(text)


def _all_of(address: str) -> str:
    return f"SELECT * FROM {dotted(address)}"


#: The tables for the environment's settings.
lake = Tables()
