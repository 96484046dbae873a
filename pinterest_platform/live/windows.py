"""Tables with rows for each minute, updated from new arrivals.

A data file has the rows of some minutes, and Delta's log has the first and last of them. So an update reads and
rewrites only the files with open minutes and with minutes of late posts, no matter how many other files exist. Time is
divided into periods of `Rollup.file_minutes`. Minutes of the current period go into one file, older ones into another.
When the period is over, its file is no longer rewritten.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

from pinterest_platform.catalog import RawTable
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.columns import delta_schema, has_columns
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.files import DataFile, file_path
from pinterest_platform.live.arrivals import ALWAYS, Arrivals, Arrived
from pinterest_platform.live.upkeep import clean_up, open_table
from pinterest_platform.schemas import Column
from pinterest_platform.sql import quote

#: Delta's statistics bound this number, so an update finds the few data files that it must rewrite.
WINDOW_MINUTE = Column("window_minute", "bigint", "Start of the window in minutes since 1970-01-01.", required=True)
WINDOW_START = Column("window_start", "timestamp_ntz", "Start of the one-minute window, in UTC.", required=True)


@dataclass(frozen=True)
class Rollup:
    """The content of a table: for each minute, one row for each value of the column `by`.

    `measures` are the counted columns, each as two SQL texts: the value of one post, and the aggregate of several.
    `counts` is the condition for a post to be counted at all. `kept_minutes` is the number of minutes to keep,
    including the newest; None keeps all.
    """

    table: RawTable
    by: str
    measures: Mapping[str, tuple[str, str]]
    file_minutes: int
    counts: str = "true"
    kept_minutes: int | None = None

    def kept_from(self, newest_minute: int) -> int:
        """The first minute to keep."""
        return ALWAYS if self.kept_minutes is None else newest_minute - self.kept_minutes + 1


@dataclass(frozen=True)
class Rolled:
    """Result of an update: the number of counted posts, of late ones, and of minutes with posts that it closed. All
    posts up to `version` of the stream's table are counted."""

    posts: int
    late: int
    closed: int
    version: int


class Windows:
    """The table of a rollup, for one updater. A conflict with another updater raises LakeConflictError; start again
    with a new object."""

    def __init__(self, session: Session, rollup: Rollup) -> None:
        self._session = session
        self._rollup = rollup
        self._table = open_table(session.lake, rollup.table)

    def update(self, arrivals: Arrivals) -> Rolled | None:
        """Count new arrivals; None if nothing arrived."""
        columns = self._rollup.table.columns
        same_columns = has_columns(self._table, columns)
        arrived = arrivals.beyond(self._table, from_scratch=not same_columns)
        if arrived is None:
            return None
        closed, add, remove = 0, list[DataFile](), list[str]()
        if arrived.posts:
            expired, touched = self._files(arrived)
            rolled = self._merge(arrived, touched)
            closed, add, remove = self._closed(arrived, rolled), self._write(arrived, rolled), [*expired, *touched]
        commit(
            self._table,
            add=add,
            remove=remove,
            transactions=arrived.transactions,
            replace=arrived.from_scratch,
            schema=None if same_columns else delta_schema(columns),
        )
        maintenance.compact_if_fragmented(self._session.db, self._table, ("window_minute", self._rollup.by))
        clean_up(self._table)
        return Rolled(arrived.posts, arrived.late, closed, arrived.version)

    def _files(self, arrived: Arrived) -> tuple[list[str], list[str]]:
        """Data files with only expired minutes, and files with minutes that change."""
        if arrived.from_scratch:
            return [], []
        actions = self._table.get_add_actions(flatten=True)
        names, lows, highs = (
            actions.column(name).to_pylist() for name in ("path", "min.window_minute", "max.window_minute")
        )
        kept_from = self._rollup.kept_from(arrived.newest_minute)
        expired, touched = [], []
        for name, low, high in zip(names, lows, highs, strict=True):
            if high < kept_from:
                expired.append(str(name))
            elif high >= arrived.open_before or _has_any(arrived.minutes, low, high):
                touched.append(str(name))
        return expired, touched

    def _merge(self, arrived: Arrived, touched: list[str]) -> str:
        """A relation that merges the rows of these files with the new posts."""
        rollup = self._rollup
        by, measures = quote(rollup.by), rollup.measures
        posts = ", ".join(f"{one} AS {quote(name)}" for name, (one, _) in measures.items())
        rows = f"SELECT window_minute, {by}, {posts} FROM {arrived.relation} WHERE {rollup.counts}"
        if touched:
            counted = self._session.read_files(self._table, [file_path(self._table, name) for name in touched])
            rows += f" UNION ALL SELECT window_minute, {by}, {', '.join(map(quote, measures))} FROM {counted}"
        joined = ", ".join(f"{join}({quote(name)})::BIGINT AS {quote(name)}" for name, (_, join) in measures.items())
        self._session.db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE rolled AS
            SELECT
                window_minute,
                make_timestamp(window_minute * 60000000) AS window_start,
                window_minute < {arrived.open_from} AS is_closed,
                {by},
                {joined}
            FROM ({rows})
            WHERE window_minute >= {rollup.kept_from(arrived.newest_minute)}
            GROUP BY window_minute, {by}
            """
        )
        return "rolled"

    def _closed(self, arrived: Arrived, rolled: str) -> int:
        """How many minutes this update closed."""
        minutes = f"SELECT count(DISTINCT window_minute) FROM {rolled}"
        return int(self._session.value(f"{minutes} WHERE is_closed AND window_minute >= {arrived.open_before}"))

    def _write(self, arrived: Arrived, rolled: str) -> list[DataFile]:
        """Write the rows as data files of the table."""
        length = self._rollup.file_minutes
        under_way = arrived.open_from // length * length
        columns = ", ".join(quote(column.name) for column in self._rollup.table.columns)
        files: list[DataFile] = []
        for part in (f"window_minute < {under_way}", f"window_minute >= {under_way}"):
            if self._session.rows(f"SELECT 1 FROM {rolled} WHERE {part} LIMIT 1"):
                select = f"SELECT {columns} FROM {rolled} WHERE {part} ORDER BY window_minute, {quote(self._rollup.by)}"
                files += self._session.write(self._table, select, ordered=True)
        return files


def _has_any(minutes: tuple[int, ...], low: int, high: int) -> bool:
    """Whether one of the sorted `minutes` is between `low` and `high`."""
    place = bisect_left(minutes, low)
    return place < len(minutes) and minutes[place] <= high
