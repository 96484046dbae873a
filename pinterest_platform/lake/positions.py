"""How far a table is, as transaction ids in its own commits: in topic partitions, and in the tables it is made of.

`<topic>/<partition>` is the next offset, the watermark that makes ingestion exactly once. `.../lookback` and
`.../modified` only make the next look at the landing zone cheap; without them it looks at everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from deltalake import DeltaTable

from pinterest_platform.landing.listing import START, Position


def watermark_id(topic: str, partition: int) -> str:
    """Application id under which a topic partition's next offset is committed, by every engine."""
    return f"{topic}/{partition}"


def read_positions(table: DeltaTable, topic: str, partitions: Iterable[int]) -> dict[int, Position]:
    positions = {}
    for partition in partitions:
        app = watermark_id(topic, partition)
        next_offset = table.transaction_version(app)
        lookback = table.transaction_version(f"{app}/lookback")
        modified = table.transaction_version(f"{app}/modified")
        positions[partition] = Position(
            START.next_offset if next_offset is None else next_offset,
            START.lookback if lookback is None else lookback,
            START.modified if modified is None else modified,
        )
    return positions


def position_transactions(topic: str, partition: int, position: Position) -> dict[str, int]:
    """The transaction ids that record `position`."""
    app = watermark_id(topic, partition)
    return {app: position.next_offset, f"{app}/lookback": position.lookback, f"{app}/modified": position.modified}


def upstream_transactions(address: str, upstream: DeltaTable) -> dict[str, int]:
    """The transaction ids that record which version of an upstream a table was computed from. A table that was made
    anew under the same address counts its versions from 0 again, hence the second one."""
    return {address: upstream.version(), f"{address}/id": UUID(str(upstream.metadata().id)).int >> 65}
