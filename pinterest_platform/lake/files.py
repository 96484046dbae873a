"""Parquet data files of a table: where they are, and writing them with DuckDB and Delta's statistics.

A written file becomes part of the table only when `commits` adds it. This module never decides which rows a table
holds.
"""

from __future__ import annotations

import math
import tempfile
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
from deltalake import DeltaTable

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import StoredTable, storage_errors
from pinterest_platform.lake.storage import Storage, storage_at
from pinterest_platform.memory import duckdb_limit
from pinterest_platform.s3.errors import S3Error
from pinterest_platform.sql import file_list, quote, text

#: DuckDB types that get a minimum and maximum per file, and how to parse them.
_NUMBERS: Mapping[str, type] = {"BIGINT": int, "INTEGER": int, "DOUBLE": float}

#: Reader features that do not change how a data file is read, and the one reader version that implies column mapping.
_PLAIN_FEATURES = frozenset({"timestampNtz", "v2Checkpoint"})
_COLUMN_MAPPING = 2

#: Approximate maximum size of a data file. It limits how many untouched rows a merge rewrites.
_FILE_BYTES = 128 * 2**20


@dataclass(frozen=True)
class DataFile:
    """A Parquet file in the table's folder. `stats` are Delta's per-file statistics."""

    name: str
    size: int
    rows: int
    stats: Mapping[str, Mapping[str, Any]]


#: Options for writing data files. Without bloom filters, which hide -0.0 from a query for 0.0, and nothing here looks
#: up single values. Each writing thread holds a row group, so a third of DuckDB's default size needs a third of the
#: memory.
_PARQUET = "FORMAT parquet, WRITE_BLOOM_FILTER false, RETURN_STATS"
_ROW_GROUP = 40_960
#: The column of rejected lines, which may have a megabyte each, and how many of them a row group has.
_LINE, _ROW_GROUP_OF_LINES = "line", 2_048
#: Estimated bytes per row, used until the first file is written.
_ROW_BYTES = 256


def connect(memory_limit: str, storage: Storage) -> duckdb.DuckDBPyConnection:
    """A DuckDB connection to `storage`, which spills to its own temporary folder to stay within `memory_limit` (`1GB`).

    Extensions come from installed packages, never from the network. Skipping the check of their signatures saves half a
    second per connection: the Delta extension has 82 MB.

    Raises:
        LakeError: the storage cannot be used.
    """
    db = duckdb.connect(
        config={
            "memory_limit": duckdb_limit(memory_limit),
            # DuckDB creates the folder when it spills. Two processes must not share one: they would write the same
            # files.
            "temp_directory": str(Path(tempfile.gettempdir()) / f"pinterest-duckdb-{uuid.uuid4()}"),
            "allow_unsigned_extensions": "true",
            "autoinstall_known_extensions": "false",
        }
    )
    with storage_errors():
        for statement in (*storage.duckdb_setup(), storage.duckdb_secret()):
            db.execute(statement)
    return db


def location(table: DeltaTable) -> str:
    """Location of a table, in the form DuckDB expects."""
    return unquote(table.table_uri.rstrip("/").removeprefix("file://"))


def file_path(table: DeltaTable, name: str) -> str:
    """Path of a data file from its `name` in the log."""
    return f"{location(table)}/{unquote(name)}"


def file_names(table: DeltaTable) -> list[str]:
    """Data files of a table as loaded, by their names in the log."""
    return [str(path) for path in table.get_add_actions(flatten=True).column("path").to_pylist()]


def file_sizes(table: DeltaTable) -> dict[str, int]:
    """Size in bytes of each data file of a table as loaded, by its name in the log."""
    actions = table.get_add_actions(flatten=True)
    files = zip(actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True)
    return {str(path): int(size) for path, size in files}


def data_bytes(table: DeltaTable) -> int:
    """Total size in bytes of the data files of a table as loaded."""
    return sum(file_sizes(table).values())


def batched_by_size(table: DeltaTable, paths: Iterable[str]) -> Iterator[list[str]]:
    """Split paths of data files into batches. The rows of each batch fit into one new file."""
    sizes = {file_path(table, name): size for name, size in file_sizes(table).items()}
    batch: list[str] = []
    filled = 0
    for path in paths:
        size = sizes.get(path, _FILE_BYTES)
        if batch and filled + size > _FILE_BYTES:
            yield batch
            batch, filled = [], 0
        batch.append(path)
        filled += size
    if batch:
        yield batch


def data_paths(table: DeltaTable) -> list[str] | None:
    """Paths of the data files of a table as loaded. None if its rows are not exactly those of its files, because of
    deletion vectors, renamed columns or partition values."""
    protocol = table.protocol()
    beyond = set(protocol.reader_features or ()) - _PLAIN_FEATURES
    if protocol.min_reader_version == _COLUMN_MAPPING or beyond or table.metadata().partition_columns:
        return None
    return [file_path(table, name) for name in file_names(table)]


def read_files(paths: Sequence[str], types: Mapping[str, str], *, filename: bool = False) -> str:
    """SQL for the rows of data files, with these column names and DuckDB types. Pass at least one path.

    A column that a file lacks is null. `filename` adds the column of that name.
    """
    columns = ", ".join(
        f"{text(name)}: {{name: {text(name)}, type: {text(kind)}, default_value: NULL}}" for name, kind in types.items()
    )
    extra = ", filename = true" if filename else ""
    return f"read_parquet({file_list(paths)}, hive_partitioning = false, schema = MAP {{{columns}}}{extra})"


