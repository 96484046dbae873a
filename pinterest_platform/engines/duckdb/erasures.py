"""The table `privacy/erasures`: the erased records, by position and keyed hash, and nothing else about them.

The table is part of the lake and survives every rebuild. Every reader of records consults it before adding rows. The
key of the hashes is the file `privacy/_key` beside it. The first erasure creates the key, which never changes.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deltalake import DeltaTable

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.landing.erased import NOTHING_ERASED, Erased
from pinterest_platform.schemas import Column
from pinterest_platform.sql import text

FOLDER = "privacy"
ADDRESS = f"{FOLDER}/erasures"
_KEY, _KEY_BYTES = "_key", 32
#: Value of `erasure` for offsets found erased in the landing zone.
LANDED = "landing"
#: Rows per statement.
_AT_ONCE = 5_000

COLUMNS = (
    Column("source", "string", "Topic or stream that the erased record was read from.", required=True),
    Column("shard", "string", "Partition of the topic, or shard of the stream.", required=True),
    Column("position", "string", "Offset, or sequence number. The three identify a record.", required=True),
    Column("digest", "string", "Keyed hash that identifies the record at another position; null if unknown."),
    Column("erased_at", "timestamp_ntz", "When it was erased, in UTC.", required=True),
    Column(
        "erasure",
        "string",
        "Number of the erasure, as in its certificate; `landing` for lines that landed already erased.",
        required=True,
    ),
)


@dataclass(frozen=True, order=True)
class Place:
    """The position of an erased record, and its keyed hash, empty if unknown."""

    source: str
    shard: str
    position: str
    digest: str = ""


def known_erased(session: Session, topic: str) -> Erased:
    """The known erased records of a topic, and those of other topics that may arrive in it.

    Raises:
        LakeError: the table exists but cannot be read.
    """
    table = session.lake.open(ADDRESS)
    if table is None:
        return NOTHING_ERASED
    rows = session.rows(f"SELECT source, shard, position, digest FROM {session.scan(table)}")
    places = {
        (int(shard), int(position))
        for source, shard, position, _ in rows
        if source == topic and shard.isdigit() and position.isdigit()
    }
    digests = frozenset(digest for *_, digest in rows if digest)
    return Erased(erasure_key(session.lake) if digests else b"", frozenset(places), digests)


def known_streamed(session: Session, stream: str) -> tuple[Erased, frozenset[tuple[str, str]]]:
    """The known erased records that may arrive in a stream, and the positions of those that were in it.

    A position is a shard and a sequence number.

    Raises:
        LakeError: the table exists but cannot be read.
    """
    table = session.lake.open(ADDRESS)
    if table is None:
        return NOTHING_ERASED, frozenset()
    rows = session.rows(f"SELECT shard, position FROM {session.scan(table)} WHERE source = {text(stream)}")
    return replace(known_erased(session, stream), places=frozenset()), frozenset(rows)


def erasure_key(lake: Lake, *, create: bool = False) -> bytes:
    """The key of the hashes. With `create`, it is created if it is missing.

    Raises:
        LakeError: it is missing or cut off.
    """
    folder = lake.uri(FOLDER)
    with storage_errors():
        if create:
            lake.storage.create(folder, _KEY, secrets.token_bytes(_KEY_BYTES))
        found = lake.storage.read(folder, _KEY)
    if found is None or len(found) != _KEY_BYTES:
        raise LakeError(
            f"{folder}/{_KEY}: the key of erased records is missing or damaged, so they cannot be recognised. "
            "Nothing was read. Restore the file from a backup."
        )
    return found


def remember(session: Session, erasure: str, places: Sequence[Place]) -> DeltaTable:
    """Add erased records to the table, once per erasure.

    Raises:
        LakeError: they cannot be written.
    """
    table = session.lake.ensure(ADDRESS, COLUMNS, "Records that were erased on request, by position and keyed hash.")
    known = f"SELECT source, shard, position FROM {session.scan(table)} WHERE erasure = {text(erasure)}"
    names = ", ".join(column.name for column in COLUMNS)
    columns = ", ".join(f"{name} VARCHAR" for name in ("source", "shard", "position", "digest"))
    session.db.execute(f"CREATE OR REPLACE TEMP TABLE places ({columns})")
    for start in range(0, len(places), _AT_ONCE):
        rows = ", ".join(
            f"({text(p.source)}, {text(p.shard)}, {text(p.position)}, nullif({text(p.digest)}, ''))"
            for p in places[start : start + _AT_ONCE]
        )
        session.db.execute(f"INSERT INTO places VALUES {rows}")
    now = "(now() AT TIME ZONE 'UTC')::TIMESTAMP"
    select = (
        f"SELECT {names} FROM (SELECT *, {now} AS erased_at, {text(erasure)} AS erasure "
        f"FROM places ANTI JOIN ({known}) USING (source, shard, position))"
    )
    if files := session.write(table, select, ordered=True):
        commit(table, add=files, transactions={f"erasures/{erasure}": 1})
    return table
