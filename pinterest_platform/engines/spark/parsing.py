"""The landing parser inside Spark's executors: each task parses its objects with DuckDB.

As on any engine, `landing.parser` decides which lines fit. This module passes the lines to Spark as rows, whereas
`staging` writes them into data files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.erased import Erased
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.parser import Parsed, Parser
from pinterest_platform.landing.stores import open_store
from pinterest_platform.s3.access import as_here
from pinterest_platform.schemas import PROVENANCE, TOMBSTONE, RecordSchema
from pinterest_platform.sql import identifier, quote

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

#: Data per task: enough that starting it does not matter, little enough that every processor gets a share.
TASK_BYTES = 64 * 2**20
TASK_OBJECTS = 10_000
_LEAST_TASK_BYTES = 16 * 2**20
_TASKS = 8
_ARROW_ROWS = 20_000

SOURCE = tuple(column for column in PROVENANCE if column.name != "ingested_at")


@dataclass(frozen=True)
class Work:
    """The input of a batch's tasks. `memory_limit` is DuckDB's limit in each task, and `tasks` lists the objects of
    each.

    Of `erased` records, only the position is passed on.
    """

    landing: str
    memory_limit: str
    record: RecordSchema
    topic: str
    erased: Erased
    tasks: Sequence[Sequence[LandingObject]]

    def numbers(self, spark: SparkSession) -> DataFrame:
        """The positions in `tasks`, one per partition."""
        return spark.range(0, len(self.tasks), 1, len(self.tasks))

    def parsed(self, db: duckdb.DuckDBPyConnection, numbers: Iterable[pa.RecordBatch]) -> Iterator[Parsed]:
        """Parse, in an executor, the tasks at the positions in `numbers`. Each result is valid until the next."""
        db.execute("SET threads = 1")
        store, parser = open_store(self.landing), Parser(db, self.record, erased=self.erased)
        for some in numbers:
            for number in some.column(0).to_pylist():
                with open_batch(store, self.topic, self.tasks[number]) as batch:
                    yield parser.parse(store, batch)


def work_for(
    landing: str,
    memory_limit: str,
    record: RecordSchema,
    topic: str,
    objects: Sequence[LandingObject],
    erased: Erased,
) -> Work:
    """The objects of a batch, divided into tasks."""
    share = sum(item.size for item in objects) // _TASKS
    tasks = split(objects, min(max(share, _LEAST_TASK_BYTES), TASK_BYTES), TASK_OBJECTS)
    return Work(landing, memory_limit, record, topic, erased, tuple(tasks))


def parse(spark: SparkSession, work: Work) -> DataFrame:
    """The lines of landing objects: the record's columns, tombstone, `SOURCE`, line, reason and erased.

    Line and reason are null if the line fits; the record's columns are null if it does not. An erased line has only its
    source, and `erased` is false if the record has landed again.
    """
    fields = [f"{identifier(c.name)} {c.type}" for c in (*work.record.columns, TOMBSTONE, *SOURCE)]
    schema = ", ".join([*fields, "line string", "reason string", "erased boolean"])
    do = as_here(partial(_hand_on, work))
    return work.numbers(spark).mapInArrow(lambda numbers: do(numbers), schema)


def _hand_on(work: Work, numbers: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in an executor."""
    from pinterest_platform.lake.files import connect
    from pinterest_platform.lake.storage import FolderStorage

    columns, source = [quote(c.name) for c in (*work.record.columns, TOMBSTONE)], [c.name for c in SOURCE]
    told = ["NULL::VARCHAR AS line", "NULL::VARCHAR AS reason", "NULL::BOOLEAN AS erased"]
    fitting = ", ".join([*columns, *source, *told])
    nothing = ["NULL"] * len(columns)
    rejected = ", ".join([*nothing, *source, "line", "reason", "NULL"])
    gone = ", ".join(
        [*nothing, *("NULL" if name == "kafka_timestamp" else name for name in source), "NULL, NULL, NOT again"]
    )
    with connect(work.memory_limit, FolderStorage()) as db:
        for parsed in work.parsed(db, numbers):
            rows = (
                f"SELECT {fitting} FROM {parsed.fitting} UNION ALL SELECT {rejected} FROM {parsed.rejected} "
                f"UNION ALL SELECT {gone} FROM {parsed.erased}"
            )
            yield from db.execute(rows).to_arrow_reader(_ARROW_ROWS)
