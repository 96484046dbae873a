"""Declares the tables of live results. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping

from pinterest_platform.catalog import RawTable, declared_table
from pinterest_platform.live.windows import WINDOW_MINUTE, WINDOW_START
from pinterest_platform.schemas import Column

#: `live/posts_by_category`: posts of a stream by minute of arrival.
_POSTS_BY_CATEGORY = (
    WINDOW_START,
    Column("category", "string", "Category; null if unknown."),
    Column("post_count", "bigint", "Posts that arrived in the window, counted before it was closed.", required=True),
    Column("late_count", "bigint", "Posts that arrived in the window, counted after it was closed.", required=True),
    Column("is_closed", "boolean", "Whether post_count is final.", required=True),
    WINDOW_MINUTE,
)

#: `live/posts_by_poster`: the basis of `live/top_posters`.
_POSTS_BY_POSTER = (
    WINDOW_START,
    Column("poster_name", "string", "Display name of the poster.", required=True, personal=True),
    Column("post_count", "bigint", "Posts that arrived in the window.", required=True),
    Column("follower_count", "bigint", "Highest follower count of the poster in the window; null if unknown."),
    WINDOW_MINUTE,
)

#: `live/top_posters`: the posters with the most posts in the last hour.
_TOP_POSTERS = (
    Column("rank", "bigint", "Rank by post_count; posters with equal counts share a rank.", required=True, minimum=1),
    Column("poster_name", "string", "Display name of the poster.", required=True, personal=True),
    Column("post_count", "bigint", "Posts that arrived in the last hour.", required=True),
    Column("follower_count", "bigint", "Highest follower count of the poster in that hour; null if unknown."),
)

POSTS_BY_CATEGORY = declared_table(
    "live/posts_by_category",
    "Posts of the stream by category and minute of arrival. Late posts are counted separately.",
    _POSTS_BY_CATEGORY,
    ("window_start", "category"),
)
POSTS_BY_POSTER = declared_table(
    "live/posts_by_poster",
    "Posts of the stream by known poster and minute of the last hour. Older minutes are removed over time.",
    _POSTS_BY_POSTER,
    ("window_start", "poster_name"),
)
TOP_POSTERS = declared_table(
    "live/top_posters",
    "Posters with the most posts in the last 60 minutes, including the minute of the newest arrival. Ties are kept.",
    _TOP_POSTERS,
    ("poster_name",),
)

#: By address, in dependency order.
TABLES: Mapping[str, RawTable] = {table.address: table for table in (POSTS_BY_CATEGORY, POSTS_BY_POSTER, TOP_POSTERS)}
