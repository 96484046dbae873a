"""Turns a micro-batch of records into rows, with the parser of the landing zone and the batch models.

`packed` unpacks records that hold several objects before this. The models define all cleaning rules. `table` commits
the rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from arro3.core import Array, DataType, Table

from pinterest_platform.catalog import Model
from pinterest_platform.engines.duckdb.erasures import known_streamed
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.landing.batches import open_content
from pinterest_platform.landing.keys import LandingObject
from pinterest_platform.landing.lines import BYTE_ORDER_MARK
from pinterest_platform.landing.parser import Parser
from pinterest_platform.schemas import TOMBSTONE, RecordSchema
from pinterest_platform.sql import quote, text
from pinterest_platform.streaming.config import Stream
from pinterest_platform.streaming.packed import problem, record_number, unpacked
from pinterest_platform.streaming.source import Chunk
from pinterest_platform.streaming.stream_tables import REJECTED, stream_table

_MARK = BYTE_ORDER_MARK.encode()

#: Columns that are added to those of the model.
_KNOWN = ("shard_id", "sequence_number", "arrived_at", TOMBSTONE.name)


@dataclass(frozen=True)
class Rejected:
    """A record that does not fit the schema: its chunk, its index there, and the reason."""

    chunk: Chunk
    place: int
    reason: str

    @property
    def position(self) -> int:
        """The position of the shard just after this record."""
        return record_number(self.chunk.sequence_numbers[self.place]) + self.chunk.after


class Cleaner:
    """Cleans the records of one stream on a DuckDB session, a batch at a time. It leaves out records that were erased
    before it was created. An erasure stops running jobs, so this list stays complete."""

    def __init__(self, session: Session, stream: Stream, schema: RecordSchema, model: Model) -> None:
        self._session = session
        self._origin, self._source = stream.origin, stream.source
        erased, self._erased = known_streamed(session, stream.origin)
        self._parser = Parser(session.db, schema, inserted=(), erased=erased)
        self._cleaned = model.render_rows("duckdb", "arrived_rows", _KNOWN)
        self._columns = ", ".join(quote(column.name) for column in stream_table(stream, model).columns)

    def unpack(self, chunks: Sequence[Chunk]) -> Sequence[Chunk]:
        """The chunks as `clean` expects them."""
        return [unpacked(chunk) for chunk in chunks] if self._source == "kinesis" else chunks

    def clean(self, chunks: Sequence[Chunk]) -> list[Rejected]:
        """Parse and clean at least one record, and return the rejected ones.

        Raises:
            LandingError: no space is left for the temporary file.
        """
        db = self._session.db
        content = b"\n".join(_line(record) for chunk in chunks for record in chunk.data) + b"\n"
        item = LandingObject(0, 0, self._origin, len(content), 0)
        with open_content(self._origin, item, content) as batch:
            parsed = self._parser.parse(_InMemory(content), batch)
            db.register("arrivals", _arrivals(chunks))
            db.execute(
                "CREATE OR REPLACE TEMP VIEW arrived_rows AS "
                "SELECT fitting.*, shard_id, sequence_number, make_timestamp_ms(arrived_ms) AS arrived_at "
                f"FROM {parsed.fitting} AS fitting JOIN arrivals ON kafka_offset = number{self._kept}"
            )
            db.execute(f"CREATE OR REPLACE TEMP TABLE cleaned_rows AS {self._cleaned}")
            db.unregister("arrivals")
            refused = self._session.rows(f"SELECT kafka_offset, reason FROM {parsed.rejected} ORDER BY kafka_offset")
        if not refused:
            return []
        places = [(chunk, place) for chunk in chunks for place in range(len(chunk.data))]
        found = ((*places[number], reason) for number, reason in refused)
        return [
            Rejected(chunk, place, self._explained(chunk.data[place], reason))
            for chunk, place, reason in found
            if (chunk.shard, chunk.sequence_numbers[place]) not in self._erased
        ]

    @property
    def _kept(self) -> str:
        """A WHERE clause that leaves out records that were erased at their position."""
        listed = ", ".join(f"({text(shard)}, {text(number)})" for shard, number in sorted(self._erased))
        return f" WHERE (shard_id, sequence_number) NOT IN ({listed})" if listed else ""

    def _explained(self, record: bytes, reason: str) -> str:
        """The reason, with the packing of the record if that is the cause."""
        packing = problem(record) if self._source == "kinesis" else None
        return f"{reason}: {packing}" if packing else reason

    def rows(self, ingested_at: str) -> str:
        """SQL for the cleaned rows of the last batch. `ingested_at` is SQL for their ingestion time."""
        stamped = f"SELECT *, {text(self._origin)} AS stream, {ingested_at} AS ingested_at FROM cleaned_rows"
        return f"SELECT {self._columns} FROM ({stamped})"

    def refused(self, rejected: Sequence[Rejected], ingested_at: str) -> str:
        """SQL for rows of `stream/rejected`, valid until the next call."""
        columns = {
            "shard_id": [r.chunk.shard for r in rejected],
            "sequence_number": [r.chunk.sequence_numbers[r.place] for r in rejected],
            "line": [r.chunk.data[r.place].decode(errors="backslashreplace") for r in rejected],
            "reason": [r.reason for r in rejected],
        }
        texts = {name: Array(values, DataType.string()) for name, values in columns.items()}
        arrived = Array([r.chunk.arrived[r.place] for r in rejected], DataType.int64())
        self._session.db.register("rejected_rows", Table.from_pydict({**texts, "arrived_ms": arrived}))
        names = ", ".join(quote(column.name) for column in REJECTED.columns)
        return (
            f"SELECT {names} FROM (SELECT *, {text(self._origin)} AS stream, "
            f"make_timestamp_ms(arrived_ms) AS arrived_at, {ingested_at} AS ingested_at FROM rejected_rows)"
        )


def timestamp(seconds: float) -> str:
    """A time as SQL."""
    return f"make_timestamp({int(seconds * 1_000_000)})"


class _InMemory:
    """The single object of a batch. See `batches.Contents`."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def read(self, objects: Sequence[LandingObject]) -> Iterator[bytes]:
        return (self._content for _ in objects)


def _line(record: bytes) -> bytes:
    """A record as one line. A tab replaces a line break: both are white space in JSON, and both are invalid in a text.
    A leading blank keeps the byte order mark of the first record from passing for the file's own."""
    line = record.replace(b"\n", b"\t")
    return b" " + line if line.startswith(_MARK) else line


def _arrivals(chunks: Sequence[Chunk]) -> Table:
    shards = [chunk.shard for chunk in chunks for _ in chunk.data]
    return Table.from_pydict(
        {
            "number": Array(list(range(len(shards))), DataType.int64()),
            "shard_id": Array(shards, DataType.string()),
            "sequence_number": Array([n for chunk in chunks for n in chunk.sequence_numbers], DataType.string()),
            "arrived_ms": Array([ms for chunk in chunks for ms in chunk.arrived], DataType.int64()),
        }
    )
