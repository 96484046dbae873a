"""Erases records: finds them, stores a plan, carries it out, and writes a certificate.

The order makes an erasure safe to kill. It first remembers the records, so that no ingestion adds them again. Then it
removes them from upstream to downstream: the landing zone, raw, and the tables computed from it. Finally, it removes
old versions of tables, copies and records of runs. `plan` documents how an unfinished erasure is completed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from pinterest_platform.domain import Domain, publications
from pinterest_platform.engines import build_engine
from pinterest_platform.engines.duckdb.erasures import Place, erasure_key, remember
from pinterest_platform.engines.duckdb.raw import REJECTED_ADDRESS
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.failpoints import Failpoint, reached
from pinterest_platform.lake.lake import Lake, storage_errors
from pinterest_platform.lake.owner import check_owner
from pinterest_platform.landing.erased import digest_of
from pinterest_platform.landing.stores import open_zone
from pinterest_platform.privacy import elsewhere, plan
from pinterest_platform.privacy.errors import ErasureError
from pinterest_platform.privacy.found import Found
from pinterest_platform.privacy.history import remove_history
from pinterest_platform.privacy.plan import Plan
from pinterest_platform.privacy.predicate import Predicate
from pinterest_platform.privacy.rewriting import rewrite
from pinterest_platform.privacy.search import Search
from pinterest_platform.privacy.streamed import find_streamed
from pinterest_platform.privacy.tables import erase_landed, erase_streamed
from pinterest_platform.report import publish
from pinterest_platform.settings import Settings
from pinterest_platform.streaming.catalog import counted_live, load_catalog
from pinterest_platform.streaming.config import load_streams
from pinterest_platform.streaming.stream_tables import REJECTED

#: The lake's folder with copies of earlier versions of tables.
_COPIES = "as_of"


@dataclass
class Done:
    """The results of an erasure. The certificate uses these names."""

    lines_replaced: int = 0
    objects_rewritten: int = 0
    rows_erased: dict[str, int] = field(default_factory=dict)
    tables_recomputed: list[str] = field(default_factory=list)
    files_removed: int = 0
    versions_removed: int = 0
    runs_removed: int = 0


class Eraser:
    """Erases records of one domain.

    Raises:
        LakeError: the lake belongs to another domain.
    """

    def __init__(self, settings: Settings, domain: Domain) -> None:
        self._settings, self._domain = settings, domain
        self._catalog = load_catalog(settings, domain)
        self._streams = [*load_streams(settings, self._catalog).values()]
        self._lake = Lake(settings.lake_root)
        self._store = open_zone(settings)
        self._session = Session(self._lake, settings.memory_limit, self._catalog.pseudonyms)
        check_owner(self._lake, domain)

    def close(self) -> None:
        self._session.close()

    def find(self, predicate: Predicate) -> Found:
        """Find records, without changing anything.

        Raises:
            LakeError, LandingError: an object or a table cannot be read.
            ErasureError: this engine cannot compute a table that depends on the record.
            StreamError: a stream has pseudonyms from another secret.
        """
        for address in self._made_of(predicate.schema.name):
            if self._settings.engine == "duckdb" and (why := self._catalog.spark_only.get(address)):
                raise ErasureError(f"{address} must be computed again, but {why}. Set PINTEREST_ENGINE=spark.")
        found = Search(self._session, self._store, self._settings.topic(predicate.schema.name), predicate).run()
        streams = [stream for stream in self._streams if stream.record == predicate.schema.name]
        find_streamed(self._session, self._catalog, streams, predicate, found)
        return found

    def unfinished(self) -> Plan | None:
        """The unfinished erasure, if any."""
        return plan.unfinished(self._lake)

    def is_asked_by(self, begun: Plan, predicate: Predicate) -> bool:
        """Whether an unfinished erasure was started for this condition."""
        return begun.asked == plan.asked_for(erasure_key(self._lake), predicate.schema.name, predicate.text)

    def begin(self, predicate: Predicate, found: Found) -> Plan:
        """Store the plan of an erasure. From now on, it must be finished.

        Raises:
            ErasureError: another erasure is not finished.
        """
        key, record = erasure_key(self._lake, create=True), predicate.schema.name
        begun = Plan(
            number=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{token_hex(4)}",
            record=record,
            asked=plan.asked_for(key, record, predicate.text),
            begun_at=datetime.now(UTC).isoformat(timespec="seconds"),
            objects=tuple(sorted(found.objects)),
            places=tuple(
                Place(p.source, p.shard, p.position, digest_of(key, p.digest) if p.digest else "")
                for p in found.places()
            ),
            versions=tuple(sorted(found.versions)),
            streamed={address: tuple(sorted(places)) for address, places in found.streamed.items()},
            rows=dict(found.rows),
        )
        plan.begin(self._lake, begun)
        reached(Failpoint.ERASURE_BEGUN, begun.number)
        return begun

    def finish(self, begun: Plan, forget_records: Callable[[], int], tell: Callable[[str], None]) -> tuple[str, Any]:
        """Carry out an erasure. Returns the location and the content of its certificate. `forget_records` deletes the
        records of runs and returns their number. `tell` receives each step.

        Raises:
            LakeError, LandingError, ErasureError: a step failed. Earlier steps are done, and the erasure must be
                finished.
        """
        done = Done(rows_erased={address: rows for address, rows in begun.rows.items() if rows})
        tell("remembering the erased records")
        remember(self._session, begun.number, begun.places)
        reached(Failpoint.ERASED_REMEMBERED, begun.number)
        tell("rewriting landing objects")
        self._rewrite_landing(begun, done)
        reached(Failpoint.LANDING_REWRITTEN, begun.number)
        changed = self._erase_rows(begun, tell)
        changed |= self._recompute(begun.record, done, tell) | self._count_again(changed)
        reached(Failpoint.TABLES_REWRITTEN, begun.number)
        for address, version in changed.items():
            tell(f"removing old versions of {address}")
            removed = remove_history(self._lake, address, version, f"erasures/{begun.number}")
            done.files_removed += removed.files
            done.versions_removed += removed.versions
        tell("removing copies and records of runs")
        self._remove_copies(done)
        done.runs_removed = forget_records()
        return self._certify(begun, done)

    def _rewrite_landing(self, begun: Plan, done: Done) -> None:
        keys = set(begun.objects)
        for topic in sorted({topic for topic, _ in keys}):
            offsets = {(partition, offset) for name, partition, offset in begun.landed if name == topic}
            for partition in self._store.partitions(topic):
                for item in self._store.list(topic, partition).objects:
                    if (topic, item.key) in keys:
                        schema = self._domain.records[begun.record]
                        rewritten = rewrite(self._session.db, self._store, schema, topic, item, offsets)
                        done.lines_replaced += rewritten.lines
                        done.objects_rewritten += bool(rewritten.lines)
                        done.versions_removed += rewritten.versions

        for key, version in begun.versions:
            done.versions_removed += self._store.forget_versions(key, [version])

    def _erase_rows(self, begun: Plan, tell: Callable[[str], None]) -> dict[str, int]:
        """Remove rows of raw, rejected and streams. Returns the first versions without them, by address."""
        versions: dict[str, int | None] = {}
        topics = [*map(self._settings.topic, self._domain.records)]
        for address in (f"raw/{begun.record}", REJECTED_ADDRESS):
            tell(f"erasing rows of {address}")
            versions[address] = erase_landed(self._session, address, begun.landed, topics)
        for address, places in begun.streamed.items():
            tell(f"erasing rows of {address}")
            origins = {s.origin for s in self._streams if address in (s.address, REJECTED.address)}
            versions[address] = erase_streamed(self._session, address, places, origins)
        return {address: version for address, version in versions.items() if version is not None}

    def _count_again(self, changed: Collection[str]) -> dict[str, int]:
        """Update live results after a change of their stream's table. Returns their versions, by address."""
        counted = counted_live(self._domain, self._streams)
        if counted is None or counted[1].address not in changed:
            return {}
        live, stream = counted
        found = {address: self._lake.open(address) for address in live.tables}
        if not any(found.values()):
            return {}
        with closing(live.open(self._settings, stream.address)) as updater:
            updater.update()
        return {address: self._lake.require(address).version() for address, table in found.items() if table}

    def _recompute(self, record: str, done: Done, tell: Callable[[str], None]) -> dict[str, int]:
        """Compute the tables downstream of raw again, publish them, and write the report. Returns the first versions
        without erased data, by address."""
        versions = {}
        with closing(build_engine(self._settings, self._catalog)) as engine:
            for address in self._made_of(record):
                tell(f"computing {address} again")
                versions[address] = engine.refresh(address, full_refresh=True).version
            if self._has_report():
                tell("writing the report again")
                publish.publish(self._settings, self._catalog, engine, anew=True)
        for address, publication in publications(self._settings, self._domain).items():
            if {*publication.upstreams} & versions.keys():
                tell(f"publishing {address} again")
                publication.publish(True)
        done.tables_recomputed = [*versions]
        return versions

    def _made_of(self, record: str) -> Iterator[str]:
        """Tables of the lake that depend on a record."""
        for address in self._catalog.descendants(f"raw/{record}"):
            if self._lake.open(address):
                yield address

    def _has_report(self) -> bool:
        folder, name = f"{publish.ADDRESS}.html".split("/")
        with storage_errors():
            return name in self._lake.storage.files(self._lake.uri(folder), prefix=name)

    def _remove_copies(self, done: Done) -> None:
        with storage_errors():
            done.files_removed += self._lake.storage.remove_folder(self._lake.uri(_COPIES))
            for folder in (_COPIES, publish.ADDRESS.split("/")[0]):
                done.versions_removed += self._lake.storage.remove_old_versions(self._lake.uri(folder))

    def _certify(self, begun: Plan, done: Done) -> tuple[str, Any]:
        said = {
            "erasure": begun.number,
            "record": begun.record,
            "begun_at": begun.begun_at,
            "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "records_erased": len({(p.source, p.shard, p.position) for p in begun.places}),
            **vars(done),
            "expires_elsewhere": elsewhere.told(self._settings, self._domain, self._catalog, begun.record),
        }
        where = plan.certify(self._lake, begun.number, said)
        reached(Failpoint.ERASURE_CERTIFIED, begun.number)
        plan.end(self._lake)
        return where, said
