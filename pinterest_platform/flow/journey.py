"""When the newest records of a topic reached each place: sent, landed, in raw, and in each later layer.

Each place has its own clock: the record's timestamp, the landing zone's clock, and the commits of the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise

from pinterest_platform.catalog import Catalog
from pinterest_platform.engines.contract import Engine
from pinterest_platform.flow.topics import TopicFlow
from pinterest_platform.lake.lake import Lake
from pinterest_platform.lake.versions import commit_times
from pinterest_platform.landing.store import LandingStore

#: The most commits of a table to read.
_COMMITS = 10


@dataclass(frozen=True)
class Journey:
    """The newest records of a topic, with the UTC time at which they reached each of the `places`. None if the time is
    unknown, or if they have not reached the place."""

    topic: str
    times: Mapping[str, datetime | None]

    @property
    def steps(self) -> list[tuple[str, float | None]]:
        """Each place except the first, with the seconds from the previous place."""
        return [
            (place, (after - before).total_seconds() if before and after else None)
            for (_, before), (place, after) in pairwise(self.times.items())
        ]


def places(layers: Iterable[str]) -> tuple[str, ...]:
    """The places of a record in order."""
    return ("sent", "landed", "raw", *layers)


def look_at_journeys(
    lake: Lake, engine: Engine, catalog: Catalog, store: LandingStore, flows: Iterable[TopicFlow]
) -> list[Journey]:
    """The journeys of the newest records, for each topic that has records in raw.

    Raises:
        LakeError: a table cannot be read.
        LandingError: the landing zone cannot be listed.
    """
    times = cache(lambda address: _commit_times(lake, address))
    found = []
    for flow in flows:
        newest = engine.inspect(
            "SELECT landing_file, MAX(kafka_timestamp) AS sent, MAX(ingested_at) AS ingested "
            f"FROM raw.{flow.record} WHERE ingested_at = (SELECT MAX(ingested_at) FROM raw.{flow.record}) "
            "GROUP BY landing_file ORDER BY MAX(kafka_timestamp) DESC NULLS LAST, landing_file DESC",
            limit=1,
        ).rows
        for file, sent, ingested in newest:
            moment = ingested.replace(tzinfo=UTC)
            way = [sent.replace(tzinfo=UTC) if sent else None, _landed(store, file), moment]
            for tables in _tables_after(catalog, flow.record):
                moment = _committed([times(address) for address in tables], moment) if moment else None
                way.append(moment)
            found.append(Journey(flow.topic, dict(zip(places(catalog.domain.layers), way, strict=True))))
    return found


def _tables_after(catalog: Catalog, record: str) -> list[list[str]]:
    """The tables that a record reaches, by layer: its cleaned table, then all tables of each later layer."""
    first, *later = catalog.domain.layers
    cleaned = [model.address for model in [catalog.table_of(record)] if model and model.layer == first]
    return [cleaned, *([m.address for m in catalog.models.values() if m.layer == layer] for layer in later)]


def _landed(store: LandingStore, file: str) -> datetime | None:
    """When an object was written, by the landing zone's clock. None if it no longer exists."""
    written = store.written(file)
    return None if written is None else datetime.fromtimestamp(written / 1e6, UTC)


def _commit_times(lake: Lake, address: str) -> list[datetime]:
    table = lake.open(address)
    return commit_times(table, _COMMITS) if table else []


def _committed(tables: Iterable[list[datetime]], after: datetime) -> datetime | None:
    """When the last of the tables made its first commit after a time, or None. Commit times are newest first."""
    firsts = [later[-1] for times in tables if (later := [moment for moment in times if moment >= after])]
    return max(firsts, default=None)
