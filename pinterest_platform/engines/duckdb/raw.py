"""Writes parsed lines to raw and rejected: finds the new lines and commits each table.

The caller decides the order of commits. `ingest` commits rejected first, because it can read the landing zone again.
`release` commits raw first, because it has only the rejected lines. `lake/__init__` explains why both are safe.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deltalake import DeltaTable

from pinterest_platform.engines.clashes import Clash, clash_sql, content, lines_of
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.ingestion import Ranges
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeDamagedError
from pinterest_platform.lake.lake import StoredTable
from pinterest_platform.lake.positions import batch_number, read_expired
from pinterest_platform.lake.repair import put_away
from pinterest_platform.schemas import REJECTED, RecordSchema
from pinterest_platform.sql import quote, text

REJECTED_ADDRESS = "raw/rejected"
_IDENTITY = "kafka_partition, kafka_offset"
#: One statement has one time: all rows of a commit have the same ingestion time.
_NOW = "(now() AT TIME ZONE 'UTC')::TIMESTAMP"


def ranges_sql(*relations: str) -> str:
    """SQL for the offset ranges of relations of parsed lines: partition, lowest, highest, whether any offset occurs
    twice."""
    lines = " UNION ALL ".join(f"SELECT {_IDENTITY} FROM {relation}" for relation in relations)
    return (
        "SELECT kafka_partition, min(kafka_offset), max(kafka_offset), count(*) > count(DISTINCT kafka_offset) "
        f"FROM ({lines}) GROUP BY kafka_partition"
    )


@dataclass(frozen=True)
class News:
    """The new ones among parsed lines, as relations that the next call replaces.

    `rows` go to raw, `rejected` are new rejected lines, `superseded` are identities in rejected that fit now.
    """

    rows: str
    rejected: str
    superseded: str


class RawTables:
    """The raw table of one kind of record, and the rejected table, as one writer sees them.

    Until it is emptied, a `rebuilt` raw table may be unreadable or have other columns than declared.
    """

    def __init__(self, session: Session, schema: RecordSchema, topic: str, *, rebuilt: bool = False) -> None:
        self._session = session
        self.schema = schema
        self._topic = topic
        self._raw: StoredTable | None = None
        #: Why raw cannot be read, which is allowed only for a rebuilt table.
        self.damage = ""
        lake = session.lake
        try:
            self._raw = lake.ensure(self.address, schema.raw_columns, schema.description, rebuilt=rebuilt)
        except LakeDamagedError as error:
            if not rebuilt:
                raise
            self.damage = str(error)
        rejected = "Landed lines that fit no declared schema, with the reason."
        self.rejected: DeltaTable = lake.ensure(REJECTED_ADDRESS, REJECTED, rejected)

    @property
    def address(self) -> str:
        return f"raw/{self.schema.name}"

    @property
    def raw(self) -> StoredTable:
        assert self._raw is not None, "a table that cannot be read is recreated before it is used"
        return self._raw

    def create_raw(self) -> None:
        """Move the log of an unreadable raw table away and recreate the table."""
        put_away(self._session.lake, self.address)
        self._raw = self._session.lake.create(self.address, self.schema.raw_columns, self.schema.description)

    def ranges(self, *relations: str) -> Ranges:
        """Offset ranges of relations of parsed lines."""
        rows = self._session.rows(ranges_sql(*relations))
        return {partition: (low, high, twice) for partition, low, high, twice in rows}

    def find_new(self, fitting: str, rejected: str, ranges: Ranges, watermarks: Mapping[int, int]) -> News:
        """The lines of two relations of parsed lines that raw and rejected do not have.

        Raw has no offset at or beyond `watermarks`, so only ranges that begin below are looked up there. Expired lines
        count as present in raw.
        """
        db, news = self._session.db, News("new_rows", "new_rejected", "superseded")
        below = {p: r for p, r in ranges.items() if r[0] < watermarks.get(p, 0)}
        db.execute(f"CREATE OR REPLACE TEMP TABLE known_rows AS {self._known(self.raw, below)}")
        db.execute(f"CREATE OR REPLACE TEMP TABLE known_rejected AS {self._known(self.rejected, ranges)}")
        for partition, offset in read_expired(self.raw, self._topic, ranges).items():
            old = f"kafka_partition = {partition} AND kafka_offset < {offset}"
            lines = " UNION ".join(f"SELECT {_IDENTITY} FROM {lines} WHERE {old}" for lines in (fitting, rejected))
            db.execute(f"INSERT INTO known_rows SELECT * FROM ({lines}) ANTI JOIN known_rejected USING ({_IDENTITY})")
        once = f"QUALIFY row_number() OVER (PARTITION BY {_IDENTITY} ORDER BY landing_file DESC) = 1"
        once = once if any(twice for _, _, twice in ranges.values()) else ""
        rows = f"SELECT * FROM {fitting}"
        if self._session.value("SELECT count(*) FROM known_rows"):
            rows += f" ANTI JOIN known_rows USING ({_IDENTITY})"
        db.execute(f"CREATE OR REPLACE TEMP VIEW {news.rows} AS {rows} {once}")
        db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE {news.rejected} AS
            SELECT * FROM {rejected}
            ANTI JOIN known_rows USING ({_IDENTITY}) ANTI JOIN known_rejected USING ({_IDENTITY})
            """
        )
        superseded = "SELECT k.* FROM known_rejected k"
        if self._session.value("SELECT count(*) FROM known_rejected"):
            superseded += f" SEMI JOIN {fitting} USING ({_IDENTITY})"
        db.execute(f"CREATE OR REPLACE TEMP TABLE {news.superseded} AS {superseded}")
        if once and self._session.value(f"SELECT count(*) FROM {news.rejected}"):
            db.execute(
                f"CREATE OR REPLACE TEMP TABLE {news.rejected} AS SELECT * FROM {news.rejected} "
                f"ANTI JOIN {fitting} USING ({_IDENTITY}) {once}"
            )
        return news

    def clash(self, fitting: str, rejected: str, ranges: Ranges) -> Clash | None:
        """Two records with the same offset, in two relations of parsed lines and in raw and rejected."""
        of_record = content([quote(c.name) for c in self.schema.columns])
        told = [
            lines_of(fitting, of_record),
            lines_of(rejected, "line"),
            lines_of(self._within(self._session.scan(self.raw), ranges), of_record),
            lines_of(self._within(self._session.scan(self.rejected), ranges), "line"),
        ]
        rows: list[Any] = self._session.rows(clash_sql(told))
        return rows[0] if rows else None

    def has_rejected(self, ranges: Ranges) -> bool:
        """Whether rejected has a line within offset ranges of partitions."""
        return bool(self._session.rows(f"{self._known(self.rejected, ranges)} LIMIT 1"))

    def _known(self, table: DeltaTable, ranges: Ranges) -> str:
        """SQL for the identities that `table` already has within offset ranges of partitions."""
        return f"SELECT {_IDENTITY} FROM {self._within(self._session.scan(table), ranges)}"

    def _within(self, rows: str, ranges: Ranges) -> str:
        """SQL, to follow FROM, for the rows of the topic in a relation, within offset ranges of partitions."""
        within = [f"kafka_partition = {p} AND kafka_offset BETWEEN {r[0]} AND {r[1]}" for p, r in ranges.items()]
        where = " OR ".join(f"({condition})" for condition in within) or "false"
        return f"{rows} WHERE kafka_topic = {text(self._topic)} AND ({where})"

    def commit_rejected(self, news: News) -> int:
        """Add the new rejected lines and remove those that fit now. Returns the number added."""
        added = int(self._session.value(f"SELECT count(*) FROM {news.rejected}"))
        superseded = self._session.value(f"SELECT count(*) FROM {news.superseded}")
        if not added and not superseded:
            return 0
        columns = ", ".join(c.name for c in REJECTED)
        rows = f"SELECT *, {_NOW} AS ingested_at FROM {news.rejected}"
        select, remove = f"SELECT {columns} FROM ({rows})", []
        if superseded:
            scan = self._session.scan(self.rejected, filename=True)
            gone = f"SELECT ({_IDENTITY}) FROM {news.superseded}"
            match = f"kafka_topic = {text(self._topic)} AND ({_IDENTITY}) IN ({gone})"
            remove = [row[0] for row in self._session.rows(f"SELECT DISTINCT filename FROM {scan} WHERE {match}")]
            files = ", ".join(text(name) for name in remove)
            select += f" UNION ALL SELECT {columns} FROM {scan} WHERE filename IN ({files}) AND NOT ({match})"
        self._write(self.rejected, select, {}, [name.rpartition("/")[2] for name in remove])
        return added

    def commit_raw(self, news: News, transactions: Mapping[str, int]) -> int:
        """Add the new rows and return their number."""
        columns = ", ".join(quote(c.name) for c in self.schema.raw_columns)
        select = f"SELECT {columns} FROM (SELECT *, {_NOW} AS ingested_at FROM {news.rows})"
        return self._write(self.raw, select, transactions)

    def _write(
        self, table: DeltaTable, select: str, transactions: Mapping[str, int], remove: Sequence[str] = ()
    ) -> int:
        files = self._session.write(table, select)
        numbered = {**transactions, **batch_number(table, self._topic)}
        commit(table, add=files, remove=remove, transactions=numbered)
        return sum(file.rows for file in files)
