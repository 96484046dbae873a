"""Live results: what a stream's table of pins says of the last minutes, counted as its commits come.

`results` brings the tables up to date, `live_tables` says which there are. Reading the stream, and views over its
table, are the business of others.

A post counts in the minute it arrived in. The watermark is the newest arrival less an allowed lateness: it moves with
the posts, never with the clock, and a minute that it has passed is closed. A post that comes for a closed minute is
counted as late, apart from the others. `ingested_at` tells which posts had come before it, so what is late does not
depend on when, or how often, the results are brought up to date.

Exactly once: up to which version of the stream's table a live table has counted is committed with its rows. What the
stream's table gained since is read from its log, in which joining its files is no change. Where that cannot be told
(another table under its address, rows taken out of it, its log or files cleaned away) everything is counted anew.
"""

from __future__ import annotations

from pinterest_platform.live.live_tables import TABLES
from pinterest_platform.live.results import LiveResults, Updated

__all__ = ["TABLES", "LiveResults", "Updated"]
