"""Declares the tables of streams, which jobs write and the catalog shows. Nothing is read or written here."""

from __future__ import annotations

from dataclasses import replace

from pinterest_platform.catalog import Model, RawTable, declared_table
from pinterest_platform.schemas import TOMBSTONE
from pinterest_platform.streaming import columns
from pinterest_platform.streaming.config import Stream

#: Identity of a streamed record. The first column bounds a scan for new rows.
IDENTITY = ("sequence_number", "shard_id", "stream")

#: Rejected records of all streams.
REJECTED = declared_table(
    "stream/rejected", "Every rejected record of a stream, with the reason.", columns.REJECTED, IDENTITY
)
#: Metrics of all streams.
BATCHES = declared_table("stream/batches", "Metrics of each stream commit.", columns.BATCHES, ("batch", "stream"))


def stream_table(stream: Stream, model: Model) -> RawTable:
    """The table of a stream that the model cleans: the model's columns, `tombstone`, then the origin of the record."""
    description = f"Records of {stream.origin} ({stream.source}), each once, cleaned by the model of {model.address}."
    table = declared_table(stream.address, description, (TOMBSTONE, *columns.ARRIVAL), IDENTITY)
    own = (replace(column, required=column.name in model.key) for column in model.columns)
    return replace(table, columns=(*own, *table.columns))
