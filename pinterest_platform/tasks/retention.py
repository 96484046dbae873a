"""Removes what is older than PINTEREST_RETENTION_DAYS, but for what results need: part of the maintenance of tables.

Of raw and of the tables of streams, rows go that a newer one of their key has superseded: those that cleaned tables and
views are made of stay, so that computing them again gives the same. Rejected lines go, and landing objects of which
every line is ingested. How far a partition is expired is recorded in raw (`lake.positions`): a line from before is not
added again, and is no gap.
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
    """What was removed: rows of the table `what`, or objects of a topic in the landing zone. `kept_by` is a table that
    is made of all rows of it, so that nothing was removed."""

    what: str
    count: int
    kept_by: str = ""


def expire(
    settings: Settings, catalog: Catalog, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> Iterator[Expired]:
    """Remove what is too old, one table after the other; nothing where PINTEREST_RETENTION_DAYS is not set.

    Raises:
        LakeError, LandingError: something cannot be read or written; what came before is done.
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
            # Of a source that is read whole, the landing zone is what the next snapshot is compared with.
            if record not in catalog.domain.read_whole(settings):
                yield from expiry.landing(record)


class _Expiry:
    def __init__(self, settings: Settings, catalog: Catalog, session: Session, cutoff: datetime) -> None:
        self._settings, self._catalog, self._session, self._cutoff = settings, catalog, session, cutoff
        self._old = f"ingested_at < TIMESTAMP {text(f'{cutoff:%Y-%m-%d %H:%M:%S.%f}')}"

    def raw(self, record: str) -> Iterator[Expired]:
        """Rows of raw, and rejected lines of its topic. Raw is first: it says how far both are expired."""
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
        """Rows of the tables of streams that are not the newest of their key, and rejected records."""
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
        """Objects before others that are ingested, so that all lines of them are."""
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
        """SQL for whether no model chooses a row of raw. Tombstones stay, so that what they delete stays deleted."""
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
        """How far partitions are expired once the rows and the rejected lines are gone, as transaction ids."""
        gone = f"SELECT kafka_partition, kafka_offset FROM {_EXPIRED} WHERE kafka_topic = {text(topic)}"
        if rejected:
            gone += f" UNION ALL SELECT kafka_partition, kafka_offset FROM {self._session.scan(rejected)} WHERE {lines}"
        rows = self._session.rows(f"SELECT kafka_partition, max(kafka_offset) + 1 FROM ({gone}) GROUP BY 1")
        return expired_transactions(topic, dict(rows))

    def _fill(self, select: str) -> None:
        if select:
            self._session.db.execute(f"CREATE OR REPLACE TEMP TABLE {_EXPIRED} AS {select}")

    def _remove(self, address: str, place: tuple[str, ...], transactions: Mapping[str, int]) -> int:
        """Remove the expired rows of a table, at whichever version it is by now; how many. The commit counts as one
        that changes nothing: what is computed from the table stays as it is."""
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
