"""Stages the lines of a batch as data files that executors write into the folders of the tables, without committing
them.

The driver commits the files as they are or, if some lines may be known, reads them again. A task that dies or runs
twice leaves files that are only waste, which `optimize` removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from pinterest_platform.engines.duckdb.raw import REJECTED_ADDRESS, ranges_sql
from pinterest_platform.engines.ingestion import Landed
from pinterest_platform.engines.rebuilding import runs_sql
from pinterest_platform.engines.spark.parsing import SOURCE, Work
from pinterest_platform.engines.spark.spark_tables import SparkTables, spark_errors
from pinterest_platform.lake.files import DataFile, connect, file_path, write_files
from pinterest_platform.lake.lake import Lake
from pinterest_platform.s3.access import as_here
from pinterest_platform.schemas import REJECTED, TOMBSTONE, Column, RecordSchema
from pinterest_platform.sql import identifier, quote

if TYPE_CHECKING:
    import pyarrow as pa
    from deltalake import DeltaTable
    from pyspark.sql import DataFrame, SparkSession


@dataclass(frozen=True)
class Staged:
    """Data files for raw and rejected, and what `landed`, including erased lines, which are in no file."""

    rows: list[DataFile]
    rejected: list[DataFile]
    landed: Landed


def stage(spark: SparkSession, work: Work, lake: str, now: str) -> Staged:
    """Let the executors write the files. `now` is SQL for the ingestion time of the lines.

    If the ranges of two tasks overlap, an offset is assumed to occur twice.

    Raises:
        ChangedWhileReadError, LandingError: as `landing.parser`.
        LakeError: files cannot be written.
    """
    do = as_here(partial(_write, work, lake, now))
    with spark_errors():
        told = work.numbers(spark).mapInArrow(lambda numbers: do(numbers), "told string").collect()
    done: list[dict[str, Any]] = [json.loads(row.told) for row in told]
    ranges: dict[int, tuple[int, int, bool]] = {}
    for partition, low, high, twice in sorted(part for task in done for part in task["ranges"]):
        first, last, before = ranges.get(partition, (low, low - 1, False))
        ranges[partition] = (first, max(last, high), before or twice or low <= last)
    rows, rejected = ([DataFile(**file) for task in done for file in task[name]] for name in ("rows", "rejected"))
    lines, erased = (sum(task[name] for task in done) for name in ("lines", "erased"))
    at, again = ([tuple(run) for task in done for run in task[name]] for name in ("at", "again"))
    return Staged(rows, rejected, Landed(lines, ranges, erased, at, again))


def read_lines(
    tables: SparkTables, staged: Staged, record: RecordSchema, raw: DeltaTable, rejected: DeltaTable
) -> DataFrame:
    """The lines in the files that are not erased, as from `parsing.parse` but without the column `erased`."""
    rows, refused = (
        tables.read_files(table, [file_path(table, file.name) for file in files])
        for table, files in ((raw, staged.rows), (rejected, staged.rejected))
    )
    own, source = (*record.columns, TOMBSTONE), [identifier(c.name) for c in SOURCE]
    nothing = [f"CAST(NULL AS {c.type}) AS {identifier(c.name)}" for c in own]
    no_reason = [f"CAST(NULL AS string) AS {name}" for name in ("line", "reason")]
    fitting = rows.selectExpr(*(identifier(c.name) for c in own), *source, *no_reason)
    return fitting.union(refused.selectExpr(*nothing, *source, "line", "reason"))


def _write(work: Work, lake: str, now: str, numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in an executor. Yields one row per task."""
    import pyarrow as pa

    place = Lake(lake)
    raw, rejected = place.require(f"raw/{work.record.name}"), place.require(REJECTED_ADDRESS)
    with connect(work.memory_limit, place.storage) as db:
        for parsed in work.parsed(db, numbers):
            rows = write_files(db, raw, _select(work.record.raw_columns, parsed.fitting, now), ordered=False)
            any_rejected = db.execute(f"SELECT 1 FROM {parsed.rejected} LIMIT 1").fetchall()
            select = _select(REJECTED, parsed.rejected, now)
            refused = write_files(db, rejected, select, ordered=False) if any_rejected else []
            erased = db.execute(f"SELECT count(*) FROM {parsed.erased}").fetchall()[0][0]
            at, again = (
                db.execute(runs_sql(f"(FROM {parsed.erased}{where})")).fetchall() if erased else []
                for where in ("", " WHERE again")
            )
            told = {
                "rows": [asdict(file) for file in rows],
                "rejected": [asdict(file) for file in refused],
                "lines": parsed.lines,
                "ranges": db.execute(ranges_sql(parsed.fitting, parsed.rejected, parsed.erased)).fetchall(),
                "erased": erased,
                "at": at,
                "again": again,
            }
            yield pa.RecordBatch.from_arrays([pa.array([json.dumps(told)])], ["told"])


def _select(columns: Sequence[Column], relation: str, now: str) -> str:
    return f"SELECT {', '.join(quote(c.name) for c in columns)} FROM (SELECT *, {now} AS ingested_at FROM {relation})"
