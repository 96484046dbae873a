"""Removes data that is older than PINTEREST_RETENTION_DAYS and that no result needs, as part of table maintenance.

From raw and stream tables, this removes rows that a newer row of the same key has superseded. Rows that cleaned tables
and views use stay, so computing these again gives the same result. It also removes rejected lines, and landing objects
whose lines are all ingested. Raw records the offset up to which each partition has expired (`lake.positions`): older
lines are not added again and do not count as gaps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from deltalake import DeltaTable

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.engines.duckdb.raw import REJECTED_ADDRESS
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.retrying import until_no_conflict
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.positions import expired_transactions, read_positions
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.settings import Settings
from pinterest_platform.sql import quote, text
from pinterest_platform.streaming.catalog import newest_rows
from pinterest_platform.streaming.config import load_streams
from pinterest_platform.streaming.stream_tables import REJECTED as STREAM_REJECTED

_PLACE = ("kafka_topic", "kafka_partition", "kafka_offset")
_STREAMED = ("stream", "shard_id", "sequence_number")
_EXPIRED = "expired_rows"


@dataclass(frozen=True)
class Expired:
    """Number of removed rows of the table `what`, or of removed objects of a topic in the landing zone. `kept_by` is a
    table that needs all of its rows, so none was removed."""

    what: str
    count: int
    kept_by: str = ""


def expire(
    settings: Settings, catalog: Catalog, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Expired]:
    """Remove expired data, one table after the other. Without PINTEREST_RETENTION_DAYS, do nothing.

    Raises:
        LakeError, LandingError: something cannot be read or written. The tables before it are done.
    """
    if settings.retention_days is None:
        return
    cutoff = clock() - timedelta(days=settings.retention_days)
    with closing(Session(Lake(settings.lake_root), settings.memory_limit, catalog.pseudonyms)) as session:
        expiry = _Expiry(settings, catalog, session, cutoff)
        for record in catalog.domain.records:
            yield from expiry.raw(record)
        yield from expiry.streams()
        for record in catalog.domain.records:
            # The next snapshot of a source is compared with the landing zone, so its objects stay.
            if record not in catalog.domain.read_whole(settings):
                yield from expiry.landing(record)


class _Expiry:
    def __init__(self, settings: Settings, catalog: Catalog, session: Session, cutoff: datetime) -> None:
        self._settings, self._catalog, self._session, self._cutoff = settings, catalog, session, cutoff
        self._old = f"ingested_at < TIMESTAMP {text(f'{cutoff:%Y-%m-%d %H:%M:%S.%f}')}"

    def raw(self, record: str) -> Iterator[Expired]:
        """Remove rows of raw, and rejected lines of its topic. Raw goes first: it records the expiry of both."""
        lake, address, topic = self._session.lake, f"raw/{record}", self._settings.topic(record)
        if (table := lake.open(address)) is None:
            return
        catalog = self._catalog
        models = [m for m in (*catalog.models.values(), *catalog.views.values()) if address in m.upstreams]
        whole = next((model.address for model in models if model.merge is None), "")
        kept = "false" if whole else self._superseded(table, models)
        self._fill(f"SELECT {', '.join(_PLACE)} FROM {self._session.scan(table)} WHERE {self._old} AND {kept}")
        rejected = lake.open(REJECTED_ADDRESS)
        lines = f"kafka_topic = {text(topic)} AND {self._old}"
        count = f"SELECT count(*) FROM {self._session.scan(rejected)} WHERE {lines}" if rejected else "SELECT 0"
        if self._session.value(f"SELECT count(*) FROM {_EXPIRED}") or self._session.value(count):
            reached = self._reached(topic, rejected, lines)
            yield Expired(address, self._remove(address, _PLACE, reached), whole)
            self._fill(
                f"SELECT {', '.join(_PLACE)} FROM {self._session.scan(rejected)} WHERE {lines}" if rejected else ""
            )
            yield Expired(REJECTED_ADDRESS, self._remove(REJECTED_ADDRESS, _PLACE, {}))
        elif whole:
            yield Expired(address, 0, whole)

    def streams(self) -> Iterator[Expired]:
        """Remove rows of stream tables that are not the newest of their key, and rejected records."""
        lake = self._session.lake
        place = ", ".join(_STREAMED)
        for stream in load_streams(self._settings, self._catalog).values():
            if (table := lake.open(stream.address)) is not None:
                rows = self._session.scan(table)
                sql = newest_rows(stream, self._catalog.models[stream.model], place)
                newest = self._catalog.render_query(sql, "duckdb", {stream.address: rows}.__getitem__)
                old = f"SELECT {place} FROM {rows} WHERE {self._old}"
                self._fill(f"SELECT * FROM ({old}) ANTI JOIN ({newest}) USING ({place})")
                yield Expired(stream.address, self._remove(stream.address, _STREAMED, {}))
        if (table := lake.open(STREAM_REJECTED.address)) is not None:
            self._fill(f"SELECT {place} FROM {self._session.scan(table)} WHERE {self._old}")
            yield Expired(STREAM_REJECTED.address, self._remove(STREAM_REJECTED.address, _STREAMED, {}))

    def landing(self, record: str) -> Iterator[Expired]:
        """Remove objects whose lines are all ingested: the next object starts at or before the ingested offset."""
        store, topic = open_zone(self._settings), self._settings.topic(record)
        if (table := self._session.lake.open(f"raw/{record}")) is None:
            return
        count = 0
        partitions = store.partitions(topic)
        positions = read_positions(table, topic, partitions)
        for partition in partitions:
            for item, following in pairwise(store.list(topic, partition).objects):
                ingested = following.start_offset <= positions[partition].next_offset
                if ingested and item.size and item.modified < self._cutoff.timestamp() * 1_000_000:
                    store.remove(item.key)
                    count += 1
        yield Expired(f"landing: {topic}", count)

    def _superseded(self, table: DeltaTable, models: list[Model]) -> str:
        """SQL predicate for rows of raw that no model chooses. Tombstones stay, so deleted keys stay deleted."""
        rows, tests = self._session.scan(table), ["tombstone IS NULL"]
        for number, model in enumerate(models):
            assert model.merge, "others need all rows"
            names = dict.fromkeys([*model.merge.source_key, *model.merge.newest])
            chosen = model.render_choice("duckdb", lambda _: rows)
            self._session.db.execute(f"CREATE OR REPLACE TEMP TABLE chosen_{number} AS {chosen}")
            listed = ", ".join(map(quote, names))
            tests.append(f"({listed}) NOT IN (SELECT ({listed}) FROM chosen_{number})")
        return " AND ".join(tests)

    def _reached(self, topic: str, rejected: DeltaTable | None, lines: str) -> Mapping[str, int]:
        """The expired offset of each partition after this removal, as transaction ids."""
        gone = f"SELECT kafka_partition, kafka_offset FROM {_EXPIRED} WHERE kafka_topic = {text(topic)}"
        if rejected:
            gone += f" UNION ALL SELECT kafka_partition, kafka_offset FROM {self._session.scan(rejected)} WHERE {lines}"
        rows = self._session.rows(f"SELECT kafka_partition, max(kafka_offset) + 1 FROM ({gone}) GROUP BY 1")
        return expired_transactions(topic, dict(rows))

    def _fill(self, select: str) -> None:
        if select:
            self._session.db.execute(f"CREATE OR REPLACE TEMP TABLE {_EXPIRED} AS {select}")

    def _remove(self, address: str, place: tuple[str, ...], transactions: Mapping[str, int]) -> int:
        """Remove the expired rows from the table's current version, and return their number. The commit is marked as
        changing no data, so downstream tables stay as they are."""
        session = self._session
        match = f"({', '.join(place)}) IN (FROM {_EXPIRED})"

        def attempt() -> int:
            table = session.lake.require(address)
            scan = session.scan(table, filename=True)
            counted = session.rows(f"SELECT filename, count(*) FROM {scan} WHERE {match} GROUP BY filename")
            if not counted and not transactions:
                return 0
            files = []
            if counted:
                columns = ", ".join(quote(field.name) for field in table.schema().fields)
                listed = ", ".join(text(name) for name, _ in counted)
                kept = f"SELECT {columns} FROM {scan} WHERE filename IN ({listed}) AND NOT ({match})"
                files = session.write(table, kept, ordered=True)
            names = [name.rpartition("/")[2] for name, _ in counted]
            commit(table, add=files, remove=names, transactions=transactions, changes_data=False)
            return sum(count for _, count in counted)

        return until_no_conflict(attempt)
