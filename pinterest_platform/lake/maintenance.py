"""Table maintenance: joining small files, ordering files by key, and removing files that no reachable version needs.

Small files are joined automatically after commits; the maintenance job calls `optimize`. Neither changes the rows of a
table.

This module rewrites files itself, because delta-rs duplicates rows. It commits both of two concurrent compactions of
the same files, and a compaction concurrent with a merge.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import duckdb
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError

from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.columns import sql_types
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeConflictError, LakeError
from pinterest_platform.lake.files import (
    DataFile,
    connect,
    discard,
    file_names,
    file_path,
    file_sizes,
    location,
    read_files,
    storage_of,
    write_files,
)
from pinterest_platform.lake.protocol import check_writable
from pinterest_platform.sql import quote

#: A run adds one or two files to a table. This many files smaller than `_SMALL_BYTES` are joined into one. A lower
#: limit would rewrite rows more often; a higher one would slow down every reader's listing. Measured on 1 M rows, 32
#: small files cost a scan about 30 ms.
_SMALL_FILES = 32
_SMALL_BYTES = 16 * 2**20

#: Default retention of replaced files, for `as_of` and running readers.
RETENTION_HOURS = 7 * 24

#: After a conflict, another writer has made progress and the table is read again.
_ATTEMPTS = 5

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Maintained:
    """Number of data files before and after, and number of files that vacuum deleted."""

    files_before: int
    files_after: int
    deleted: int


def compact_if_fragmented(db: duckdb.DuckDBPyConnection, table: DeltaTable, key: Sequence[str] = ()) -> bool:
    """Join small files, ordered by `key`, if there are many, and return whether they were joined.

    Other writers take precedence, and errors are only logged: the rows are safe in the old files.
    """
    small = fragments(table)
    if not small:
        return False
    reached(Failpoint.FILES_CHOSEN, location(table))
    try:
        replace_files(table, small, join_files(db, table, small, key))
    except LakeError as error:
        _log.warning("%s: skipped compaction: %s", location(table), error)
        return False
    return True


def fragments(table: DeltaTable, most_bytes: int | None = None) -> list[str]:
    """Names of the small files of a table as loaded, if there are enough of them to join.

    With `most_bytes`, files up to this total size, and as soon as they reach it.
    """
    sizes = _small_sizes(table)
    if most_bytes is not None and sum(sizes.values()) > most_bytes:
        reached = accumulate(sizes.values())
        return [name for name, size in zip(sizes, reached, strict=True) if size <= most_bytes]
    return list(sizes) if len(sizes) >= _SMALL_FILES else []


def join_files(
    db: duckdb.DuckDBPyConnection, table: DeltaTable, names: Sequence[str], key: Sequence[str] = ()
) -> list[DataFile]:
    """Write the rows of some files into new files, ordered by `key`, without committing. `check_writable` ensures that
    the table has no deletion vectors.

    Raises:
        LakeError: the files cannot be written.
    """
    rows = read_files([file_path(table, name) for name in names], sql_types(table))
    order = f" ORDER BY {', '.join(quote(name) for name in key)}" if key else ""
    return write_files(db, table, f"SELECT * FROM {rows}{order}", ordered=True)


def replace_files(table: DeltaTable, names: Sequence[str], joined: Sequence[DataFile]) -> None:
    """Commit the joined files in place of their sources.

    Raises:
        LakeConflictError: another writer committed since the table was loaded, or these files were already replaced.
        LakeError: the commit failed for another reason.
    """
    if not set(names).issubset(file_names(table)):
        discard(table, joined)
        raise LakeConflictError(f"{location(table)}: another writer replaced the same files")
    commit(table, add=joined, remove=names, transactions={}, changes_data=False)
    reached(Failpoint.FILES_JOINED, location(table))


def optimize(
    table: DeltaTable, key: Sequence[str], *, retention_hours: int = RETENTION_HOURS, memory_limit: str = "1GB"
) -> Maintained:
    """Order a table by `key`, or only join its small files if it has no key. Delete files that are older than the
    retention.

    `memory_limit` applies to DuckDB. `retention_hours` bounds time travel: versions older than that can no longer be
    read afterwards.

    Raises:
        LakeError: the table cannot be rewritten.
    """
    check_writable(table)
    before = len(table.file_uris())
    with connect(memory_limit, storage_of(table)) as db:
        for attempt in range(1, _ATTEMPTS + 1):
            names = file_names(table) if key and not _is_ordered(table, key[0]) else list(_small_sizes(table))
            try:
                if len(names) > 1:
                    replace_files(table, names, join_files(db, table, names, key))
                break
            except LakeConflictError:
                if attempt == _ATTEMPTS:
                    raise
    try:
        after = len(table.file_uris())
        table.create_checkpoint()
        deleted = table.vacuum(retention_hours, dry_run=False, enforce_retention_duration=False, full=True)
    except (DeltaError, OSError) as error:
        raise LakeError(f"{location(table)}: cannot clean up: {error}") from error
    return Maintained(before, after, len(deleted))


def _small_sizes(table: DeltaTable) -> dict[str, int]:
    """Size in bytes of each small file."""
    return {path: size for path, size in file_sizes(table).items() if size < _SMALL_BYTES}


def _is_ordered(table: DeltaTable, column: str) -> bool:
    """Whether the files of a table cover non-overlapping ranges of `column`."""
    actions = table.get_add_actions(flatten=True)
    if actions.num_rows < 2:
        return True
    if f"min.{column}" not in actions.schema.names:
        return False
    lows, highs = (actions.column(f"{bound}.{column}").to_pylist() for bound in ("min", "max"))
    if None in lows or None in highs:
        return False
    ranges = sorted(zip(lows, highs, strict=True))
    return all(low > high for (_, high), (low, _) in pairwise(ranges))
