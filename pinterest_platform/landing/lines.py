"""Line-by-line decisions: a line that fits becomes a row, any other is kept with its reason.

This is the slow and exact half of the parser, for lines that the fast half is unsure of. It reads objects as bytes and
handles any content: broken UTF-8, NUL bytes, lines of megabytes, lines without JSON.
"""

from __future__ import annotations

import io
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence

import duckdb
from arro3.core import Array, DataType, Table

from pinterest_platform.landing import fitting, reasons
from pinterest_platform.landing.batches import Batch, ChangedWhileReadError, Contents
from pinterest_platform.landing.envelopes import no_object, opened
from pinterest_platform.landing.erased import is_marker
from pinterest_platform.landing.fitting import OFFSET_FIELD, TIMESTAMP_FIELD, TOMBSTONE_FIELD
from pinterest_platform.landing.keys import is_compressed
from pinterest_platform.landing.scanning import refusal
from pinterest_platform.landing.unpacking import REFUSED
from pinterest_platform.schemas import RecordSchema
from pinterest_platform.sql import quote, text

#: Maximum lines and bytes to decide in one statement. It bounds memory when a whole batch is read line by line. Long
#: lines take the most: DuckDB parses thousands of lines at once, several times over.
_CHUNK_LINES = 50_000
_CHUNK_BYTES = 64 * 2**20
_LONG_LINE = 4_096
_LONG_BYTES = 2 * 2**20

#: Prefix of the reason of a line whose bytes are shown instead of its text.
NOT_UTF8 = "not UTF-8"
_INSTEAD = "set PINTEREST_MEMORY_LIMIT higher and read rejected lines again"
BYTE_ORDER_MARK = "\ufeff"
_WHITE_SPACE = " \t\r\n\v\f"

_SOURCE = "kafka_topic, kafka_partition, kafka_offset, kafka_timestamp, landing_file"
_SOURCE_TYPES = (
    "kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, kafka_timestamp TIMESTAMP, landing_file VARCHAR"
)
_ERASED_TYPES = "kafka_topic VARCHAR, kafka_partition INTEGER, kafka_offset BIGINT, landing_file VARCHAR, again BOOLEAN"

#: (object's position in the batch, line number, text or None if it is not UTF-8, text to keep, reason or None)
Line = tuple[int, int, str | None, str, str | None]


def chunks(store: Contents, batch: Batch, numbers: Sequence[int] | None) -> Iterator[list[Line]]:
    """The lines at these positions of a batch, or all lines if `numbers` is None, in chunks of bounded size.

    Raises:
        ChangedWhileReadError: an object has a different number of lines than the batch counted.
    """
    return bounded(_read(store, batch, numbers))


