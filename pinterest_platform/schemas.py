"""What a pin, a geo and a user record is: columns, types, ranges, keys, a sentence each.

Everything that must know the shape of a source record reads it here: the generator, the landing parser, the raw
tables and their checks. What a *cleaned* or *analytics* table looks like is said by its SQL file, not here.
Type names are those of the Databricks dialect (`bigint`, `double`, `string`, `timestamp_ntz`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["bigint", "int", "double", "string", "boolean", "timestamp_ntz"]

#: Topics and raw tables are listed in this order wherever order is visible.
TOPIC_SUFFIXES = ("pin", "geo", "user")


@dataclass(frozen=True)
class Column:
    """One column. `minimum` and `maximum` are inclusive; None means unbounded."""

    name: str
    type: ColumnType
    description: str
    required: bool = False
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class RecordSchema:
    """The declared shape of one kind of record, in source column order.

    `name` is the topic suffix and raw table name; `key` the column that identifies the entity;
    `source_table` its table in the source database.
    """

    name: str
    source_table: str
    key: str
    description: str
    columns: tuple[Column, ...]

    @property
    def required(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns if c.required)


PIN = RecordSchema(
    name="pin",
    source_table="pinterest_data",
    key="index",
    description="A pin as its poster published it.",
    columns=(
        Column("index", "bigint", "Row position in the source; the posting's identity.", required=True),
        Column("unique_id", "string", "UUIDv4 of the pin.", required=True),
        Column("title", "string", "Title as typed."),
        Column("description", "string", "Description as typed."),
        Column("poster_name", "string", "Display name of the poster."),
        Column("follower_count", "string", "Followers of the poster as displayed: 437, 26k, 3M."),
        Column("tag_list", "string", "Tags, separated by commas."),
        Column("is_image_or_video", "string", "Kind of media."),
        Column("image_src", "string", "Address of the image."),
        Column("downloaded", "bigint", "1 if the image was downloaded, else 0."),
        Column("save_location", "string", "Where the image was saved, with a prefix in words."),
        Column("category", "string", "Category the pin was posted in.", required=True),
    ),
)

GEO = RecordSchema(
    name="geo",
    source_table="geolocation_data",
    key="ind",
    description="Where and when a pin was posted.",
    columns=(
        Column("ind", "bigint", "Row position in the source; the posting's identity.", required=True),
        Column("timestamp", "timestamp_ntz", "When it was posted; no time zone.", required=True),
        Column("latitude", "double", "Degrees north.", required=True, minimum=-90, maximum=90),
        Column("longitude", "double", "Degrees east.", required=True, minimum=-180, maximum=180),
        Column("country", "string", "Country name."),
    ),
)

USER = RecordSchema(
    name="user",
    source_table="user_data",
    key="ind",
    description="Who posted a pin.",
    columns=(
        Column("ind", "bigint", "Row position in the source; the posting's identity.", required=True),
        Column("first_name", "string", "First name.", required=True),
        Column("last_name", "string", "Last name.", required=True),
        Column("age", "bigint", "Age in years.", minimum=0, maximum=120),
        Column("date_joined", "timestamp_ntz", "When the author joined; no time zone.", required=True),
    ),
)

RECORDS: Mapping[str, RecordSchema] = {schema.name: schema for schema in (PIN, GEO, USER)}

#: Where a landed record came from; the last six columns of every raw table and the first six of `raw/rejected`.
PROVENANCE = (
    Column("kafka_topic", "string", "Topic the record was read from.", required=True),
    Column("kafka_partition", "int", "Partition of the topic.", required=True, minimum=0),
    Column("kafka_offset", "bigint", "Offset in the partition; with topic and partition the identity.", required=True),
    Column("kafka_timestamp", "timestamp_ntz", "Broker time of the record in UTC; null where the line carries none."),
    Column("landing_file", "string", "Key of the landing object the record was read from.", required=True),
    Column("ingested_at", "timestamp_ntz", "When the record was ingested, in UTC.", required=True),
)

#: `raw/rejected`: every landed line that fits no declared schema.
REJECTED = (
    *PROVENANCE,
    Column("line", "string", "The line as landed; bytes that are not UTF-8 as \\xNN.", required=True),
    Column("reason", "string", "Why it does not fit: column, value, what is allowed.", required=True),
)

#: Where a streamed record came from; the last five columns of every `stream/<name>` and the first of `stream/rejected`.
ARRIVAL = (
    Column("stream", "string", "Kinesis stream or Kafka topic the record was read from.", required=True),
    Column("shard_id", "string", "Shard of the stream, or partition of the topic.", required=True),
    Column("sequence_number", "string", "Place in the shard, or offset; with the two the identity.", required=True),
    Column("arrived_at", "timestamp_ntz", "When the stream took the record, by its own clock, in UTC."),
    Column("ingested_at", "timestamp_ntz", "When the record was committed, in UTC.", required=True),
)

#: `stream/rejected`: every streamed record that does not fit the schema of its stream.
STREAM_REJECTED = (
    *ARRIVAL,
    Column("line", "string", "The record as it came; bytes that are not UTF-8 as \\xNN.", required=True),
    Column("reason", "string", "Why it does not fit: column, value, what is allowed.", required=True),
)

#: `stream/batches`: what each commit to a `stream/<name>` took, and how long.
STREAM_BATCHES = (
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


#: How live tables find the few data files that an update concerns: Delta's statistics bound numbers.
_WINDOW_MINUTE = Column("window_minute", "bigint", "Minutes from 1970-01-01 until the window starts.", required=True)
_WINDOW_START = Column("window_start", "timestamp_ntz", "Start of the window of one minute, in UTC.", required=True)

#: `live/posts_by_category`: posts of a stream in each minute of their arrival.
LIVE_POSTS_BY_CATEGORY = (
    _WINDOW_START,
    Column("category", "string", "Category; null where unknown."),
    Column("post_count", "bigint", "Posts that arrived in the window and came before it was closed.", required=True),
    Column("late_count", "bigint", "Posts that arrived in the window and came when it was closed.", required=True),
    Column("is_closed", "boolean", "Whether post_count is final.", required=True),
    _WINDOW_MINUTE,
)

#: `live/posts_by_poster`: what `live/top_posters` is made of.
LIVE_POSTS_BY_POSTER = (
    _WINDOW_START,
    Column("poster_name", "string", "Display name of the poster.", required=True),
    Column("post_count", "bigint", "Posts that arrived in the window.", required=True),
    Column("follower_count", "bigint", "Followers of the poster, the most seen in the window; null where unknown."),
    _WINDOW_MINUTE,
)

#: `live/top_posters`: who posted most in the last hour.
LIVE_TOP_POSTERS = (
    Column("rank", "bigint", "Place by post_count; posters with as many share one.", required=True, minimum=1),
    Column("poster_name", "string", "Display name of the poster.", required=True),
    Column("post_count", "bigint", "Posts that arrived in the last hour.", required=True),
    Column("follower_count", "bigint", "Followers of the poster, the most seen in that hour; null where unknown."),
)


def raw_columns(record: str) -> tuple[Column, ...]:
    """Columns of `raw/<record>` in order: the source's own, then `PROVENANCE`."""
    return (*RECORDS[record].columns, *PROVENANCE)
