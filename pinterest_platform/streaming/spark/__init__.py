"""Streams on Spark Structured Streaming, with the same tables, rows and positions as the embedded job.

`query` runs one query per stream. `sources` defines its input, and `kinesis` is the Spark data source for Kinesis.
Executors clean records and write data files (`tasks`). For each batch, the driver commits the files with delta-rs
(`batches`). The same commit records how far shards are read. `streaming` defines the streams, the cleaning and the
content of a commit.

The table is the source of truth. A query starts from the positions in the table, with a temporary checkpoint that ends
with the query. A stale, lost or shared checkpoint therefore cannot duplicate or lose a record. Records that a source
delivers again are skipped by their position. Both engines may take turns.
"""