def write_files(db: duckdb.DuckDBPyConnection, table: DeltaTable, select: str, *, ordered: bool) -> list[DataFile]:
    """Write the rows of `select` as Parquet files into the folder of `table`, without committing.

    With `ordered`, files are written one after the other and keep the row order of `select`. Otherwise all processors
    write.

    Raises:
        LakeError: the files cannot be written, because of space, permissions or memory. Those written are removed.
    """
    prefix = f"part-{uuid.uuid4()}-"
    target = f"{location(table)}/{prefix}"
    rows = _ROW_GROUP_OF_LINES if any(field.name == _LINE for field in table.schema().fields) else _ROW_GROUP
    options = f"{_PARQUET}, ROW_GROUP_SIZE {rows}"
    try:
        written = (_copy_in_order if ordered else _copy)(db, select, target, options)
    except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
        with suppress(S3Error):
            storage = storage_of(table)
            storage.remove(location(table), sorted(storage.files(location(table), prefix=prefix)))
        if isinstance(error, duckdb.OutOfMemoryException):
            told = out_of_memory(error)
        else:
            told = f"{error}. Free some space or grant write permission there, then run again."
        raise LakeError(f"{location(table)}: cannot write data files: {told} Nothing was committed.") from error
    kinds = {quote(name): kind for name, kind, *_ in db.execute(f"DESCRIBE {select}").fetchall()}
    files = [
        DataFile(name.rpartition("/")[2], size, rows, _statistics(columns, kinds))
        for name, rows, size, _, columns, _ in written
    ]
    discard(table, [file for file in files if not file.rows])
    reached(Failpoint.FILES_WRITTEN, location(table))
    return [file for file in files if file.rows]


def out_of_memory(error: duckdb.OutOfMemoryException) -> str:
    """DuckDB's first sentence and the setting to change. Users cannot run the statements that DuckDB recommends."""
    return f"{str(error).splitlines()[0]}. Raise PINTEREST_MEMORY_LIMIT, then run again."


def _copy(db: duckdb.DuckDBPyConnection, select: str, target: str, options: str) -> list[tuple[Any, ...]]:
    """Write one file per processor, with paths that begin with `target`, and return what DuckDB reports of each."""
    folder, _, prefix = target.rpartition("/")
    options += f", PER_THREAD_OUTPUT, OVERWRITE_OR_IGNORE, FILENAME_PATTERN '{prefix}{{i}}'"
    return db.execute(f"COPY ({select}) TO {text(folder)} ({options})").fetchall()


def _copy_in_order(db: duckdb.DuckDBPyConnection, select: str, target: str, options: str) -> list[tuple[Any, ...]]:
    """The same, one file after the other.

    DuckDB's own file size limit does not keep the order: a delayed processor would write its rows to a later file.
    """
    written: list[tuple[Any, ...]] = []
    try:
        db.execute(f"CREATE OR REPLACE TEMP TABLE in_order AS {select}")
        [(total,)] = db.execute("SELECT count(*) FROM in_order").fetchall()
        start, length = 0, max(_FILE_BYTES // _ROW_BYTES, 1)
        while start < total:
            rows = f"SELECT * FROM in_order WHERE rowid >= {start} AND rowid < {start + length}"
            path = text(f"{target}{len(written)}.parquet")
            written += db.execute(f"COPY ({rows}) TO {path} ({options})").fetchall()
            start += length
            _, count, size, *_ = written[-1]
            length = max(count * _FILE_BYTES // size, 1)
    finally:
        db.execute("DROP TABLE IF EXISTS in_order")
    return written


def discard(table: DeltaTable, files: Iterable[DataFile]) -> None:
    """Delete files that no commit names, if possible. `maintenance` removes the rest."""
    if names := [file.name for file in files]:
        with suppress(S3Error):
            storage_of(table).remove(location(table), names)


def missing_files(table: DeltaTable) -> list[str]:
    """Data files of a table as loaded that no longer exist, because they were vacuumed.

    Raises:
        LakeError: the storage cannot be listed.
    """
    with storage_errors():
        there = storage_of(table).files(location(table))
    return [name for name in map(unquote, file_names(table)) if "/" not in name and name not in there]


def storage_of(table: DeltaTable) -> Storage:
    """The storage of a table."""
    known = table.storage if isinstance(table, StoredTable) else None
    return known or storage_at(location(table))


def _statistics(columns: Mapping[str, Mapping[str, str]], kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Delta's file statistics from DuckDB's.

    Only numbers get bounds: texts can be long, and a truncated maximum is wrong. Infinity and NaN do not fit into the
    log's JSON.
    """
    bounds: dict[str, dict[str, Any]] = {"minValues": {}, "maxValues": {}, "nullCount": {}}
    for quoted, figures in columns.items():
        if quoted not in kinds:
            continue
        name = quoted[1:-1].replace('""', '"')
        bounds["nullCount"][name] = int(figures["null_count"])
        number = _NUMBERS.get(kinds[quoted])
        if number and "min" in figures and figures.get("has_nan", "false") == "false":
            low, high = number(figures["min"]), number(figures["max"])
            if math.isfinite(low) and math.isfinite(high):
                # Readers that skip files order -0.0 before 0.0; their queries do not.
                bounds["minValues"][name] = low or -number()
                bounds["maxValues"][name] = high or number()
    return bounds
