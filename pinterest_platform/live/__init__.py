"""Counting what a stream's table gains, minute by minute: what live results of any domain are made of.

`contract` says what a domain gives, `arrivals` reads what is new, `windows` keeps tables with rows for each minute,
`upkeep` keeps them small. Which results there are is said by a domain. Reading the stream, and views over its table,
are the business of others.

A record counts in the minute it arrived in. The watermark is the newest arrival less an allowed lateness: it moves with
the records, never with the clock, and a minute that it has passed is closed. A record that comes for a closed minute is
counted as late, apart from the others. `ingested_at` tells which records had come before it, so what is late does not
depend on when, or how often, the results are brought up to date.

Exactly once: up to which version of the stream's table a live table has counted is committed with its rows. What the
stream's table gained since is read from its log, in which joining its files is no change. Where that cannot be told
(another table under its address, rows taken out of it, its log or files cleaned away) everything is counted anew.
"""
