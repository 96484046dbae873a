"""Writes rows that Spark has computed as data files in a table's folder, without committing them.

A task passes its rows to DuckDB, which writes them as on any engine. The driver commits the files of all tasks. A task
that dies or runs twice leaves files that are only waste, which `optimize` removes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from pinterest_platform.engines.spark.spark_tables import spark_errors
from pinterest_platform.lake.columns import TableColumn, sql_type
from pinterest_platform.lake.files import DataFile, connect, write_files
from pinterest_platform.lake.lake import Lake
from pinterest_platform.s3.access import as_here
from pinterest_platform.sql import quote

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame


def typed(columns: Sequence[TableColumn], relation: str) -> str:
    """DuckDB SQL for the rows of a relation that came from Spark, with the declared types."""
    values = ", ".join(f"{quote(c.name)}::{sql_type(c.type)} AS {quote(c.name)}" for c in columns)
    return f"SELECT {values} FROM {relation}"


def write(
    rows: DataFrame, lake: str, address: str, columns: Sequence[TableColumn], memory_limit: str
) -> list[DataFile]:
    """Write the rows of each partition, in its order, into files of the table at `address`.

    Raises:
        LakeError: rows cannot be computed, or files cannot be written.
    """
    do = as_here(partial(_write, lake, address, memory_limit, typed(columns, "arriving")))
    with spark_errors():
        told = rows.mapInArrow(lambda arriving: do(arriving), "told string").collect()
    return [DataFile(**file) for row in told for file in json.loads(row.told)]


def _write(
    lake: str, address: str, memory_limit: str, select: str, arriving: Iterator[pa.RecordBatch]
) -> Iterator[pa.RecordBatch]:
    """Runs in an executor."""
    import pyarrow as pa

    first = next(arriving, None)
    if first is None:
        return
    place = Lake(lake)
    with connect(memory_limit, place.storage) as db:
        db.execute("SET threads = 1")
        db.register("arriving", pa.RecordBatchReader.from_batches(first.schema, chain([first], arriving)))
        files = write_files(db, place.require(address), select, ordered=True)
    yield pa.RecordBatch.from_arrays([pa.array([json.dumps([asdict(file) for file in files])])], ["told"])
