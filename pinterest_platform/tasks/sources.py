"""Lands a snapshot source before its raw table is ingested: new and changed rows become lines.

The landing zone records the snapshots, their domain, and the state of the source at its last complete load. This state
is taken before the source is read, so the next load reads changes made in the meantime.
"""

from __future__ import annotations

import json
import logging
import random
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from pinterest_platform.domain import Domain, Snapshot
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.errors import LakeDamagedError
from pinterest_platform.lake.files import read_files
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.owner import claim
from pinterest_platform.lake.positions import read_positions, watermark_id
from pinterest_platform.lake.remains import read_remains
from pinterest_platform.landing.known import PARTITION
from pinterest_platform.landing.snapshots import Load, OtherLoadError, land_snapshot
from pinterest_platform.landing.store import LandingError, WritableStore
from pinterest_platform.landing.stores import open_store
from pinterest_platform.settings import Settings
from pinterest_platform.tasks.result import Figures

_UNCHANGED = "unchanged: not read"

#: When several loads of a source run at once, one of them lands each object. A few tries outlast the others.
_ATTEMPTS = 10


def land(settings: Settings, domain: Domain, record: str, *, anew: bool, log: logging.Logger) -> Figures:
    """Land the new and changed rows of a record's snapshot source, if it has one, and return the metrics.

    A source in the state of its last load is not read. A full refresh always reads it, and allows many missing rows.

    Raises:
        PlatformError: the source cannot be read whole, or the landing zone cannot be read or written.
    """
    snapshots = [source.snapshot for source in domain.sources(settings) if source.record == record and source.snapshot]
    figures: dict[str, int | str] = {}
    for snapshot in snapshots:
        figures = _land(settings, domain, record, snapshot, anew, log)
    return figures


def _land(
    settings: Settings, domain: Domain, record: str, snapshot: Snapshot, anew: bool, log: logging.Logger
) -> dict[str, int | str]:
    claim(Lake(settings.lake_root), domain)  # Fails before reading the source.
    topic = settings.topic(record)
    store = open_store(settings.landing_root, settings.landing_topics_dir)
    kept = _kept(store, topic)
    if kept.domain not in ("", domain.name):
        raise LandingError(
            f"{topic} in {settings.landing_root} belongs to domain {kept.domain!r}, so domain {domain.name!r} landed "
            "nothing in it. Give each domain its own PINTEREST_LANDING or PINTEREST_TOPIC_PREFIX. If you renamed the "
            f"domain, remove {_key(topic)} there."
        )
    now = _Kept(snapshot.state(), domain.name)
    if now.state is not None and now.state == kept.state and not anew:
        log.info("%s: the source is unchanged, so it is not read", topic)
        return {"source": _UNCHANGED}
    load = _load_with_retries(settings, domain, record, snapshot, store, anew)
    if now != _kept(store, topic):
        _keep(store, topic, now)
    figures = _figures(load)
    log.log(logging.WARNING if load.vanished else logging.INFO, "%s: source: %s", topic, figures["source"])
    return figures


def _load_with_retries(
    settings: Settings, domain: Domain, record: str, snapshot: Snapshot, store: WritableStore, anew: bool
) -> Load:
    """Load the source, and retry if another load interfered."""
    topic, ingested = settings.topic(record), _ingested(settings, record, anew)
    for number in range(1, _ATTEMPTS + 1):
        try:
            return land_snapshot(
                store,
                topic,
                domain.records[record],
                snapshot.rows(),
                not_below=ingested,
                allow_fewer=anew,
                memory_limit=settings.memory_limit,
            )
        except OtherLoadError:
            if number == _ATTEMPTS:
                raise
            time.sleep(random.uniform(0, 0.2 * number))
    raise AssertionError("the last attempt returns or raises")


def _ingested(settings: Settings, record: str, anew: bool) -> int:
    """The next offset of the raw table. If a full refresh rebuilds a damaged table: the offset after all those that its
    log and data files still show."""
    lake, address, topic = Lake(settings.lake_root), f"raw/{record}", settings.topic(record)
    try:
        table = lake.open(address)
    except LakeDamagedError:
        if not anew:
            raise
    else:
        return read_positions(table, topic, [PARTITION])[PARTITION].next_offset if table else 0
    with closing(Session(lake, settings.memory_limit)) as session, storage_errors():
        remains = read_remains(session.db, lake.storage, lake.uri(address))
        files = read_files(remains.paths, {"kafka_offset": "BIGINT"}) if remains.paths else ""
        found = [session.value(f"SELECT max(kafka_offset) FROM {files}")] if files else []
    found += [(stats.get("maxValues") or {}).get("kafka_offset") for stats in remains.lost.values()]
    recorded = remains.transactions.get(watermark_id(topic, PARTITION), 0)
    behind: list[int] = [offset + 1 for offset in found if offset is not None]
    return max([recorded, *behind])


def _figures(load: Load) -> dict[str, int | str]:
    gone = f", {load.vanished:,} gone" if load.vanished else ""
    examples = {"source_vanished_examples": ", ".join(load.vanished_examples)} if load.vanished else {}
    return {
        "source": f"{load.rows:,} rows read, {load.new:,} keys new, {load.changed:,} changed{gone}",
        "source_rows": load.rows,
        "source_new": load.new,
        "source_changed": load.changed,
        "source_vanished": load.vanished,
        "source_landed": load.landed,
        **examples,
    }


def _key(topic: str) -> str:
    return f"snapshots/{topic}.state.json"


@dataclass(frozen=True)
class _Kept:
    """State of the source at its last load, or None if unknown, so that the source is read. `domain` landed it, and is
    empty before the first load."""

    state: str | None = None
    domain: str = ""


def _kept(store: WritableStore, topic: str) -> _Kept:
    with tempfile.TemporaryDirectory(prefix="state-") as folder:
        file = Path(folder, "state.json")
        if not store.fetch(_key(topic), file):
            return _Kept()
        try:
            told = json.loads(file.read_bytes())
            state, domain = told["state"], told["domain"]
        except (ValueError, TypeError, KeyError):
            return _Kept()
    return _Kept(state if isinstance(state, str) else None, str(domain))


def _keep(store: WritableStore, topic: str, kept: _Kept) -> None:
    with tempfile.TemporaryDirectory(prefix="state-") as folder:
        file = Path(folder, "state.json")
        file.write_text(json.dumps(asdict(kept)), encoding="utf-8")
        store.save(_key(topic), file)
