"""Counts the new records of a stream's table minute by minute, for the live results of any domain.

`contract` defines what a domain provides. `arrivals` reads the new records. `windows` keeps tables with rows for each
minute, and `upkeep` keeps these tables small. A domain defines its results. Other packages read the stream and query
its table through views.

A record counts in the minute of its arrival. The watermark is the newest arrival minus the allowed lateness. It moves
with the records, never with the clock, and closes each minute that it passes. A record for a closed minute counts
separately, as late. `ingested_at` shows which records came before it. So lateness does not depend on when, or how
often, the results are updated.

Records are counted exactly once. With its rows, in the same transaction, a live table commits the version of the
stream's table up to which it has counted. Later records are read from that table's log, in which compaction is not
a change. Sometimes the log does not show them: the table was replaced, rows were deleted, or its log or files were
cleaned up. Then everything is counted again from scratch.
"""
