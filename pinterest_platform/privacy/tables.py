"""Removes erased rows from the newest version of tables. `history` removes older versions.

Each commit here takes the next number that the writers of the table use (`lake.positions`), even if it removes no row.
So a writer that started earlier, and may hold an erased row, can no longer commit and starts over.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from deltalake import DeltaTable

from pinterest_platform.engines.duckdb.raw import REJECTED_ADDRESS
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.positions import batch_number, is_recorded, recorded
from pinterest_platform.lake.protocol import check_writable
from pinterest_platform.sql import quote, text
from pinterest_platform.streaming.table import stopping

_AT_ONCE = 5_000
_ERASED = "erased_identities"


def erase_landed(
    session: Session, address: str, places: Collection[tuple[str, int, int]], topics: Collection[str]
) -> int | None:
    """Remove the rows at these places (topic, partition, offset) from raw or rejected. `topics` are all topics whose
    lines may be added to the table. Returns the first version without the rows, or None if the table does not exist.

    Raises:
        LakeError: the table cannot be written.
    """
    kinds = {"kafka_topic": "VARCHAR", "kafka_partition": "INTEGER", "kafka_offset": "BIGINT"}

    def numbers(table: DeltaTable) -> dict[str, int]:
        taken: dict[str, int] = {}
        for topic in sorted({*topics, *(topic for topic, _, _ in places)}):
            # Rejected has no positions to record.
            if address != REJECTED_ADDRESS and is_recorded(table, topic):
                taken |= recorded(table, topic)
            taken |= batch_number(table, topic)
        return taken

    return erase_rows(session, address, kinds, sorted(places), numbers)


def erase_streamed(
    session: Session, address: str, places: Collection[tuple[str, str, str]], origins: Collection[str]
) -> int | None:
    """The same for the table of a stream, or for `stream/rejected`, by places (stream, shard, sequence number).
    `origins` are all streams whose records may be added to the table.

    Raises:
        LakeError: the table cannot be written.
    """
    kinds = dict.fromkeys(("stream", "shard_id", "sequence_number"), "VARCHAR")
    return erase_rows(session, address, kinds, sorted(places), lambda table: stopping(table, origins))


def erase_rows(
    session: Session,
    address: str,
    kinds: Mapping[str, str],
    identities: Sequence[tuple[object, ...]],
    numbers: Callable[[DeltaTable], Mapping[str, int]],
) -> int | None:
    """Remove the rows of a table that have one of the `identities`. These are values of the columns in `kinds`, which
    gives their DuckDB types. `numbers` returns the transaction ids of the commit, given the loaded table.

    Raises:
        LakeError: the table cannot be written.
    """
    _fill(session, kinds, identities)

    def attempt() -> int | None:
        table = session.lake.open(address)
        if table is None:
            return None
        check_writable(table)
        match = f"({', '.join(map(quote, kinds))}) IN (FROM {_ERASED})"
        scan = session.scan(table, filename=True)
        touched = [name for (name,) in session.rows(f"SELECT DISTINCT filename FROM {scan} WHERE {match}")]
        files = []
        if touched:
            columns = ", ".join(quote(field.name) for field in table.schema().fields)
            listed = ", ".join(map(text, touched))
            files = session.write(
                table, f"SELECT {columns} FROM {scan} WHERE filename IN ({listed}) AND NOT ({match})", ordered=True
            )
        names = [name.rpartition("/")[2] for name in touched]
        return commit(table, add=files, remove=names, transactions=numbers(table))

    return until_no_conflict(attempt)


def _fill(session: Session, kinds: Mapping[str, str], identities: Sequence[tuple[object, ...]]) -> None:
    columns = ", ".join(f"{quote(name)} {kind}" for name, kind in kinds.items())
    session.db.execute(f"CREATE OR REPLACE TEMP TABLE {_ERASED} ({columns})")
    for start in range(0, len(identities), _AT_ONCE):
        rows = (f"({', '.join(text(str(value)) for value in row)})" for row in identities[start : start + _AT_ONCE])
        session.db.execute(f"INSERT INTO {_ERASED} VALUES {', '.join(rows)}")
