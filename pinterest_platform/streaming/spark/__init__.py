"""Streams on Spark Structured Streaming: the same tables, rows and positions as those of the embedded job.

`query` runs a query a stream. `sources` says what it reads, `kinesis` is Spark's source of Kinesis. Executors clean and
write data files (`tasks`); for each batch the driver commits them with delta-rs (`batches`), how far shards are read in
the same commit. Which streams there are, how records are cleaned and what a commit says is the business of `streaming`.

The table is the truth. A query begins behind the positions that are in it, with a checkpoint of its own, which ends
with the query: no checkpoint that lags or leads, that is lost or that two queries share can double or lose a record.
Whatever a source delivers a second time is left out by its position. Both engines may take turns.
"""
