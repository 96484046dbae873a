"""The tables of streams, declared: what jobs write and what the catalog shows. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import replace

from pinterest_platform.catalog import Model, RawTable, declared_table
from pinterest_platform.schemas import TOMBSTONE
from pinterest_platform.streaming import columns
from pinterest_platform.streaming.config import Stream

#: Identity of a streamed record. The first is what a scan for new rows is bounded by.
IDENTITY = ("sequence_number", "shard_id", "stream")

#: Records of all streams that do not fit.
REJECTED = declared_table(
    "stream/rejected", "Every streamed record that does not fit, with why.", columns.REJECTED, IDENTITY
)
#: The figures of all streams.
BATCHES = declared_table("stream/batches", "What each commit of a stream took.", columns.BATCHES, ("batch", "stream"))


def stream_table(stream: Stream, model: Model) -> RawTable:
    """The table of a stream that the model cleans: the model's own columns, whether a record is a tombstone, then where
    it came from."""
    description = f"Records of {stream.origin} ({stream.source}), each once, cleaned as {model.address} is."
    table = declared_table(stream.address, description, (TOMBSTONE, *columns.ARRIVAL), IDENTITY)
    own = (replace(column, required=column.name in model.key) for column in model.columns)
    return replace(table, columns=(*own, *table.columns))
