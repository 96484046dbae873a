"""The parser: turns a batch of landing objects into rows that fit and lines that do not.

DuckDB's JSON reader reads a batch straight into columns. `lines` then decides each uncertain line, with a reason. It
decides all lines if the reader fails or miscounts.

The parser takes files and returns relations of its connection, which any Arrow consumer can read. It depends neither on
a lake nor on Dagster. `fitting` has the rules.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import duckdb

from pinterest_platform.landing import fitting, lines
from pinterest_platform.landing.batches import Batch, Contents, open_plain
from pinterest_platform.landing.erased import NOTHING_ERASED, Erased, set_erased_aside
from pinterest_platform.landing.fitting import OFFSET_FIELD, TIMESTAMP_FIELD, TOMBSTONE_FIELD
from pinterest_platform.landing.scanning import has_refused_lines, may_have_blank_lines
from pinterest_platform.landing.store import LandingError
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.sql import file_list, quote, text


@dataclass(frozen=True)
class Parsed:
    """The relations of one parsed batch. They are temporary: the next parse replaces them.

    - `fitting`: the record's columns, kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, landing_file,
      tombstone.
    - `rejected`: kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, landing_file, line, reason.
    - `erased`: kafka_topic, kafka_partition, kafka_offset, landing_file, again. It has the markers of erased lines, and
      erased records that arrived `again`.

    `lines` is the total number of rows in the three relations.
    """

    fitting: str
    rejected: str
    erased: str
    lines: int


class Parser:
    """Parses batches of one kind of record on a DuckDB connection, one batch at a time.

    `inserted` are the fields in which lines may state their own offset and timestamp. If nothing inserts these fields,
    they are ignored. Records that are `erased` are neither returned as fitting nor rejected.
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        schema: RecordSchema,
        inserted: Collection[str] = fitting.INSERTED,
        erased: Erased = NOTHING_ERASED,
    ) -> None:
        self._db = connection
        self._schema = schema
        self._inserted = inserted
        self._erased = erased

    def parse(self, store: Contents, batch: Batch) -> Parsed:
        """Parse a batch. Objects that must be read line by line are read again from `store`.

        Raises:
            ChangedWhileReadError: an object changed between two reads. Parse the batch again.
            LandingError: an object cannot be read, or there is not enough memory for a line.
        """
        try:
            return self._parse(store, batch)
        except duckdb.OutOfMemoryException as error:
            raise LandingError(
                f"landing zone: there is not enough memory to read a batch of {batch.topic}. No row of the batch was "
                "added. Increase PINTEREST_MEMORY_LIMIT, then run again."
            ) from error

    def _parse(self, store: Contents, batch: Batch) -> Parsed:
        objects = self._register_objects(batch)
        total = sum(batch.lines)
        has_refused = batch.has_long and has_refused_lines(batch.paths)
        unsure = None if has_refused else self._unsure(batch.paths, total)
        if unsure is None or (unsure and may_have_blank_lines(batch.paths)):
            with open_plain(store, batch) as path:
                unsure = self._unsure((path,), total)
        decided = lines.Decided(self._db, self._schema, objects, self._inserted)
        for chunk in lines.chunks(store, batch, unsure):
            decided.add(chunk)
        sure = self._sure_rows(objects)
        self._db.execute(f"CREATE OR REPLACE TEMP VIEW fitting AS {sure} UNION ALL FROM {decided.fitting}")
        if self._erased:
            return self._without_erased(decided, total)
        return Parsed("fitting", decided.rejected, decided.erased, total)

    def _without_erased(self, decided: lines.Decided, total: int) -> Parsed:
        """The parsed batch without erased records."""
        again = set_erased_aside(self._db, self._erased, self._schema, ("fitting", decided.rejected))
        source = "kafka_partition, kafka_offset, landing_file"
        self._db.execute(f"INSERT INTO {decided.erased} SELECT *, true FROM {again}")
        self._db.execute(f"DELETE FROM {decided.rejected} WHERE ({source}) IN (SELECT ({source}) FROM {again})")
        self._db.execute(f"CREATE OR REPLACE TEMP VIEW kept AS FROM fitting ANTI JOIN {again} USING ({source})")
        return Parsed("kept", decided.rejected, decided.erased, total)

    def _register_objects(self, batch: Batch) -> str:
        """The relation of a batch's objects, with the position of each one's first line."""
        columns: dict[str, tuple[str, Sequence[int | str]]] = {
            "object": ("BIGINT", range(len(batch.objects))),
            "first_line": ("BIGINT", batch.first_lines),
            "lines": ("BIGINT", batch.lines),
            "kafka_partition": ("INTEGER", [item.partition for item in batch.objects]),
            "start_offset": ("BIGINT", [item.start_offset for item in batch.objects]),
            "landing_file": ("VARCHAR", [item.key for item in batch.objects]),
        }
        # As a literal: for a parameter or a registered table, DuckDB imports pandas and pyarrow if they are installed,
        # which takes half a second.
        values = text(json.dumps({name: list(column) for name, (_, column) in columns.items()}, ensure_ascii=False))
        types = text(json.dumps({name: [kind] for name, (kind, _) in columns.items()}))
        names = ", ".join(f"unnest(held.{name}) AS {name}" for name in columns)
        self._db.execute(
            f"CREATE OR REPLACE TEMP TABLE objects AS SELECT {text(batch.topic)} AS kafka_topic, {names} "
            f"FROM (SELECT from_json({values}, {types}) AS held)"
        )
        return "objects"

    def _unsure(self, paths: tuple[str, ...], total: int) -> list[int] | None:
        """Read files into the table `landed`, and return the lines that must be decided one by one.

        Returns None and keeps no rows if rows and lines do not correspond. They do if their numbers are equal and no
        line is blank, because the reader skips only blank lines.
        """
        if self._read_columns(paths) != total:
            self._db.execute("DELETE FROM landed")
            return None
        return [row[0] for row in self._db.execute("SELECT rowid FROM landed WHERE NOT sure").fetchall()]

    def _read_columns(self, paths: tuple[str, ...]) -> int:
        """Read files into the table `landed`, one row per line. Returns the number of rows, or -1 if the reader
        fails."""
        columns = self._schema.columns
        values = [f"{fitting.fast_value(c)} AS {quote(c.name)}" for c in columns]
        values += [
            f"{fitting.inserted_value(field) if field in self._inserted else 'NULL::BIGINT'} AS {field}"
            for field in fitting.INSERTED
        ]
        sure = [fitting.surely_fits(c) for c in columns]
        sure += [fitting.follows(self._schema, rule) for rule in self._schema.together]
        sure += [fitting.surely_inserted(field) for field in self._inserted]
        sure.append(f"{TOMBSTONE_FIELD} IS NULL")
        if not any(column.required for column in columns):
            # A record in an envelope has none of its fields at the expected place.
            sure.append(f"({' OR '.join(f'{quote(c.name)} IS NOT NULL' for c in columns)})")
        select = f"SELECT {', '.join(values)}, coalesce({' AND '.join(sure)}, false) AS sure"
        types = fitting.read_types(self._schema)
        # Fields come only from the lines: a folder named title=x is not a column.
        options = f"columns = {types}, format = 'newline_delimited', records = 'true', hive_partitioning = false"
        try:
            self._db.execute(
                f"CREATE OR REPLACE TEMP TABLE landed AS {select} "
                f"FROM read_json({file_list(paths)}, {options}, ignore_errors = true)"
            )
        except duckdb.Error:
            nothing = ", ".join(
                f"NULL::{kind} AS {quote(name)}" for name, kind in fitting.read_kinds(self._schema).items()
            )
            self._db.execute(f"CREATE OR REPLACE TEMP TABLE landed AS {select} FROM (SELECT {nothing}) LIMIT 0")
            return -1
        return int(self._db.execute("SELECT count(*) FROM landed").fetchall()[0][0])

    def _sure_rows(self, objects: str) -> str:
        names = ", ".join(f"landed.{quote(c.name)}" for c in self._schema.columns)
        numbered = f"SELECT *, unnest(range(first_line, first_line + lines)) AS number FROM {objects}"
        return f"""
            SELECT {names}, kafka_topic, kafka_partition,
                coalesce({OFFSET_FIELD}, start_offset + number - first_line) AS kafka_offset,
                make_timestamp_ms({TIMESTAMP_FIELD}) AS kafka_timestamp, landing_file, NULL::BOOLEAN AS tombstone
            FROM landed JOIN ({numbered}) AS object
                ON landed.rowid = object.number
            WHERE sure
        """
