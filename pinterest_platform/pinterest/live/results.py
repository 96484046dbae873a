"""Updates the live tables. `arrivals` reads posts, and `windows` counts them."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.lake.columns import delta_schema, has_columns
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.positions import upstream_transactions
from pinterest_platform.live.arrivals import Arrivals
from pinterest_platform.live.contract import Updated
from pinterest_platform.live.upkeep import clean_up, open_table
from pinterest_platform.live.windows import Rolled, Rollup, Windows
from pinterest_platform.pinterest.live.live_tables import POSTS_BY_CATEGORY, POSTS_BY_POSTER, TOP_POSTERS
from pinterest_platform.settings import Settings
from pinterest_platform.sql import quote

#: How long a minute stays open after its end.
LATENESS = timedelta(minutes=2)

#: The columns used for counting, in addition to the minute.
_COLUMNS = ("category", "poster_name", "follower_count")

#: The last hour, in minutes, and the number of its posters to show.
_HOUR, _TOP = 60, 20

_BY_CATEGORY = Rollup(
    POSTS_BY_CATEGORY,
    by="category",
    measures={"post_count": ("(NOT is_late)::BIGINT", "sum"), "late_count": ("is_late::BIGINT", "sum")},
    file_minutes=60,
)
#: A poster has one row per minute, so there may be many. An update rewrites only some minutes of the hour.
_BY_POSTER = Rollup(
    POSTS_BY_POSTER,
    by="poster_name",
    measures={"post_count": ("1", "sum"), "follower_count": ("follower_count", "max")},
    counts="poster_name IS NOT NULL",
    file_minutes=10,
    kept_minutes=_HOUR,
)


class LiveResults:
    """The live tables of a lake, computed from the stream table at `address`. Use it in one thread at a time. Several
    instances may update the same tables.

    A change of `lateness` or `address` counts everything from scratch.
    """

    def __init__(self, settings: Settings, address: str = "stream/pin", *, lateness: timedelta = LATENESS) -> None:
        self._session = Session(Lake(settings.lake_root, keep_open=True), settings.memory_limit)
        self._address = address
        self._arrivals = Arrivals(self._session, address, _COLUMNS, lateness // timedelta(microseconds=1))
        self._done: dict[str, int] = {}

    def update(self) -> Updated | None:
        """Count the new rows of the stream's table. None if nothing is new, or the table does not exist yet.

        Raises:
            LakeError: a table cannot be read or written, or the stream's table does not hold pins.
        """
        stream = self._session.lake.open(self._address)
        if stream is None:
            return None
        there = upstream_transactions(self._address, stream)
        if there == self._done:
            return None
        by_category, by_poster = (
            until_no_conflict(partial(self._count, rollup)) for rollup in (_BY_CATEGORY, _BY_POSTER)
        )
        ranked = until_no_conflict(self._rank)
        self._done = there
        if by_category:
            return Updated(by_category.posts, by_category.late, by_category.closed, by_category.version)
        return Updated(0, 0, 0, stream.version()) if by_poster or ranked else None

    def close(self) -> None:
        self._session.close()

    def _count(self, rollup: Rollup) -> Rolled | None:
        return Windows(self._session, rollup).update(self._arrivals)

    def _rank(self) -> bool:
        """Replace the top posters with the current ones. True if they changed."""
        session = self._session
        # Loaded first, to detect another updater that commits after the posts were read.
        top = open_table(session.lake, TOP_POSTERS)
        counted = session.lake.require(POSTS_BY_POSTER.address)
        kept_from = _BY_POSTER.kept_from(self._arrivals.newest_minute(counted))
        names = ", ".join(quote(column.name) for column in TOP_POSTERS.columns)
        session.db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE ranked AS
            SELECT rank() OVER (ORDER BY post_count DESC) AS rank, poster_name, post_count, follower_count
            FROM (
                SELECT poster_name, sum(post_count)::BIGINT AS post_count, max(follower_count) AS follower_count
                FROM {session.scan(counted)} WHERE window_minute >= {kept_from} GROUP BY poster_name
            )
            QUALIFY rank <= {_TOP}
            """
        )
        same_columns = has_columns(top, TOP_POSTERS.columns)
        if same_columns and not self._differ(f"SELECT {names} FROM {session.scan(top)}", f"SELECT {names} FROM ranked"):
            return False
        files = session.write(top, f"SELECT {names} FROM ranked ORDER BY rank, poster_name", ordered=True)
        schema = None if same_columns else delta_schema(TOP_POSTERS.columns)
        commit(top, add=files, transactions={}, replace=True, schema=schema)
        clean_up(top)
        return True

    def _differ(self, old: str, new: str) -> bool:
        return bool(self._session.rows(f"(({old}) EXCEPT ({new})) UNION ALL (({new}) EXCEPT ({old})) LIMIT 1"))
