"""Reads the new records of a stream's table, each with its minute and whether it is late. `windows` counts them."""

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

#: A minute before all other minutes.
ALWAYS = -(2**62)
#: Microseconds of a window.
_WINDOW = 60_000_000
#: Columns of a stream's table with the times of a record.
_TIMES = ("arrived_at", "ingested_at")
#: Transaction ids of a live table: the newest arrival that it has counted, in microseconds since 1970, and the allowed
#: lateness for that count, in microseconds.
_NEWEST, _LATENESS = "newest_arrival", "lateness"


@dataclass(frozen=True)
class Arrived:
    """Posts to count: with `from_scratch` they replace all previous counts, else they are added to them.

    - `relation`: one row for each record, with window_minute, is_late and the grouping columns. It is valid until the
      next read, and empty without posts.
    - `minutes`: the minutes that have posts, in order. All minutes are counted since 1970.
    - `newest_minute`: the minute of the newest arrival of all.
    - `open_from`: the first minute that is not closed; `open_before`: the same before these posts. Each is `ALWAYS`
      before the first post.
    - `version`: of the stream's table; `transactions`: the ids that record all this.
    """

    from_scratch: bool
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
    """New posts: their relation, the number of posts and of late ones, their minutes, and the newest arrival."""

    relation: str = ""
    posts: int = 0
    late: int = 0
    minutes: tuple[int, ...] = ()
    newest: int | None = None


class Arrivals:
    """Reads `columns` of a stream's table at `address`. A minute closes `lateness` microseconds after its end."""

    def __init__(self, session: Session, address: str, columns: Sequence[str], lateness: int) -> None:
        self._session = session
        self._address = address
        self._names = columns
        self._columns = ", ".join(map(quote, columns))
        self._lateness = lateness
        self._read_last: tuple[object, bool, _Gained] | None = None

    def beyond(self, table: DeltaTable, *, from_scratch: bool) -> Arrived | None:
        """The posts that a loaded live table has not counted, or with `from_scratch` all posts; None if nothing is new.

        Raises:
            LakeError: the stream's table lacks a grouping column.
        """
        stream = self._session.lake.open(self._address)
        if stream is None:
            return None
        position = {**upstream_transactions(self._address, stream), _LATENESS: self._lateness}
        recorded = transaction_versions(table, [*position, _NEWEST])
        moved = {app for app, number in position.items() if recorded.get(app) != number}
        if not from_scratch and not moved:
            return None
        follows = not from_scratch and moved == {self._address} and self._address in recorded
        before = recorded.get(_NEWEST) if follows else None
        from_scratch, gained = self._read(stream, recorded[self._address] if follows else None, before)
        before = None if from_scratch else before
        newest = max((us for us in (gained.newest, before) if us is not None), default=None)
        return Arrived(
            from_scratch=from_scratch,
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
        """The minute of the newest arrival that a loaded live table has counted."""
        return _minute(transaction_versions(table, [_NEWEST]).get(_NEWEST))

    def _open_from(self, newest: int | None) -> int:
        return _minute(None if newest is None else newest - self._lateness)

    def _read(self, stream: DeltaTable, since: int | None, before: int | None) -> tuple[bool, _Gained]:
        """Read the posts after the version `since`, or all if the log does not show them. Returns whether it read all,
        and the posts. Tables that have counted to the same version share one read."""
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
            return None  # The file was compacted since, then cleaned up.

    def _all(self, stream: DeltaTable) -> _Gained:
        needed = (*_TIMES, *self._names)
        if missing := set(needed) - {field.name for field in stream.schema().fields}:
            raise LakeError(
                f"{self._address}: has no column {', '.join(sorted(missing))}; live results require a stream whose "
                f"table has {', '.join(needed)}"
            )
        return self._time(self._session.scan(stream, (TOMBSTONE,)), None)

    def _time(self, rows: str, before: int | None) -> _Gained:
        """Add to each post its minute and whether it is late; `before` is the newest arrival of earlier posts.

        A record cannot arrive after it is read. But clocks differ, and in Kafka a producer can set the time. A producer
        whose clock is ahead by more than half the lateness would close the minutes of others. So the arrival of its
        posts is the time when they were read. The same holds for posts without a time in the stream.
        """
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
        # Posts that were ingested at the same time came together. They close minutes only for later posts.
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
