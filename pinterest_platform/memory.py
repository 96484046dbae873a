"""How much memory DuckDB may use before it spills to disk."""

from __future__ import annotations

from functools import cache

import duckdb

from pinterest_platform.setting_types import AUTO

#: The share of the machine that DuckDB would take, and the share that it gets instead.
_OWN_SHARE, _SHARE = 0.8, 0.25
_LEAST_BYTES = 10**9
#: Memory for what DuckDB does not count: a quarter of the limit, up to this many bytes.
_UNCOUNTED_BYTES = 128 * 10**6


def limit_bytes(limit: str) -> int:
    """The bytes of a limit such as `512MB`. `auto` is a quarter of what the machine or container has, at least 1 GB."""
    if limit == AUTO:
        return max(int(_parsed("current_setting('memory_limit')") / _OWN_SHARE * _SHARE), _LEAST_BYTES)
    return _parsed(f"'{limit}'")


def duckdb_limit(limit: str) -> str:
    """DuckDB's own setting for a limit. It is less, because DuckDB does not count all that it uses."""
    allowed = limit_bytes(limit)
    return f"{allowed - min(allowed // 4, _UNCOUNTED_BYTES)}B"


@cache
def _parsed(formatted: str) -> int:
    with duckdb.connect() as db:
        [(found,)] = db.execute(f"SELECT parse_formatted_bytes({formatted})").fetchall()
    return int(found)
