"""Computes modelled tables with Spark; `engines.refreshing` decides what to compute.

Executors write the rows. The driver commits their files, with the upstream versions they were computed from.

Spark itself commits to tables in Unity Catalog, and merges into tables of many files. That commit takes the table's
next number, and a second commit records the upstream versions. Between the two, the table is correct but looks older
than it is, so it is computed once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.engines.contract import Outcome
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.refreshing import Gained, Refresh
from pinterest_platform.engines.spark.functions import run_function
from pinterest_platform.engines.spark.kept import kept
from pinterest_platform.engines.spark.spark_tables import SparkTables, spark_errors
from pinterest_platform.engines.spark.writing import typed, write
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import DataFile
from pinterest_platform.schemas import TOMBSTONE
from pinterest_platform.sql import identifier, literal

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ARRIVED, _COMPUTED, _CHANGED = "arrived_keys", "computed_rows", "changed_rows"
#: Column of an arrived key: whether a tombstone arrived for it. Column of a changed row: whether to delete it.
_DEAD = "_dead"
#: Relation of stored rows, and their column with the name of the data file.
_STORED, _FILE = "stored_rows", "_file"
#: The driver writes results of up to this many rows.
_SMALL_ROWS = 10_000
_RESULT = "result"


class SparkRefresh(Refresh):
    """See `refreshing.Refresh`. `session` is a DuckDB connection of the driver, which reads Delta logs."""

    def __init__(
        self, tables: SparkTables, session: Session, catalog: Catalog, model: Model, memory_limit: str
    ) -> None:
        super().__init__(session, catalog, model)
        self._memory_limit = memory_limit
        self._tables = tables
        #: Lowest and highest arrived value of the key's first column, as text; whether any is NULL; its type.
        self._reach: list[Any] = []
        #: Whether a tombstone arrived.
        self._any_dead = False
        self._columns = [identifier(c.name) for c in model.columns]

    @cached_property
    def _scans(self) -> Mapping[str, str]:
        """SQL for the rows of each upstream. Lazy, because a refresh that finds nothing new needs neither these nor a
        session."""
        return {
            address: self._tables.scan(address, table, self._catalog.columns(address))
            for address, table in self._found.items()
        }

    def _computed(self) -> DataFrame:
        """The rows of the model, computed by its function if it has one."""
        if self._model.function is not None:
            return run_function(
                self._model, self._model.function, lambda a: self._tables.run(f"SELECT * FROM {self._scans[a]}")
            )
        sql = self._model.render("spark", self._scans.__getitem__)
        return self._tables.run(sql).select(*self._columns)

    def _replace(self, *, always: bool) -> tuple[Outcome, int]:
        frame, model = self._computed(), self._model
        if model.source_keys:
            frame = frame.sortWithinPartitions(*(identifier(name) for name in model.key))
            return "replaced", self._overwrite(frame)
        always = always or self._target.version() == 0 or not self._same_columns
        if always and self._tables.unity_catalog:
            return "replaced", self._overwrite(frame)
        with kept(frame) as rows:
            if not self._tables.unity_catalog and self._fetched(rows):
                return self._store(_RESULT, always=always)
            return ("unchanged", 0) if not always and self._equals(rows) else ("replaced", self._overwrite(rows))

    def _fetched(self, rows: DataFrame) -> bool:
        """Whether a result is small enough that it was fetched into the session's table `_RESULT`, in its order.

        There it is compared and committed without another Spark job.
        """
        with spark_errors():
            first = rows.limit(_SMALL_ROWS + 1).toArrow()
        if first.num_rows > _SMALL_ROWS:
            return False
        db = self._session.db
        db.register("fetched", first)
        db.execute(f"CREATE OR REPLACE TEMP TABLE {_RESULT} AS {typed(self._model.columns, 'fetched')}")
        db.unregister("fetched")
        return True

    def _equals(self, rows: DataFrame) -> bool:
        table = self._tables.scan(self._model.address, self._target, ())
        stored = self._tables.run(f"SELECT {', '.join(self._columns)} FROM {table}")
        with spark_errors():
            return not rows.exceptAll(stored).union(stored.exceptAll(rows)).head(1)

    def _overwrite(self, rows: DataFrame) -> int:
        if not self._tables.unity_catalog:
            files = self._write(rows)
            self._commit_whole(files)
            return sum(file.rows for file in files)
        with self._tables.commit(self._target, self._number) as metrics, spark_errors():
            writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", not self._same_columns)
            writer.saveAsTable(self._tables.name(self._model.address))
        commit(self._target, transactions=self._transactions)
        return metrics.get("numOutputRows", 0)

    def _write(self, rows: DataFrame) -> list[DataFile]:
        model = self._model
        return write(rows, self._session.lake.root, model.address, model.columns, self._memory_limit)

    def _arrived(self, gained: Mapping[str, Gained]) -> int | None:
        parts = []
        for address, columns in self._model.source_keys.items():
            if address in gained and gained[address].files:
                new = gained[address]
                rows = self._tables.added(address, new.since, self._upstreams[address], new.files)
                if rows is None:
                    return None
                parts.append(self._keys(rows, columns))
        reduce(lambda left, right: left.union(right), parts).createOrReplaceTempView(_ARRIVED)
        first = identifier(self._model.key[0])
        try:
            [(count, dead, *self._reach)] = self._tables.rows(
                f"SELECT count(*), count({_DEAD}), CAST(min({first}) AS string), CAST(max({first}) AS string), "
                f"count(*) > count({first}), any_value(typeof({first})) FROM {_ARRIVED}"
            )
        except LakeError:
            return None
        self._any_dead = dead > 0
        return int(count)

    def _keys(self, rows: DataFrame, columns: Sequence[str]) -> DataFrame:
        """The keys of the rows of an upstream, whose `columns` hold it, and whether each row is a tombstone."""
        named = [f"{identifier(c)} AS {identifier(name)}" for c, name in zip(columns, self._model.key, strict=True)]
        dead = TOMBSTONE.name if TOMBSTONE.name in rows.columns else "CAST(NULL AS boolean)"
        return rows.selectExpr(*named, f"{dead} AS {_DEAD}")

    def _merge(self) -> int:
        with kept(self._changed()) as changed:
            with spark_errors():
                count = changed.count()
            if not count:
                commit(self._target, transactions={**self._transactions, **self._number})
                return 0
            changed.createOrReplaceTempView(_CHANGED)
            paths = self._tables.few_files(self._target)
            if paths is None:
                self._merge_by_delta()
            else:
                self._merge_files(paths)
        maintenance.compact_if_fragmented(self._session.db, self._target, self._model.key)
        return count

    def _merge_files(self, paths: Sequence[str]) -> None:
        """Replace the files of the table that have a row with a changed key."""
        columns, order = ", ".join(self._columns), [identifier(name) for name in self._model.key]
        rows = self._tables.run(f"SELECT {columns} FROM {_CHANGED} WHERE NOT {_DEAD}")
        touched = self._touched(paths)
        if touched:
            others = f"{_FILE} IN ({', '.join(map(literal, touched))}) AND NOT {self._is_changed}"
            rows = rows.union(self._tables.run(f"SELECT {columns} FROM {_STORED} AS have WHERE {others}"))
        files = self._write(rows.orderBy(*order) if touched else rows.sortWithinPartitions(*order))
        commit(self._target, add=files, remove=touched, transactions={**self._transactions, **self._number})

    @property
    def _is_changed(self) -> str:
        """SQL for whether the row `have` has a changed key."""
        return f"EXISTS (SELECT 1 FROM {_CHANGED} AS changed WHERE {self._same_key(self._model.key, 'changed')})"

    def _touched(self, paths: Sequence[str]) -> list[str]:
        """Names of the table's files that have a row with a changed key. The view `_STORED` gets the rows of all
        files."""
        if not paths:
            return []
        stored = self._tables.read_files(self._target, paths)
        stored.selectExpr("*", f"_metadata.file_name AS {_FILE}").createOrReplaceTempView(_STORED)
        stale = f"{self._is_changed}{self._bounds(self._model.key)}"
        return [name for (name,) in self._tables.rows(f"SELECT DISTINCT {_FILE} FROM {_STORED} AS have WHERE {stale}")]

    def _merge_by_delta(self) -> None:
        with self._tables.commit(self._target, self._number):
            self._tables.run(
                f"""
                MERGE INTO {self._tables.name(self._model.address)} AS have USING {_CHANGED} AS changed
                ON {self._same_key(self._model.key, "changed")}{self._bounds(self._model.key)}
                WHEN MATCHED AND changed.{_DEAD} THEN DELETE
                WHEN MATCHED THEN UPDATE SET *
                WHEN NOT MATCHED THEN INSERT *
                """
            )
        commit(self._target, transactions=self._transactions)

    def _changed(self) -> DataFrame:
        """The rows of arrived keys that are new or differ from those in the table.

        Also the rows in the table whose key has a tombstone as its newest record, marked for deletion.
        """
        key = self._model.key
        affected = {
            address: f"(SELECT * FROM {self._scans[address]} AS have WHERE EXISTS (SELECT 1 FROM {_ARRIVED} WHERE "
            f"{self._same_key(key, _ARRIVED, columns)}){self._bounds(columns)})"
            for address, columns in self._model.source_keys.items()
        }
        computed = self._tables.run(self._model.render("spark", affected.__getitem__)).select(*self._columns)
        table = self._tables.scan(self._model.address, self._target, ())
        columns = ", ".join(self._columns)
        stored = f"SELECT {columns} FROM {table} AS have WHERE true{self._bounds(key)}"
        changed = computed.exceptAll(self._tables.run(stored)).selectExpr("*", f"false AS {_DEAD}")
        if not self._any_dead:
            return changed
        computed.createOrReplaceTempView(_COMPUTED)
        return changed.union(
            self._tables.run(
                f"SELECT *, true FROM ({stored}) AS have "
                f"WHERE EXISTS (SELECT 1 FROM {_ARRIVED} WHERE {self._same_key(key, _ARRIVED)}) "
                f"AND NOT EXISTS (SELECT 1 FROM {_COMPUTED} WHERE {self._same_key(key, _COMPUTED)})"
            )
        )

    def _same_key(self, key: Sequence[str], other: str, columns: Sequence[str] = ()) -> str:
        """SQL for whether the row `have` has the same key as the one in `other`; NULL is a key like any other.

        `columns` are those of `have` that hold the key, if they have other names.
        """
        pairs = zip(columns or key, key, strict=True)
        return " AND ".join(f"have.{identifier(column)} <=> {other}.{identifier(name)}" for column, name in pairs)

    def _bounds(self, key: Sequence[str]) -> str:
        """A condition on the first column of the key that lets a scan skip files outside the arrived range.

        Empty if a key is NULL.
        """
        low, high, nulls, kind = self._reach
        if nulls or low is None:
            return ""
        lowest, highest = (f"CAST({literal(bound)} AS {kind})" for bound in (low, high))
        return f" AND have.{identifier(key[0])} BETWEEN {lowest} AND {highest}"
