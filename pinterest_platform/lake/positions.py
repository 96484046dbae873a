"""How far a table is, as transaction ids in its own commits: in topic partitions, and in the tables it is made of.

`<topic>/<partition>` is the next offset, the watermark that makes ingestion exactly once. `.../lookback` and the others
only make the next look at the landing zone cheap; without them it looks at everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields, replace
from uuid import UUID

from deltalake import DeltaTable

from pinterest_platform.landing.listing import START, Position


def watermark_id(topic: str, partition: int) -> str:
    """Application id under which a topic partition's next offset is committed, by every engine."""
    return f"{topic}/{partition}"


def read_positions(table: DeltaTable, topic: str, partitions: Iterable[int]) -> dict[int, Position]:
    positions = {}
    for partition in partitions:
        found = {name: table.transaction_version(app) for name, app in _ids(topic, partition).items()}
        positions[partition] = replace(START, **{name: value for name, value in found.items() if value is not None})
    return positions


def position_transactions(topic: str, partition: int, position: Position) -> dict[str, int]:
    """The transaction ids that record `position`."""
    return {app: getattr(position, name) for name, app in _ids(topic, partition).items()}


def _ids(topic: str, partition: int) -> dict[str, str]:
    """Application id of each field of a `Position`."""
    app = watermark_id(topic, partition)
    return {f.name: app if f.name == "next_offset" else f"{app}/{f.name}" for f in fields(Position)}


def upstream_transactions(address: str, upstream: DeltaTable) -> dict[str, int]:
    """The transaction ids that record which version of an upstream a table was computed from. A table that was made
    anew under the same address counts its versions from 0 again, hence the second one."""
    return {address: upstream.version(), f"{address}/id": UUID(str(upstream.metadata().id)).int >> 65}
