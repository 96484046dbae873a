"""Columns that the platform adds to stream tables: the origin of a record, rejected records, and commits."""

from __future__ import annotations

from pinterest_platform.schemas import Column

#: The origin of a streamed record: the last five columns of every `stream/<name>` and the first of `stream/rejected`.
ARRIVAL = (
    Column("stream", "string", "Kinesis stream or Kafka topic the record was read from.", required=True),
    Column("shard_id", "string", "Shard of the stream, or partition of the topic.", required=True),
    Column(
        "sequence_number",
        "string",
        "Sequence number or offset. Identifies the record with stream and shard. `<number>/<index>` if it has several.",
        required=True,
    ),
    Column("arrived_at", "timestamp_ntz", "When the stream received the record, by its own clock, in UTC."),
    Column("ingested_at", "timestamp_ntz", "When the record was committed, in UTC.", required=True),
)

#: `stream/rejected`: every record that does not fit the schema of its stream.
REJECTED = (
    *ARRIVAL,
    Column("line", "string", "The original record; bytes that are not UTF-8 as \\xNN.", required=True, personal=True),
    Column("reason", "string", "Why it was rejected: column, value, what is allowed.", required=True),
)

#: `stream/batches`: the size and duration of each commit to a `stream/<name>`.
BATCHES = (
    Column("stream", "string", "Kinesis stream or Kafka topic.", required=True),
    Column("batch", "bigint", "Number of the commit; unique within the stream.", required=True),
    Column("version", "bigint", "Version of the table that the commit created.", required=True),
    Column("committed_at", "timestamp_ntz", "When the commit was complete, in UTC.", required=True),
    Column("records", "bigint", "Records read.", required=True),
    Column("rows", "bigint", "Rows committed to the table.", required=True),
    Column("rejected", "bigint", "Records rejected.", required=True),
    Column("bytes", "bigint", "Bytes of the records as sent.", required=True),
    Column("lag", "string", "JSON: lag of each shard at that time, in milliseconds on Kinesis and records on Kafka."),
    Column("wait_seconds", "double", "Average time from the arrival of a record in the stream until it was read."),
    Column("read_seconds", "double", "From reading the first record until the batch was complete."),
    Column("clean_seconds", "double", "Parsing and cleaning."),
    Column("commit_seconds", "double", "Writing and committing."),
    Column("visible_p50_seconds", "double", "From arrival to commit: half of the records were faster."),
    Column("visible_p99_seconds", "double", "From arrival to commit: 99 of 100 records were faster."),
    Column("visible_max_seconds", "double", "From arrival to commit, for the slowest record."),
)
