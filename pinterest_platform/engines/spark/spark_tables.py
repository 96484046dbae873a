"""The lake's tables in Spark, and Spark commits that detect other writers.

A table is named by its path or, with PINTEREST_UNITY_CATALOG, `<catalog>.<layer>.<table>`: an external table of that
catalog at the same path. As on any engine, delta-rs reads what a commit records.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from deltalake import DeltaTable

from pinterest_platform.engines.spark.session import close_session, open_session
from pinterest_platform.errors import without_values
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.columns import TableColumn, databricks_type
from pinterest_platform.lake.errors import LakeConflictError, LakeError
from pinterest_platform.lake.files import data_paths, location
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.transactions import transaction_versions
from pinterest_platform.landing.batches import ChangedWhileReadError
from pinterest_platform.landing.store import LandingError
from pinterest_platform.pseudonyms import Pseudonyms, relation
from pinterest_platform.settings import Settings
from pinterest_platform.sql import identifier, literal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_APP = "spark.databricks.delta.write.txnAppId"
_NUMBER = "spark.databricks.delta.write.txnVersion"
_CHANGE_FEED = "delta.enableChangeDataFeed"
_LABEL = "spark.databricks.delta.commitInfo.userMetadata"

#: Spark lists more files than this in a separate job.
_MOST_FILES = 32
#: Characters that Spark reads as a pattern of names.
_PATTERN = re.compile(r"([\[\]{}*?\\,])")
#: Delta's messages if another writer committed first.
_CONFLICT = re.compile(
    r"DELTA_(CONCURRENT_|METADATA_CHANGED|PROTOCOL_CHANGED)|"
    r"\b(Concurrent(Append|DeleteDelete|DeleteRead|Transaction|Write)|MetadataChanged|ProtocolChanged)Exception"
)
#: Our own errors from an executor: the last line of a Python traceback.
_FROM_EXECUTOR = re.compile(r"(?:\w+\.)*(ChangedWhileReadError|LandingError|LakeError): (.*)")
_OURS = {"ChangedWhileReadError": ChangedWhileReadError, "LandingError": LandingError, "LakeError": LakeError}


class SparkTables:
    """Tables of `lake` in a session, which is opened on first use or taken from `given`.

    If `unity_catalog` is empty, tables are named by path. `pseudonyms` are those that models create in the session.
    With `read_only`, no table and no view is registered in it.
    """

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        pseudonyms: Pseudonyms | None = None,
        given: Callable[[], SparkSession] | None = None,
        *,
        read_only: bool = False,
    ) -> None:
        self._settings = settings
        self._given = given
        self._read_only = read_only
        self.unity_catalog = settings.unity_catalog
        self._lake = lake
        self._pseudonyms = pseudonyms
        self._registered: set[str] = set()
        #: By address, the view of its files at one version. Other users of the session have their own views.
        self._views: dict[str, str] = {}
        self._own = uuid4().hex

    @cached_property
    def spark(self) -> SparkSession:
        session = self._given() if self._given else open_session(self._settings)
        if self._pseudonyms:
            # Rows from the driver, because no plan that Spark shows or logs includes their values.
            rows = [tuple(map(bytearray, self._pseudonyms.pads))]
            keys = session.createDataFrame(rows, "inner_pad binary, outer_pad binary")
            keys.createOrReplaceTempView(relation(self._pseudonyms.mark))
        return session

    def close(self) -> None:
        opened = self.__dict__.get("spark")
        if opened is None:
            return
        with suppress(LakeError), spark_errors():  # Spark may have died.
            for view in self._views.values():
                opened.catalog.dropTempView(view)
        self._views.clear()
        del self.spark
        if self._given is None:
            close_session(opened)

    def name(self, address: str) -> str:
        """The SQL name of an existing table."""
        if not self.unity_catalog:
            return f"delta.{identifier(self._lake.uri(address))}"
        layer, _, table = address.rpartition("/")
        schema = f"{identifier(self.unity_catalog)}.{identifier(layer)}"
        name = f"{schema}.{identifier(table)}"
        if address not in self._registered and not self._read_only:
            self._register(address, schema, name)
            self._registered.add(address)
        return name

    def _register(self, address: str, schema: str, name: str) -> None:
        """Register the table in Unity Catalog, with the change feed that merges need."""
        self.run(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self.run(f"CREATE TABLE IF NOT EXISTS {name} USING DELTA LOCATION {literal(self._lake.uri(address))}")
        if self._lake.require(address).metadata().configuration.get(_CHANGE_FEED) != "true":
            self.run(f"ALTER TABLE {name} SET TBLPROPERTIES ({literal(_CHANGE_FEED)} = 'true')")

    def scan(self, address: str, table: DeltaTable | None, columns: Sequence[TableColumn]) -> str:
        """SQL for the rows of a table at its loaded version, or for no rows if the table is None.

        Missing columns of `columns` are null. A table lacks columns that were declared after it was last written.
        """
        have = {field.name for field in table.schema().fields} if table else ()
        lacking = [f"CAST(NULL AS {c.type}) AS {identifier(c.name)}" for c in columns if c.name not in have]
        if table is None:
            return f"(SELECT {', '.join(lacking)} LIMIT 0)"
        return f"(SELECT {', '.join(['*', *lacking])} FROM {self._rows(address, table)})"

    def few_files(self, table: DeltaTable) -> list[str] | None:
        """The data files of a table as loaded. None if there are many, or if its rows are not exactly those of its
        files."""
        paths = None if self.unity_catalog or self._read_only else data_paths(table)
        return None if paths is None or len(paths) > _MOST_FILES else paths

    def _rows(self, address: str, table: DeltaTable) -> str:
        """The SQL name of a table's rows at its loaded version.

        delta-rs has read the log anyway. Delta would take half a second to read it again, and with few files it could
        not skip any that a query does not need.
        """
        paths = self.few_files(table)
        if paths is None:
            return f"{self.name(address)} VERSION AS OF {table.version()}"
        view = f"rows_{UUID(str(table.metadata().id)).hex}_{table.version()}_{self._own}"
        if self._views.get(address) != view:
            with spark_errors():
                self.read_files(table, paths).createOrReplaceTempView(view)
                if before := self._views.pop(address, None):
                    self.spark.catalog.dropTempView(before)
            self._views[address] = view
        return view

    def added(self, address: str, since: int, table: DeltaTable, files: Sequence[str]) -> DataFrame | None:
        """The rows in `files`, which a table, as loaded, gained after a version; None if the files are gone.

        Unity Catalog does not allow reading the files of its tables, but has their change feed.
        """
        from pyspark.errors import AnalysisException

        try:
            if not self.unity_catalog:
                return self.read_files(table, files)
            last = table.version()
            return self.run(f"SELECT * FROM table_changes({literal(self.name(address))}, {since + 1}, {last})")
        except (AnalysisException, LakeError):
            return None

    def read_files(self, table: DeltaTable, paths: Sequence[str]) -> DataFrame:
        """The rows of data files in a table's folder, with its columns."""
        fields = table.schema().fields
        columns = ", ".join(f"{identifier(field.name)} {databricks_type(field.type)}" for field in fields)
        if not paths:
            return self.spark.createDataFrame([], columns)
        return self.spark.read.schema(columns).parquet(*(_PATTERN.sub(r"\\\1", path) for path in paths))

    def run(self, sql: str) -> DataFrame:
        """The result of a statement. Commands are executed immediately.

        Raises:
            LakeConflictError: another writer committed first.
            LakeError: it failed for another reason.
        """
        with spark_errors():
            return self.spark.sql(sql)

    def rows(self, sql: str) -> list[Any]:
        with spark_errors():
            return self.spark.sql(sql).collect()

    @contextmanager
    def commit(self, table: DeltaTable, number: Mapping[str, int]) -> Iterator[dict[str, int]]:
        """Let one statement write to `table` within the context, and take the `number` that only one writer can take.

        Afterwards, the table is at its newest version, and the dictionary has Delta's metrics of the commit.

        Raises:
            LakeConflictError: another writer took the number; nothing was written.
            LakeError: the write failed.
        """
        [(app, version)] = number.items()
        label = str(uuid4())
        before = table.version()
        metrics: dict[str, int] = {}
        confs = {_APP: app, _NUMBER: str(version), _LABEL: label}
        for name, value in confs.items():
            self.spark.conf.set(name, value)
        try:
            with spark_errors():
                yield metrics
        finally:
            for name in confs:
                self.spark.conf.unset(name)
        table.update_incremental()
        taken = transaction_versions(table, [app]).get(app)
        for entry in table.history(table.version() - before or 1):
            if entry.get("userMetadata") == label and taken == version:
                found = entry.get("operationMetrics") or {}
                metrics.update({name: int(value) for name, value in found.items() if str(value).isdigit()})
                reached(Failpoint.COMMITTED, location(table))
                return
        raise LakeConflictError(f"{location(table)}: another writer took number {version} of {app}")


@contextmanager
def spark_errors() -> Iterator[None]:
    """Convert errors of Spark to the platform's own."""
    from py4j.protocol import Py4JError
    from pyspark.errors import AnalysisException, PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        told = str(error)
        if _CONFLICT.search(told):
            raise LakeConflictError(f"another writer committed first: {_first_line(told)}") from error
        for kind, message in _FROM_EXECUTOR.findall(told):
            raise _OURS[kind](message) from error
        # The full error, as Dagster stores it, also has the values.
        shown = told if isinstance(error, AnalysisException) else without_values(told)
        raise LakeError(f"Spark: {_first_line(shown)}") from (error if shown == told else None)


def _first_line(text: str) -> str:
    return next((line.strip() for line in text.splitlines() if line.strip()), text)