def bounded(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Lines in chunks of bounded size."""
    chunk: list[Line] = []
    size = long = 0
    for line in lines:
        chunk.append(line)
        size += len(line[3])
        long += len(line[3]) if len(line[3]) > _LONG_LINE else 0
        if len(chunk) == _CHUNK_LINES or size > _CHUNK_BYTES or long > _LONG_BYTES:
            yield chunk
            chunk, size, long = [], 0, 0
    if chunk:
        yield chunk


def _read(store: Contents, batch: Batch, numbers: Sequence[int] | None) -> Iterator[Line]:
    wanted: dict[int, set[int]] = {}
    first_lines = batch.first_lines
    for number in numbers or ():
        index = bisect_right(first_lines, number) - 1
        wanted.setdefault(index, set()).add(number - first_lines[index])
    indices = range(len(batch.objects)) if numbers is None else sorted(wanted)
    for index, content in zip(indices, store.read([batch.objects[i] for i in indices]), strict=True):
        count = 0
        packed = is_compressed(batch.objects[index].key)
        for count, line in enumerate(io.BytesIO(content), start=1):
            if packed and line.startswith(REFUSED):
                yield index, count - 1, None, "", line[1:].decode().strip()
            elif numbers is None or count - 1 in wanted[index]:
                yield index, count - 1, *_decode(line.removesuffix(b"\n"), first=count == 1)
        if count != batch.lines[index]:
            raise ChangedWhileReadError(batch.objects[index].key)


def _decode(line: bytes, *, first: bool) -> tuple[str | None, str, str | None]:
    """A line's text to parse, text to keep, and reason.

    As in the fast half, surrounding white space and a byte order mark at the start of an object are not part of the
    line.
    """
    try:
        decoded = line.decode()
    except UnicodeDecodeError as error:
        reason = f"{NOT_UTF8}: byte 0x{line[error.start]:02x} at position {error.start}"
        return None, line.decode(errors="backslashreplace"), reason
    parsed = decoded.removeprefix(BYTE_ORDER_MARK) if first else decoded
    parsed = parsed.strip(_WHITE_SPACE)
    if not parsed:
        return None, decoded, "empty line: expected one JSON object"
    refused = refusal(line)
    return None if refused else parsed, decoded, refused


def again(index: int, shown: str) -> Line:
    """A rejected line as the only line of an object, from the text that was kept of it."""
    reason = refusal(shown.encode())
    return index, 0, None if reason else shown.removeprefix(BYTE_ORDER_MARK), shown, reason


class Decided:
    """Decided lines of one batch: the relations `fitting`, `rejected` and `erased`, with the columns of
    `parser.Parsed`.

    The next batch on the connection replaces them. `objects` is the relation of the batch's objects: object,
    kafka_topic, kafka_partition, start_offset, landing_file. For `inserted`, see `Parser`.
    """

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        schema: RecordSchema,
        objects: str,
        inserted: Collection[str] = fitting.INSERTED,
    ) -> None:
        self._db, self._schema, self._objects, self._inserted = db, schema, objects, inserted
        self.fitting, self.rejected, self.erased = "decided_fitting", "decided_rejected", "decided_erased"
        columns = ", ".join(f"{quote(c.name)} {fitting.duckdb_type(c)}" for c in schema.columns)
        db.execute(f"CREATE OR REPLACE TEMP TABLE {self.fitting} ({columns}, {_SOURCE_TYPES}, tombstone BOOLEAN)")
        db.execute(f"CREATE OR REPLACE TEMP TABLE {self.rejected} ({_SOURCE_TYPES}, line VARCHAR, reason VARCHAR)")
        db.execute(f"CREATE OR REPLACE TEMP TABLE {self.erased} ({_ERASED_TYPES})")

    def add(self, chunk: list[Line]) -> None:
        """Decide each line and add it to one of the relations.

        Lines that together take too much memory are decided in halves. A single line that does is rejected.

        Raises:
            duckdb.OutOfMemoryException: there is not enough memory for any line.
        """
        self._db.begin()
        try:
            self._add(chunk)
            self._db.commit()
            return
        except duckdb.OutOfMemoryException as error:
            self._db.rollback()
            smaller = _smaller(chunk, error)
        for part in smaller:
            self.add(part)

    def _add(self, chunk: list[Line]) -> None:
        db = self._db
        names = ("object", "number", "line", "shown", "reason")
        types = (DataType.int64(), DataType.int64(), DataType.string(), DataType.string(), DataType.string())
        columns = zip(*chunk, strict=True)
        arrays = [Array(list(values), kind) for values, kind in zip(columns, types, strict=True)]
        db.register("line_rows", Table.from_pydict(dict(zip(names, arrays, strict=True))))
        db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE examined AS
            SELECT object, number, opened AS line, shown, coalesce(reason, CASE
                WHEN opened IS NULL THEN 'not JSON: expected one JSON object' ELSE {no_object("opened")}
            END) AS reason
            FROM (SELECT *, CASE WHEN json_valid(line) THEN {opened("line", self._schema)} END AS opened FROM line_rows)
            """
        )
        db.unregister("line_rows")
        if OFFSET_FIELD in self._inserted:
            self._take_markers()
        for statement in _statements(self._schema, self._objects, self._inserted):
            db.execute(statement)
        fields = ", ".join(quote(c.name) for c in self._schema.columns) + f", {_SOURCE}, tombstone"
        db.execute(f"INSERT INTO {self.fitting} SELECT {fields} FROM decided WHERE reason IS NULL")
        db.execute(
            f"""
            INSERT INTO {self.rejected}
            SELECT {_SOURCE}, shown, reason FROM decided WHERE reason IS NOT NULL
            UNION ALL
            SELECT kafka_topic, kafka_partition, start_offset + number, NULL, landing_file, shown, reason
            FROM examined JOIN {self._objects} USING (object) WHERE reason IS NOT NULL
            """
        )
        db.execute("DROP TABLE examined; DROP TABLE looked_up; DROP TABLE typed; DROP TABLE decided")

    def _take_markers(self) -> None:
        """Move the markers of erased lines from `examined` to their relation."""
        is_one = f"examined.reason IS NULL AND {is_marker('examined.line')}"
        path = f"'$.{OFFSET_FIELD}'"
        offset = fitting.line_inserted(OFFSET_FIELD, f"json_type(examined.line, {path})", f"examined.line->>{path}")
        self._db.execute(
            f"""
            INSERT INTO {self.erased}
            SELECT kafka_topic, kafka_partition, coalesce({offset}, start_offset + number), landing_file, false
            FROM examined JOIN {self._objects} USING (object) WHERE {is_one}
            """
        )
        self._db.execute(f"DELETE FROM examined WHERE {is_one}")


