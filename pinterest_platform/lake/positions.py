"""The positions of a table, as transaction ids in its own commits: in topic partitions and in upstream tables.

`<topic>/<partition>` is the next offset, the watermark that makes ingestion exactly once. `.../lookback` and the other
ids only make the next scan of the landing zone cheap; without them it reads everything.

Every commit of a topic's rows also takes the next number of `<topic>/batches`. Every commit of a computed table takes
the next number of `refreshes`. A number is taken once: of two writers that read the same state, one commits and the
other starts over.

delta-rs records numbers and positions in the commit itself. Spark can put only one id into a commit, the number. It
records the rest in a second commit, with `<topic>/recorded` as the number up to which the positions are correct. Until
then, raw may have rows beyond its positions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from uuid import UUID

from deltalake import DeltaTable

from pinterest_platform.lake.transactions import commit_digest, transaction_versions
from pinterest_platform.landing.listing import START, Position


def watermark_id(topic: str, partition: int) -> str:
    """Application id under which every engine commits the next offset of a topic partition."""
    return f"{topic}/{partition}"


def read_positions(table: DeltaTable, topic: str, partitions: Iterable[int]) -> dict[int, Position]:
    ids = {partition: _ids(topic, partition) for partition in partitions}
    found = transaction_versions(table, (app for names in ids.values() for app in names.values()))
    return {
        partition: replace(START, **{name: found[app] for name, app in names.items() if app in found})
        for partition, names in ids.items()
    }


def position_transactions(topic: str, partition: int, position: Position) -> dict[str, int]:
    """The transaction ids that record `position`."""
    return {app: getattr(position, name) for name, app in _ids(topic, partition).items()}


def positions_forgotten(table: DeltaTable, apps: Iterable[str]) -> dict[str, int]:
    """The transaction ids that reset the positions of every topic among the application ids of a raw table.

    The next ingestion of these topics scans the whole landing zone and looks up each line it finds.
    """
    transactions: dict[str, int] = {}
    for app in apps:
        topic, _, partition = app.rpartition("/")
        if partition.isdigit():
            transactions |= position_transactions(topic, int(partition), START) | batch_number(table, topic)
    return transactions


def _ids(topic: str, partition: int) -> dict[str, str]:
    """Application id of each field of a `Position`."""
    app = watermark_id(topic, partition)
    return {f.name: app if f.name == "next_offset" else f"{app}/{f.name}" for f in fields(Position)}


def read_expired(table: DeltaTable, topic: str, partitions: Iterable[int]) -> dict[int, int]:
    """The offset up to which each partition is expired.

    A line before it that is neither in raw nor in rejected was removed because of its age.
    """
    ids = {f"{watermark_id(topic, partition)}/expired": partition for partition in partitions}
    found = transaction_versions(table, ids)
    return {ids[app]: offset for app, offset in found.items() if offset}


def expired_transactions(topic: str, offsets: Mapping[int, int]) -> dict[str, int]:
    """The transaction ids that record the expired offsets."""
    return {f"{watermark_id(topic, partition)}/expired": offset for partition, offset in offsets.items()}


def batch_number(table: DeltaTable, topic: str) -> dict[str, int]:
    """The transaction id that the next commit of the topic's rows to a table, as loaded, must have."""
    app = f"{topic}/batches"
    return {app: transaction_versions(table, [app]).get(app, 0) + 1}


def recorded(table: DeltaTable, topic: str) -> dict[str, int]:
    """The transaction id that marks the positions of the topic as correct once its next batch is committed."""
    return {f"{topic}/recorded": number for number in batch_number(table, topic).values()}


def is_recorded(table: DeltaTable, topic: str) -> bool:
    """Whether a raw table has no rows of the topic at or beyond its positions."""
    apps = (f"{topic}/batches", f"{topic}/recorded")
    found = transaction_versions(table, apps)
    batches, up_to = (found.get(app, 0) for app in apps)
    return batches == up_to


def refresh_number(table: DeltaTable) -> dict[str, int]:
    """The transaction id that the next commit of rows to a computed table, as loaded, must have."""
    return {"refreshes": transaction_versions(table, ["refreshes"]).get("refreshes", 0) + 1}


def upstream_transactions(address: str, upstream: DeltaTable) -> dict[str, int]:
    """The transaction ids that record the version of an upstream table from which a table was computed.

    The second id distinguishes a recreated table at the same address, which counts its versions from 0 again.
    """
    return {address: upstream.version(), f"{address}/id": UUID(str(upstream.metadata().id)).int >> 65}


def commit_transaction(address: str, upstream: DeltaTable, version: int) -> dict[str, int]:
    """The transaction id that records which commit made a version of an upstream table; empty if that is unknown.

    A table that was restored, or copied from a backup, gives its version numbers to other commits.
    """
    digest = commit_digest(upstream, version)
    return {} if digest is None else {f"{address}/commit": digest}
