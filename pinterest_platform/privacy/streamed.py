"""Finds matching records in the tables of streams, which hold them cleaned, and among rejected records of streams.

A row matches if it equals the row that the stream's model computes from a record found elsewhere. If all conditions
have the form `column = value`, a row also matches if it has the results that the model computes from these values.
This finds people who are only in a stream.
"""

from __future__ import annotations

from collections.abc import Iterable

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.landing.fitting import duckdb_type
from pinterest_platform.privacy import rejected_lines
from pinterest_platform.privacy.found import Found
from pinterest_platform.privacy.predicate import Predicate
from pinterest_platform.privacy.search import RECORDS
from pinterest_platform.sql import quote, text
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.stream_tables import REJECTED
from pinterest_platform.streaming.table import refuse_other_pseudonyms

_PLACE = "stream, shard_id, sequence_number"


def find_streamed(
    session: Session, catalog: Catalog, streams: Iterable[Stream], predicate: Predicate, found: Found
) -> None:
    """Add matching records of streams to those found in the landing zone and in raw.

    Raises:
        LakeError: a table cannot be read.
        StreamError: a stream has pseudonyms from another secret than the one that this process has.
    """
    for stream in streams:
        if (table := session.lake.open(stream.address)) is not None:
            model = catalog.models[stream.model]
            # With another secret, no row would match and nothing would be erased.
            refuse_other_pseudonyms(stream.address, table, model.mark)
            rows = f"(SELECT * FROM {session.scan(table)} WHERE tombstone IS NULL)"
            meant = [_equal(model, rows)]
            if names := _determined_columns(model, predicate):
                meant.append(_with_values(model, predicate, names, rows))
            places = session.rows(" UNION ".join(meant))
            _add(found, stream.address, places)
        if (table := session.lake.open(REJECTED.address)) is not None:
            nowhere = "NULL::VARCHAR AS kafka_topic, NULL::INTEGER AS kafka_partition, NULL::BIGINT AS kafka_offset"
            rows = f"(SELECT *, {nowhere} FROM {session.scan(table)} WHERE stream = {text(stream.origin)})"
            lines = rejected_lines.meant(session.db, rows, predicate)
            told = session.rows(f"SELECT {_PLACE}, line FROM {lines}")
            found.lines |= {(origin, shard, number): line for origin, shard, number, line in told}
            _add(found, REJECTED.address, [(origin, shard, number) for origin, shard, number, _ in told])


def _add(found: Found, address: str, places: list[tuple[str, str, str]]) -> None:
    if places:
        found.streamed.setdefault(address, set()).update(places)
        found.rows[address] += len(places)


def _equal(model: Model, rows: str) -> str:
    """SQL for the places of rows that equal the rows the model computes from the found records."""
    records = f"(SELECT * FROM {RECORDS} WHERE tombstone IS NULL)"
    return _same([column.name for column in model.columns], model.render_rows("duckdb", records), rows)


def _determined_columns(model: Model, predicate: Predicate) -> list[str]:
    """The model's columns that depend only on columns with a required value. Empty if one of the latter affects no such
    column, because other people would match too."""
    source = f"raw/{predicate.schema.name}"
    given = {(source, name) for name in predicate.equalities}
    names = [name for name, sources in model.lineage.items() if sources and set(sources) <= given]
    return names if {s for name in names for s in model.lineage[name]} == given else []


def _with_values(model: Model, predicate: Predicate, names: list[str], rows: str) -> str:
    """SQL for the places of rows whose columns `names` have what the model computes from the values."""
    values = predicate.equalities
    columns = ", ".join(
        f"TRY_CAST({text(values[c.name]) if c.name in values else 'NULL'} AS {duckdb_type(c)}) AS {quote(c.name)}"
        for c in predicate.schema.columns
    )
    place = "NULL::VARCHAR AS kafka_topic, 0 AS kafka_partition, 0::BIGINT AS kafka_offset"
    return _same(names, model.render_rows("duckdb", f"(SELECT {columns}, {place})"), rows)


def _same(names: list[str], made: str, rows: str) -> str:
    same = " AND ".join(f"have.{quote(name)} IS NOT DISTINCT FROM made.{quote(name)}" for name in names)
    return f"SELECT {_PLACE} FROM {rows} AS have SEMI JOIN ({made}) AS made ON {same}"
