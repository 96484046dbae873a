"""Columns of the tables of streams that the platform adds: where a record came from, what was rejected, the commits."""

from __future__ import annotations

from pinterest_platform.schemas import Column

#: Where a streamed record came from; the last five columns of every `stream/<name>` and the first of `stream/rejected`.
ARRIVAL = (
    Column("stream", "string", "Kinesis stream or Kafka topic the record was read from.", required=True),
    Column("shard_id", "string", "Shard of the stream, or partition of the topic.", required=True),
    Column(
        "sequence_number",
        "string",
        "Place in the shard, or offset; with the two the identity. Of several objects in a record: `<number>/<place>`.",
        required=True,
    ),
    Column("arrived_at", "timestamp_ntz", "When the stream took the record, by its own clock, in UTC."),
    Column("ingested_at", "timestamp_ntz", "When the record was committed, in UTC.", required=True),
)

#: `stream/rejected`: every streamed record that does not fit the schema of its stream.
REJECTED = (
    *ARRIVAL,
    Column("line", "string", "The record as it came; bytes that are not UTF-8 as \\xNN.", required=True, personal=True),
    Column("reason", "string", "Why it does not fit: column, value, what is allowed.", required=True),
)

#: `stream/batches`: what each commit to a `stream/<name>` took, and how long.
BATCHES = (
    Column("stream", "string", "Kinesis stream or Kafka topic.", required=True),
    Column("batch", "bigint", "Number of the commit; with the stream the identity.", required=True),
    Column("version", "bigint", "Version of the table that the commit made.", required=True),
    Column("committed_at", "timestamp_ntz", "When the commit was there, in UTC.", required=True),
    Column("records", "bigint", "Records read.", required=True),
    Column("rows", "bigint", "Rows committed to the table.", required=True),
    Column("rejected", "bigint", "Records that do not fit.", required=True),
    Column("bytes", "bigint", "Bytes of the records as they were sent.", required=True),
    Column("lag", "string", "JSON: how far each shard was behind then, in milliseconds on Kinesis, records on Kafka."),
    Column("wait_seconds", "double", "From the arrival of a record in the stream until it was read, on average."),
    Column("read_seconds", "double", "From the reading of the first record until the batch was complete."),
    Column("clean_seconds", "double", "Parsing and cleaning."),
    Column("commit_seconds", "double", "Writing and committing."),
    Column("visible_p50_seconds", "double", "From arrival until committed; half of the records were faster."),
    Column("visible_p99_seconds", "double", "The same; 99 of 100 records were faster."),
    Column("visible_max_seconds", "double", "The same, of the slowest record."),
)
