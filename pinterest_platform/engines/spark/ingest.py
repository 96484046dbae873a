"""Writes raw tables with Spark: executors parse and write, the driver commits.

`engines.ingestion` decides what to do in which order. Usually all lines of a batch are new, and the driver commits the
files of the tasks together with the positions. If some lines may be known, Spark reads the files again and commits the
new lines itself. A second commit then records the positions.

Only Spark may write to a table of Unity Catalog. There, a batch is parsed and cached if the cluster supports it, and
Spark always commits.

A commit takes the next number of its topic (`lake.positions`). Its rows are computed from the table as it was when that
number was free, so nothing is duplicated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from deltalake import DeltaTable

from pinterest_platform.engines.clashes import Clash, clash_sql, content, lines_of
from pinterest_platform.engines.duckdb.ingest import DuckDBWriter
from pinterest_platform.engines.duckdb.raw import REJECTED_ADDRESS
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.ingestion import Landed, Ranges
from pinterest_platform.engines.rebuilding import Run, runs_sql
from pinterest_platform.engines.spark.kept import kept
from pinterest_platform.engines.spark.parsing import TASK_BYTES, Work, parse, work_for
from pinterest_platform.engines.spark.spark_tables import SparkTables
from pinterest_platform.engines.spark.staging import Staged, read_lines, stage
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.files import DataFile, discard
from pinterest_platform.lake.positions import batch_number, read_expired
from pinterest_platform.landing.batches import split
from pinterest_platform.landing.erased import Erased
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.schemas import REJECTED, RecordSchema
from pinterest_platform.settings import Settings
from pinterest_platform.sql import identifier, literal

#: Size of one commit. It bounds the work to repeat after a crash, and the memory of the driver.
_BATCH_BYTES = 256 * TASK_BYTES
_BATCH_OBJECTS = 200_000

#: Views of a batch: its lines without erased ones, and all of them.
_LINES, _ALL = "landed_lines", "landed_or_erased"
_NOW = "CAST(current_timestamp() AS timestamp_ntz)"


class SparkWriter:
    """See `ingestion.RawWriter`. `session` is a DuckDB connection beside the driver, for work that needs no cluster."""

    def __init__(
        self, tables: SparkTables, session: Session, settings: Settings, schema: RecordSchema, *, rebuilt: bool
    ) -> None:
        self._tables = tables
        self._settings = settings
        self._schema = schema
        self._topic = settings.topic(schema.name)
        store = open_zone(settings)
        self._alone = DuckDBWriter(session, store, schema, self._topic, rebuilt=rebuilt)
        self._rejected = self._alone.rejected
        self._any_rejected = False
        #: Whether the input is small enough for the driver.
        self._small = False
        #: Whether executors write files: not for Unity Catalog, nor before a rebuilt table is emptied.
        self._staging = not rebuilt and not tables.unity_catalog
        #: Files that they wrote and that are not in any commit attempt yet.
        self._staged: Staged
        self.remember = self._alone.remember
        self.held = self._alone.held
        self.tidy = self._alone.tidy

    @property
    def raw(self) -> DeltaTable:
        return self._alone.raw

    @property
    def erased(self) -> Erased:
        return self._alone.erased

    @property
    def columns_added(self) -> tuple[str, ...]:
        return self._alone.columns_added

    def forget(self, transactions: Mapping[str, int]) -> None:
        self._alone.forget(transactions)
        self._staging = not self._tables.unity_catalog

    def clash(self, ranges: Ranges) -> Clash | None:
        if self._small:
            return self._alone.clash(ranges)
        self._show_staged()
        of_record = content([identifier(c.name) for c in self._schema.columns])
        told = [
            lines_of(_LINES, f"CASE WHEN reason IS NULL THEN {of_record} ELSE line END"),
            lines_of(self._within(f"raw/{self._schema.name}", self.raw, ranges), of_record),
            lines_of(self._within(REJECTED_ADDRESS, self._rejected, ranges), "line"),
        ]
        rows: list[Any] = self._tables.rows(clash_sql(told))
        return tuple(rows[0]) if rows else None

    def runs(self) -> Sequence[Run]:
        return self._alone.runs() if self._small else [tuple(row) for row in self._tables.rows(runs_sql(_ALL))]

    def batches(self, objects: Sequence[LandingObject]) -> Iterable[Sequence[LandingObject]]:
        most = 0 if self._settings.unity_catalog else self._settings.spark_min_mb * 2**20
        self._small = sum(item.size for item in objects) < most
        if self._small:
            return self._alone.batches(objects)
        return split(objects, _BATCH_BYTES, _BATCH_OBJECTS)

    @contextmanager
    def read(self, objects: Sequence[LandingObject]) -> Iterator[Landed]:
        if self._small:
            with self._alone.read(objects) as landed:
                yield landed
            return
        settings = self._settings
        work = work_for(
            settings.landing_root, settings.task_memory_limit, self._schema, self._topic, objects, self.erased
        )
        with self._read_staged(work) if self._staging else self._read_kept(work) as landed:
            yield landed

    @contextmanager
    def _read_staged(self, work: Work) -> Iterator[Landed]:
        now = f"TIMESTAMP {literal(datetime.now(UTC).strftime('%Y-%m-%d %H:%M:%S.%f'))}"
        self._staged = stage(self._tables.spark, work, self._settings.lake_root, now)
        try:
            yield self._staged.landed
        finally:
            discard(self.raw, self._staged.rows)
            discard(self._rejected, self._staged.rejected)

    @contextmanager
    def _read_kept(self, work: Work) -> Iterator[Landed]:
        with kept(parse(self._tables.spark, work)) as parsed:
            parsed.createOrReplaceTempView(_ALL)
            parsed.where("erased IS NULL").createOrReplaceTempView(_LINES)
            rows = self._tables.rows(
                "SELECT kafka_partition, min(kafka_offset), max(kafka_offset), count(*), "
                f"count(DISTINCT kafka_offset), count(reason), count(erased) FROM {_ALL} GROUP BY kafka_partition"
            )
            self._any_rejected = any(rejected for *_, rejected, _ in rows)
            ranges = {partition: (low, high, count > distinct) for partition, low, high, count, distinct, *_ in rows}
            erased = sum(row[6] for row in rows)
            at, again = (
                [tuple(row) for row in self._tables.rows(runs_sql(f"(SELECT * FROM {_ALL} WHERE {where})"))]
                if erased
                else []
                for where in ("erased IS NOT NULL", "NOT erased")
            )
            yield Landed(sum(row[3] for row in rows), ranges, erased, at, again)
            for view in (_LINES, _ALL):
                self._tables.spark.catalog.dropTempView(view)

    def write(self, landed: Landed, watermarks: Mapping[int, int], transactions: Mapping[str, int]) -> tuple[int, int]:
        if self._small:
            return self._alone.write(landed, watermarks, transactions)
        below = {p: r for p, r in landed.ranges.items() if r[0] < watermarks.get(p, 0)}
        if self._staging and not below and self._are_new(landed.ranges):
            rejected = self._commit_staged(self._rejected, self._staged.rejected, {}) if self._staged.rejected else 0
            return self._commit_staged(self.raw, self._staged.rows, transactions), rejected
        self._show_staged()
        lines = f"(SELECT * FROM {_LINES}{self._once(landed.ranges)})"
        known = self._known(f"raw/{self._schema.name}", self.raw, below) if below else None
        known = self._with_expired(lines, known, landed.ranges)
        rejected = self._commit_rejected(lines, known, landed.ranges)
        added = self._commit_raw(lines, known)
        commit(self.raw, transactions=transactions)
        return added, rejected

    def _are_new(self, ranges: Ranges) -> bool:
        """Whether each line of a batch has its own offset, which is neither expired nor that of a rejected line."""
        expired = read_expired(self.raw, self._topic, ranges)
        if any(twice or low < expired.get(partition, 0) for partition, (low, _, twice) in ranges.items()):
            return False
        return not self._alone.has_rejected(ranges)

    def _commit_staged(self, table: DeltaTable, files: list[DataFile], transactions: Mapping[str, int]) -> int:
        """Commit files that executors wrote and return their rows. The commit then owns the files."""
        added = files.copy()
        files.clear()
        commit(table, add=added, transactions={**transactions, **batch_number(table, self._topic)})
        return sum(file.rows for file in added)

    def _show_staged(self) -> None:
        """Let Spark read the lines in the files that executors wrote."""
        if self._staging:
            lines = read_lines(self._tables, self._staged, self._schema, self.raw, self._rejected)
            lines.createOrReplaceTempView(_LINES)
            self._any_rejected = bool(self._staged.rejected)

    def _once(self, ranges: Ranges) -> str:
        """Of several lines with one offset, choose one that fits, from the object whose name sorts last."""
        if not any(twice for _, _, twice in ranges.values()):
            return ""
        order = "reason IS NULL DESC, landing_file DESC"
        return f" QUALIFY row_number() OVER (PARTITION BY kafka_partition, kafka_offset ORDER BY {order}) = 1"

    def _known(self, address: str, table: DeltaTable, ranges: Ranges) -> str:
        """SQL for the identities that a table already has within offset ranges of partitions."""
        return f"SELECT kafka_partition, kafka_offset FROM {self._within(address, table, ranges)}"

    def _with_expired(self, lines: str, known: str | None, ranges: Ranges) -> str | None:
        """The same, with the identities of lines that are expired and not rejected."""
        expired = read_expired(self.raw, self._topic, ranges)
        if not expired:
            return known
        old = " OR ".join(f"(kafka_partition = {p} AND kafka_offset < {offset})" for p, offset in expired.items())
        gone = f"SELECT kafka_partition, kafka_offset FROM {lines} AS landed WHERE {old}"
        if before := self._rejected_before(ranges):
            gone = f"{gone} EXCEPT {before}"
        return f"{known} UNION ALL ({gone})" if known else gone

    def _within(self, address: str, table: DeltaTable, ranges: Ranges) -> str:
        """SQL, to follow FROM, for the rows of the topic in a table, within offset ranges of partitions."""
        within = " OR ".join(
            f"(kafka_partition = {p} AND kafka_offset BETWEEN {low} AND {high})" for p, (low, high, _) in ranges.items()
        )
        rows = self._tables.scan(address, table, ())
        return f"{rows} WHERE kafka_topic = {literal(self._topic)} AND ({within or 'false'})"

    def _commit_raw(self, lines: str, known: str | None) -> int:
        names = [identifier(c.name) for c in self._schema.raw_columns]
        select = f"SELECT {', '.join(names[:-1])}, {_NOW} AS {names[-1]} FROM {lines} AS landed"
        if known is not None:
            select += f" LEFT ANTI JOIN ({known}) AS known ON {_same('known')}"
        target = self._tables.name(f"raw/{self._schema.name}")
        with self._tables.commit(self.raw, batch_number(self.raw, self._topic)) as metrics:
            self._tables.run(f"INSERT INTO {target} ({', '.join(names)}) {select} WHERE reason IS NULL")
        return metrics.get("numOutputRows", 0)

    def _commit_rejected(self, lines: str, known: str | None, ranges: Ranges) -> int:
        """Add the new rejected lines, and remove those that fit now. Returns the number added.

        An interruption between the two is safe: a line that fits is not in raw yet, and is found again.
        """
        before = self._rejected_before(ranges)
        added = self._add_rejected(lines, [known, before]) if self._any_rejected else 0
        if before is not None:
            self._remove_fitting(lines, before)
        return added

    def _rejected_before(self, ranges: Ranges) -> str | None:
        """SQL for the identities in rejected within offset ranges, or None if the driver finds none."""
        if not self._alone.has_rejected(ranges):
            return None
        return self._known(REJECTED_ADDRESS, self._rejected, ranges)

    def _add_rejected(self, lines: str, known: Sequence[str | None]) -> int:
        names = [identifier(c.name) for c in REJECTED]
        source = [f"{_NOW} AS {name}" if name == "`ingested_at`" else f"landed.{name}" for name in names]
        select = f"SELECT {', '.join(source)} FROM {lines} AS landed"
        for number, identities in enumerate(filter(None, known)):
            select += f" LEFT ANTI JOIN ({identities}) AS known{number} ON {_same(f'known{number}')}"
        with self._tables.commit(self._rejected, batch_number(self._rejected, self._topic)) as metrics:
            target = self._tables.name(REJECTED_ADDRESS)
            self._tables.run(f"INSERT INTO {target} ({', '.join(names)}) {select} WHERE landed.reason IS NOT NULL")
        return metrics.get("numOutputRows", 0)

    def _remove_fitting(self, lines: str, before: str) -> None:
        source = (
            f"SELECT landed.* FROM {lines} AS landed JOIN ({before}) AS known ON {_same('known')} WHERE reason IS NULL"
        )
        if not self._tables.rows(f"{source} LIMIT 1"):
            return
        with self._tables.commit(self._rejected, batch_number(self._rejected, self._topic)):
            self._tables.run(
                f"""
                MERGE INTO {self._tables.name(REJECTED_ADDRESS)} AS known USING ({source}) AS landed
                ON known.kafka_topic = {literal(self._topic)} AND {_same("known")}
                WHEN MATCHED THEN DELETE
                """
            )


def _same(known: str) -> str:
    """SQL for whether a row of the relation `known` has the identity of one in `landed`."""
    return f"landed.kafka_partition = {known}.kafka_partition AND landed.kafka_offset = {known}.kafka_offset"
