"""The tables of live results, declared. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping

from pinterest_platform.catalog import RawTable, declared_table
from pinterest_platform.live.windows import WINDOW_MINUTE, WINDOW_START
from pinterest_platform.schemas import Column

#: `live/posts_by_category`: posts of a stream in each minute of their arrival.
_POSTS_BY_CATEGORY = (
    WINDOW_START,
    Column("category", "string", "Category; null where unknown."),
    Column("post_count", "bigint", "Posts that arrived in the window and came before it was closed.", required=True),
    Column("late_count", "bigint", "Posts that arrived in the window and came when it was closed.", required=True),
    Column("is_closed", "boolean", "Whether post_count is final.", required=True),
    WINDOW_MINUTE,
)

#: `live/posts_by_poster`: what `live/top_posters` is made of.
_POSTS_BY_POSTER = (
    WINDOW_START,
    Column("poster_name", "string", "Display name of the poster.", required=True, personal=True),
    Column("post_count", "bigint", "Posts that arrived in the window.", required=True),
    Column("follower_count", "bigint", "Followers of the poster, the most seen in the window; null where unknown."),
    WINDOW_MINUTE,
)

#: `live/top_posters`: who posted most in the last hour.
_TOP_POSTERS = (
    Column("rank", "bigint", "Place by post_count; posters with as many share one.", required=True, minimum=1),
    Column("poster_name", "string", "Display name of the poster.", required=True, personal=True),
    Column("post_count", "bigint", "Posts that arrived in the last hour.", required=True),
    Column("follower_count", "bigint", "Followers of the poster, the most seen in that hour; null where unknown."),
)

POSTS_BY_CATEGORY = declared_table(
    "live/posts_by_category",
    "Posts of the stream in each category and minute of their arrival; those that came late apart.",
    _POSTS_BY_CATEGORY,
    ("window_start", "category"),
)
POSTS_BY_POSTER = declared_table(
    "live/posts_by_poster",
    "Posts of the stream of each known poster in each minute of the last hour. Older minutes are left out in time.",
    _POSTS_BY_POSTER,
    ("window_start", "poster_name"),
)
TOP_POSTERS = declared_table(
    "live/top_posters",
    "Who posted most in the last 60 minutes, that of the newest arrival included. Ties are kept.",
    _TOP_POSTERS,
    ("poster_name",),
)

#: By address, each after those it is made of.
TABLES: Mapping[str, RawTable] = {table.address: table for table in (POSTS_BY_CATEGORY, POSTS_BY_POSTER, TOP_POSTERS)}
