"""The landing parser inside Spark's executors: each task parses its objects with DuckDB and hands on Arrow.

Which lines fit is decided by `landing.parser`, as on any engine. What becomes of the rows is `ingest`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from pinterest_platform.landing.batches import open_batch, split
from pinterest_platform.landing.erased import Erased
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.schemas import PROVENANCE, TOMBSTONE, RecordSchema
from pinterest_platform.sql import identifier, quote

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

#: What a task reads: enough that starting it does not matter, little enough that every processor has some.
TASK_BYTES = 64 * 2**20
TASK_OBJECTS = 10_000
_ARROW_ROWS = 20_000

SOURCE = tuple(column for column in PROVENANCE if column.name != "ingested_at")


def parse(
    spark: SparkSession,
    landing: str,
    memory_limit: str,
    record: RecordSchema,
    topic: str,
    objects: Sequence[LandingObject],
    erased: Erased,
) -> DataFrame:
    """The lines of landing objects: the record's columns, tombstone, `SOURCE`, line, reason and erased; line and reason
    are null where the line fits, the record's where it does not. Of what is `erased` there is nothing but the source;
    false says that it has landed again. `memory_limit` is what DuckDB may take in each task."""
    tasks = list(split(objects, TASK_BYTES, TASK_OBJECTS))
    fields = [f"{identifier(c.name)} {c.type}" for c in (*record.columns, TOMBSTONE, *SOURCE)]
    work = partial(_parse_tasks, landing, memory_limit, record, topic, tasks, erased)
    schema = ", ".join([*fields, "line string", "reason string", "erased boolean"])
    return spark.range(0, len(tasks), 1, len(tasks)).mapInArrow(lambda numbers: work(numbers), schema)


def _parse_tasks(
    landing: str,
    memory_limit: str,
    record: RecordSchema,
    topic: str,
    tasks: Sequence[Sequence[LandingObject]],
    erased: Erased,
    numbers: Iterable[pa.RecordBatch],
) -> Iterator[pa.RecordBatch]:
    """Runs in an executor; `numbers` has the positions in `tasks` of what this one does."""
    from pinterest_platform.lake.files import connect
    from pinterest_platform.lake.storage import FolderStorage
    from pinterest_platform.landing.parser import Parser
    from pinterest_platform.landing.stores import open_store

    store = open_store(landing)
    columns, source = [quote(c.name) for c in (*record.columns, TOMBSTONE)], [c.name for c in SOURCE]
    told = ["NULL::VARCHAR AS line", "NULL::VARCHAR AS reason", "NULL::BOOLEAN AS erased"]
    fitting = ", ".join([*columns, *source, *told])
    nothing = ["NULL"] * len(columns)
    rejected = ", ".join([*nothing, *source, "line", "reason", "NULL"])
    gone = ", ".join(
        [*nothing, *("NULL" if name == "kafka_timestamp" else name for name in source), "NULL, NULL, NOT again"]
    )
    with connect(memory_limit, FolderStorage()) as db:
        db.execute("SET threads = 1")
        parser = Parser(db, record, erased=erased)
        for batch_of_numbers in numbers:
            for number in batch_of_numbers.column(0).to_pylist():
                with open_batch(store, topic, tasks[number]) as batch:
                    parsed = parser.parse(store, batch)
                    rows = (
                        f"SELECT {fitting} FROM {parsed.fitting} UNION ALL SELECT {rejected} FROM {parsed.rejected} "
                        f"UNION ALL SELECT {gone} FROM {parsed.erased}"
                    )
                    yield from db.execute(rows).to_arrow_reader(_ARROW_ROWS)