def _smaller(chunk: list[Line], error: duckdb.OutOfMemoryException) -> list[list[Line]]:
    """The parts to decide instead of a chunk that takes too much memory."""
    if len(chunk) > 1:
        middle = len(chunk) // 2
        return [chunk[:middle], chunk[middle:]]
    [(index, number, line, shown, _)] = chunk
    if line is None or len(shown) <= _LONG_LINE:
        raise error
    reason = f"takes too much memory to read, with {len(shown):,} characters: {_INSTEAD}"
    return [[(index, number, None, shown, reason)]]


def _statements(schema: RecordSchema, objects: str, inserted: Collection[str]) -> list[str]:
    """SQL that creates the table `decided` from `examined`: the values of each line and its first problem.

    The tables are created one after the other. Planning one nested statement takes longer than deciding 1,000 lines.
    """
    names = [c.name for c in schema.columns] + [*fitting.INSERTED, TOMBSTONE_FIELD]
    paths = fitting.json_paths(names)
    found = [f"kinds[{n}] AS kind_{n}, texts[{n}] AS text_{n}" for n in range(1, len(names) + 1)]
    key, last = 1 + names.index(schema.key), len(names)
    # A tombstone has its key in a separate field, which is read as if it were the key column.
    kind = text(fitting.tombstone_kind(schema.key_column))
    found[key - 1] = (
        f"CASE WHEN tombstone THEN {kind} ELSE kinds[{key}] END AS kind_{key}, "
        f"CASE WHEN tombstone THEN text_{last} ELSE texts[{key}] END AS text_{key}"
    )
    found[last - 1] = (
        f"coalesce(kinds[{last}] <> 'NULL', false) AS tombstone, "
        f"CASE WHEN tombstone THEN {fitting.tombstone_key(schema.key_column, f'texts[{last}]')} END AS text_{last}"
    )
    values, problems = [], []
    for number, column in enumerate(schema.columns, start=1):
        kind, raw = f"kind_{number}", f"text_{number}"
        values.append(f"{fitting.line_value(column, kind, raw)} AS {quote(column.name)}")
        problems.append(reasons.problem(column, kind, raw, quote(column.name)))
    problems += [reasons.problem_together(schema, rule) for rule in schema.together]
    for number, field in enumerate(fitting.INSERTED, start=len(schema.columns) + 1):
        value = (
            fitting.line_inserted(field, f"kind_{number}", f"text_{number}") if field in inserted else "NULL::BIGINT"
        )
        values.append(f"{value} AS {field}")
    nameless = text(f"tombstone: its key has no {schema.key}")
    wrong = reasons.problem(schema.key_column, "'VARCHAR'", f"text_{key}", quote(schema.key))
    refused = f"CASE WHEN text_{key} IS NULL THEN {nameless} ELSE 'tombstone: ' || {wrong} END"
    return [
        f"""
        CREATE OR REPLACE TEMP TABLE looked_up AS SELECT object, number, shown, {", ".join(reversed(found))} FROM (
            SELECT *, json_type(line, {paths}) AS kinds, json_extract_string(line, {paths}) AS texts
            FROM examined WHERE reason IS NULL
        )
        """,
        f"CREATE OR REPLACE TEMP TABLE typed AS SELECT *, {', '.join(values)} FROM looked_up",
        f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        SELECT * REPLACE (nullif(tombstone, false) AS tombstone),
            coalesce({OFFSET_FIELD}, start_offset + number) AS kafka_offset,
            make_timestamp_ms({TIMESTAMP_FIELD}) AS kafka_timestamp,
            CASE WHEN tombstone THEN {refused} ELSE coalesce({", ".join(problems)}) END AS reason
        FROM typed
        JOIN (SELECT object, kafka_topic, kafka_partition, start_offset, landing_file FROM {objects}) USING (object)
        """,
    ]
