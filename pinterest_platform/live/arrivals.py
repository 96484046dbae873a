"""The records that a stream's table gained, each with its minute and whether it is late. Counting is for `windows`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
from deltalake import DeltaTable

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.positions import upstream_transactions
from pinterest_platform.lake.transactions import transaction_versions
from pinterest_platform.schemas import TOMBSTONE
from pinterest_platform.sql import quote

#: A minute before all others.
ALWAYS = -(2**62)
#: Microseconds of a window.
_WINDOW = 60_000_000
#: Columns of a stream's table that say when a record came.
_TIMES = ("arrived_at", "ingested_at")
#: Transaction ids of a live table: the newest arrival it has counted, in microseconds from 1970, and the lateness it
#: was counted with, in microseconds.
_NEWEST, _LATENESS = "newest_arrival", "lateness"


@dataclass(frozen=True)
class Arrived:
    """Posts to be counted: instead of all that is counted where it is to be done `anew`, else beside it.

    `relation` has a row a record, with window_minute, is_late and the columns that are counted by, until others are
    read; where there are no posts there is none.
    Minutes are numbers from 1970: `minutes` those that have posts, in order; `newest_minute` that of the newest arrival
    of all; `open_from` the first that is not closed, `open_before` the same before these posts, each `ALWAYS` where
    there was no post yet. `version` is that of the stream's table, `transactions` are the ids that record all this.
    """

    anew: bool
    relation: str
    posts: int
    late: int
    minutes: tuple[int, ...]
    newest_minute: int
    open_from: int
    open_before: int
    version: int
    transactions: Mapping[str, int]


@dataclass(frozen=True)
class _Gained:
    """What was read: the relation of posts, how many there are and how many of them are late, their minutes, their
    newest arrival."""

    relation: str = ""
    posts: int = 0
    late: int = 0
    minutes: tuple[int, ...] = ()
    newest: int | None = None


class Arrivals:
    """Reads `columns` of the table of a stream at `address`. A minute is closed `lateness` microseconds after its
    end."""

    def __init__(self, session: Session, address: str, columns: Sequence[str], lateness: int) -> None:
        self._session = session
        self._address = address
        self._names = columns
        self._columns = ", ".join(map(quote, columns))
        self._lateness = lateness
        self._read_last: tuple[object, bool, _Gained] | None = None

    def beyond(self, table: DeltaTable, *, anew: bool) -> Arrived | None:
        """The posts that a live table, as loaded, has not counted, or all `anew`; None where there is nothing new.

        Raises:
            LakeError: the stream's table lacks a column that is counted by.
        """
        stream = self._session.lake.open(self._address)
        if stream is None:
            return None
        position = {**upstream_transactions(self._address, stream), _LATENESS: self._lateness}
        recorded = transaction_versions(table, [*position, _NEWEST])
        moved = {app for app, number in position.items() if recorded.get(app) != number}
        if not anew and not moved:
            return None
        follows = not anew and moved == {self._address} and self._address in recorded
        before = recorded.get(_NEWEST) if follows else None
        anew, gained = self._read(stream, recorded[self._address] if follows else None, before)
        before = None if anew else before
        newest = max((us for us in (gained.newest, before) if us is not None), default=None)
        return Arrived(
            anew=anew,
            relation=gained.relation,
            posts=gained.posts,
            late=gained.late,
            minutes=gained.minutes,
            newest_minute=_minute(newest),
            open_from=self._open_from(newest),
            open_before=self._open_from(before),
            version=stream.version(),
            transactions=position if newest is None else {**position, _NEWEST: newest},
        )

    def newest_minute(self, table: DeltaTable) -> int:
        """The minute of the newest arrival that a live table, as loaded, has counted."""
        return _minute(transaction_versions(table, [_NEWEST]).get(_NEWEST))

    def _open_from(self, newest: int | None) -> int:
        return _minute(None if newest is None else newest - self._lateness)

    def _read(self, stream: DeltaTable, since: int | None, before: int | None) -> tuple[bool, _Gained]:
        """Read what was gained after the version `since`, or all where that cannot be told, and which of the two it
        was. Tables that have counted equally far share what was read."""
        asked = (stream.metadata().id, stream.version(), since, before)
        if self._read_last is None or self._read_last[0] != asked:
            self._read_last = None
            gained = None if since is None else self._gained(stream, since, before)
            self._read_last = (asked, gained is None, gained or self._all(stream))
        return self._read_last[1:]

    def _gained(self, stream: DeltaTable, since: int, before: int | None) -> _Gained | None:
        changes = changes_since(self._session.db, stream, since)
        if changes is None or not changes.only_additions:
            return None
        if not changes.added:
            return _Gained()
        try:
            return self._time(self._session.read_files(stream, changes.added, (TOMBSTONE,)), before)
        except duckdb.IOException:
            return None  # A file was joined with others since, and cleaned away.

    def _all(self, stream: DeltaTable) -> _Gained:
        needed = (*_TIMES, *self._names)
        if missing := set(needed) - {field.name for field in stream.schema().fields}:
            raise LakeError(
                f"{self._address}: has no column {', '.join(sorted(missing))}; live results can be had of the table of "
                f"a stream with {', '.join(needed)}"
            )
        return self._time(self._session.scan(stream, (TOMBSTONE,)), None)

    def _time(self, rows: str, before: int | None) -> _Gained:
        """Say of posts which minute they are of and whether they are late, where `before` is the newest arrival until
        then.

        A record cannot have arrived after it was read. But clocks differ, and Kafka may be told the time by a producer:
        one that is ahead by more than half the lateness would close the minutes of others, and its posts count as
        having arrived when they were read, as those do of which the stream tells no time."""
        db, posts = self._session.db, "arrived_posts"
        db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE read_posts AS
            SELECT
                epoch_us(CASE
                    WHEN arrived_at <= ingested_at + to_microseconds({self._lateness // 2}) THEN arrived_at
                    ELSE ingested_at
                END) AS arrived_us,
                ingested_at, {self._columns}
            FROM {rows}
            WHERE {TOMBSTONE.name} IS NULL
            """
        )
        # What was ingested at the same time came together, and closes minutes only for what came later.
        db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE batches AS
            SELECT
                ingested_at,
                (greatest(earlier, {"NULL" if before is None else before}::BIGINT) - {self._lateness}) // {_WINDOW}
                    AS open_from
            FROM (
                SELECT ingested_at, max(max(arrived_us)) OVER (
                    ORDER BY ingested_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ) AS earlier
                FROM read_posts GROUP BY ingested_at
            )
            """
        )
        db.execute(
            f"""
            CREATE OR REPLACE TEMP VIEW {posts} AS
            SELECT arrived_us // {_WINDOW} AS window_minute, coalesce(window_minute < open_from, false) AS is_late,
                {self._columns}
            FROM read_posts JOIN batches USING (ingested_at)
            """
        )
        minutes = self._session.rows(
            f"SELECT window_minute, count(*), count(*) FILTER (is_late) FROM {posts} GROUP BY ALL ORDER BY ALL"
        )
        return _Gained(
            relation=posts,
            posts=sum(number for _, number, _ in minutes),
            late=sum(late for *_, late in minutes),
            minutes=tuple(minute for minute, *_ in minutes),
            newest=self._session.value("SELECT max(arrived_us) FROM read_posts"),
        )


def _minute(microseconds: int | None) -> int:
    return ALWAYS if microseconds is None else microseconds // _WINDOW
