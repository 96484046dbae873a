"""Computing a modelled table with Spark; what is to be computed is decided by `engines.refreshing`.

The rows are written in a commit of Spark's that takes the table's next number; which versions they were computed from
follows in a second one. Between the two the table is right and taken for older than it is: it is computed once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform.engines.contract import Outcome
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.refreshing import Gained, Refresh
from pinterest_platform.engines.spark.functions import run_function
from pinterest_platform.engines.spark.kept import kept
from pinterest_platform.engines.spark.tables import SparkTables, identifier, literal, spark_errors
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_ARRIVED, _STAGED = "arrived_keys", "staged_rows"


class SparkRefresh(Refresh):
    """See `refreshing.Refresh`. `session` is a DuckDB connection of the driver, which reads Delta logs."""

    def __init__(self, tables: SparkTables, session: Session, catalog: Catalog, model: Model) -> None:
        super().__init__(session.lake, session.db, catalog, model)
        self._session = session
        self._tables = tables
        self._scans = {
            address: tables.scan(address, table, catalog.columns(address)) for address, table in self._found.items()
        }
        self._columns = [identifier(c.name) for c in model.columns]

    def _computed(self) -> DataFrame:
        """The rows of the model, by its function where it has one."""
        if self._model.function is not None:
            return run_function(
                self._model, self._model.function, lambda a: self._tables.run(f"SELECT * FROM {self._scans[a]}")
            )
        sql = self._model.render("spark", self._scans.__getitem__)
        return self._tables.run(sql).select(*self._columns)

    def _replace(self, *, always: bool) -> tuple[Outcome, int]:
        frame, model = self._computed(), self._model
        if model.merge:
            frame = frame.sortWithinPartitions(*(identifier(name) for name in model.key))
            return "replaced", self._overwrite(frame)
        with kept(frame) as rows:
            if not always and self._target.version() > 0 and self._same_columns and self._is_same(rows):
                return "unchanged", 0
            return "replaced", self._overwrite(rows)

    def _is_same(self, rows: DataFrame) -> bool:
        table = self._tables.scan(self._model.address, self._target, ())
        stored = self._tables.run(f"SELECT {', '.join(self._columns)} FROM {table}")
        with spark_errors():
            return not rows.exceptAll(stored).union(stored.exceptAll(rows)).head(1)

    def _overwrite(self, rows: DataFrame) -> int:
        with self._tables.commit(self._target, self._number) as metrics, spark_errors():
            writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", not self._same_columns)
            if self._tables.unity_catalog:
                writer.saveAsTable(self._tables.name(self._model.address))
            else:
                writer.save(self._session.lake.uri(self._model.address))
        commit(self._target, transactions=self._transactions)
        return metrics.get("numOutputRows", 0)

    def _arrived(self, merge: Merge, gained: Gained) -> int | None:
        source = self._upstreams[merge.source]
        rows = self._tables.added(merge.source, gained.since, source, gained.files)
        if rows is None:
            return None
        keys = rows.select(*(identifier(name) for name in merge.source_key))
        keys.createOrReplaceTempView(_ARRIVED)
        try:
            return int(self._tables.rows(f"SELECT count(*) FROM {_ARRIVED}")[0][0])
        except LakeError:
            return None

    def _merge(self, merge: Merge) -> int:
        tables, key, target = self._tables, self._model.key, self._model.address
        have = f"(SELECT * FROM {self._scans[merge.source]} AS have WHERE {self._among(merge.source_key)})"
        with kept(tables.run(self._model.render("spark", lambda _: have))) as staged:
            staged.createOrReplaceTempView(_STAGED)
            same_key = " AND ".join(f"t.{identifier(k)} <=> s.{identifier(k)}" for k in key)
            differs = " OR ".join(f"NOT t.{name} <=> s.{name}" for name in self._columns)
            with tables.commit(self._target, self._number) as metrics:
                tables.run(
                    f"""
                    MERGE INTO {tables.name(target)} AS t USING {_STAGED} AS s
                    ON {same_key}{self._bounds(merge.source_key[0], f"t.{identifier(key[0])}")}
                    WHEN MATCHED AND ({differs}) THEN UPDATE SET *
                    WHEN NOT MATCHED THEN INSERT *
                    """
                )
        commit(self._target, transactions=self._transactions)
        maintenance.compact_if_fragmented(self._session.db, self._target, key)
        return metrics.get("numTargetRowsInserted", 0) + metrics.get("numTargetRowsUpdated", 0)

    def _among(self, key: Sequence[str]) -> str:
        """SQL for whether the key of the row `have` is one that arrived; NULL is a key like others."""
        same = " AND ".join(f"have.{identifier(name)} <=> {_ARRIVED}.{identifier(name)}" for name in key)
        return f"EXISTS (SELECT 1 FROM {_ARRIVED} WHERE {same}){self._bounds(key[0], f'have.{identifier(key[0])}')}"

    def _bounds(self, name: str, column: str) -> str:
        """A condition on the column that lets a scan leave out files: within what arrived. None where a key is NULL."""
        first = identifier(name)
        found: Any = self._tables.rows(
            f"SELECT CAST(min({first}) AS string), CAST(max({first}) AS string), count(*) > count({first}), "
            f"any_value(typeof({first})) FROM {_ARRIVED}"
        )[0]
        low, high, nulls, kind = found
        if nulls or low is None:
            return ""
        return f" AND {column} BETWEEN CAST({literal(low)} AS {kind}) AND CAST({literal(high)} AS {kind})"
