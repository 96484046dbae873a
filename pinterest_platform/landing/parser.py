"""The one parser: turns a batch of landing objects into the rows that fit and the lines that do not.

A batch goes through DuckDB's JSON reader straight into columns. Lines it is not sure of (and, where the reader gives
up or loses count, all lines) are then decided one by one, each with its reason, by `lines`. Takes files, gives
relations of the connection it was made with, which any Arrow consumer can read; knows no lake, no Dagster. The rules
themselves are in `fitting`.
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
    """`fitting` has the record's columns, then kafka_topic, kafka_partition, kafka_offset, kafka_timestamp,
    landing_file and tombstone; `rejected` has the first five of those, then line and reason; `erased`, what stands for
    erased lines or was erased before and is there `again`, has the first three, the fifth and `again`. All name
    temporary relations that the next parse replaces. `lines` is what the batch holds: the rows of the three."""

    fitting: str
    rejected: str
    erased: str
    lines: int


class Parser:
    """Parses batches of one kind of record on a DuckDB connection, one batch at a time.

    `inserted` are the fields by which lines may say their own offset and timestamp; where nothing inserts them, what a
    record has under these names is not read. Records that are `erased` are neither those that fit nor rejected.
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
        """Parse a batch. `store` is asked again for objects that must be read line by line.

        Raises:
            ChangedWhileReadError: an object changed between two looks at it; parse again.
            LandingError: an object cannot be read, or there is too little memory for any line.
        """
        try:
            return self._parse(store, batch)
        except duckdb.OutOfMemoryException as error:
            raise LandingError(
                f"landing zone: there is too little memory to read a batch of {batch.topic}. Set "
                "PINTEREST_MEMORY_LIMIT higher, then run again; nothing of the batch was added."
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
        """What was parsed, less the records that were erased."""
        again = set_erased_aside(self._db, self._erased, self._schema, ("fitting", decided.rejected))
        source = "kafka_partition, kafka_offset, landing_file"
        self._db.execute(f"INSERT INTO {decided.erased} SELECT *, true FROM {again}")
        self._db.execute(f"DELETE FROM {decided.rejected} WHERE ({source}) IN (SELECT ({source}) FROM {again})")
        self._db.execute(f"CREATE OR REPLACE TEMP VIEW kept AS FROM fitting ANTI JOIN {again} USING ({source})")
        return Parsed("kept", decided.rejected, decided.erased, total)

    def _register_objects(self, batch: Batch) -> str:
        """The relation of a batch's objects, with the place of the first line of each."""
        columns: dict[str, tuple[str, Sequence[int | str]]] = {
            "object": ("BIGINT", range(len(batch.objects))),
            "first_line": ("BIGINT", batch.first_lines),
            "lines": ("BIGINT", batch.lines),
            "kafka_partition": ("INTEGER", [item.partition for item in batch.objects]),
            "start_offset": ("BIGINT", [item.start_offset for item in batch.objects]),
            "landing_file": ("VARCHAR", [item.key for item in batch.objects]),
        }
        # As a literal: for a parameter or a registered table DuckDB imports pandas and pyarrow where they are
        # installed, which takes half a second.
        values = text(json.dumps({name: list(column) for name, (_, column) in columns.items()}, ensure_ascii=False))
        types = text(json.dumps({name: [kind] for name, (kind, _) in columns.items()}))
        names = ", ".join(f"unnest(held.{name}) AS {name}" for name in columns)
        self._db.execute(
            f"CREATE OR REPLACE TEMP TABLE objects AS SELECT {text(batch.topic)} AS kafka_topic, {names} "
            f"FROM (SELECT from_json({values}, {types}) AS held)"
        )
        return "objects"

    def _unsure(self, paths: tuple[str, ...], total: int) -> list[int] | None:
        """Read files into the table `landed`; the lines that must be decided one by one, or None, with no row kept,
        where there is not one row a line. Rows and lines are surely the same ones where there are as many and no
        line is blank: the reader skips only blank ones."""
        if self._read_columns(paths) != total:
            self._db.execute("DELETE FROM landed")
            return None
        return [row[0] for row in self._db.execute("SELECT rowid FROM landed WHERE NOT sure").fetchall()]

    def _read_columns(self, paths: tuple[str, ...]) -> int:
        """Read files into the table `landed`, one row a line; the number of rows, or -1 where the reader gives up."""
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
            # A record in an envelope has none of its fields where they are looked for.
            sure.append(f"({' OR '.join(f'{quote(c.name)} IS NOT NULL' for c in columns)})")
        select = f"SELECT {', '.join(values)}, coalesce({' AND '.join(sure)}, false) AS sure"
        types = fitting.read_types(self._schema)
        # Fields come from the lines alone: a folder named title=x must not be taken for a column.
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
