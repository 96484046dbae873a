"""The tables of live results, declared. Nothing is computed here."""

from __future__ import annotations

from collections.abc import Mapping

from pinterest_platform.catalog import RawTable, declared_table
from pinterest_platform.schemas import LIVE_POSTS_BY_CATEGORY, LIVE_POSTS_BY_POSTER, LIVE_TOP_POSTERS

POSTS_BY_CATEGORY = declared_table(
    "live/posts_by_category",
    "Posts of the stream in each category and minute of their arrival; those that came late apart.",
    LIVE_POSTS_BY_CATEGORY,
    ("window_start", "category"),
)
POSTS_BY_POSTER = declared_table(
    "live/posts_by_poster",
    "Posts of the stream of each known poster in each minute of the last hour. Older minutes are left out in time.",
    LIVE_POSTS_BY_POSTER,
    ("window_start", "poster_name"),
)
TOP_POSTERS = declared_table(
    "live/top_posters",
    "Who posted most in the last 60 minutes, that of the newest arrival included. Ties are kept.",
    LIVE_TOP_POSTERS,
    ("poster_name",),
)

#: By address, each after those it is made of.
TABLES: Mapping[str, RawTable] = {table.address: table for table in (POSTS_BY_CATEGORY, POSTS_BY_POSTER, TOP_POSTERS)}
