"""Bringing one modelled table up to date: what it was computed from, what its upstreams have gained, merged or whole.

A table records, as transaction ids in its own commits, which versions of its upstreams it was computed from and the
fingerprint of its SQL. If none of them moved there is nothing to do; if the SQL changed, everything is computed anew.
The decisions are the same on every engine and are made here; how rows are computed and written is the engine's.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deltalake import DeltaTable

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform.engines.contract import Outcome, RefreshResult
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.changes import Changes, changes_since
from pinterest_platform.lake.columns import add_columns, delta_schema, differences, has_columns
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import DataFile
from pinterest_platform.lake.positions import commit_transaction, refresh_number, upstream_transactions
from pinterest_platform.lake.transactions import transaction_versions
from pinterest_platform.sql import quote

#: Transaction id under which a table records the fingerprint of the SQL it was computed with.
MODEL_ID = "model"


@dataclass(frozen=True)
class Gained:
    """What an upstream has gained since the version that the table was computed from."""

    since: int
    files: tuple[str, ...]


class Refresh(ABC):
    """One refresh of one table. A conflict with another writer surfaces as LakeConflictError; start over.

    `session` is a DuckDB connection of this process. `target` is the table, `found` its upstreams (None: not there
    yet), both as loaded when the refresh began.
    """

    def __init__(self, session: Session, catalog: Catalog, model: Model) -> None:
        lake = session.lake
        self._session = session
        self._catalog = catalog
        self._model = model
        self._target = lake.ensure(model.address, model.columns, model.description)
        self._same_columns = has_columns(self._target, model.columns)
        self._found = {address: lake.open(address) for address in model.upstreams}
        self._upstreams = {address: table for address, table in self._found.items() if table}
        #: Id and number of the commit that this refresh makes, and what it records of where its rows come from.
        self._number = refresh_number(self._target)
        self._transactions = {MODEL_ID: model.fingerprint}
        for address, table in self._upstreams.items():
            self._transactions |= upstream_transactions(address, table)
        #: Those that say whether anything is new.
        self._ids = tuple(self._transactions)
        for address, table in self._upstreams.items():
            self._transactions |= commit_transaction(address, table, table.version())
        if model.merge and (source := self._upstreams.get(model.merge.source)):
            self._transactions[_rows(model.merge.source)] = source.count()

    @abstractmethod
    def _replace(self, *, always: bool) -> tuple[Outcome, int]:
        """Compute the table whole; commit it if it came out another one, or `always`. Returns outcome, rows written."""

    def _store(self, relation: str, *, always: bool) -> tuple[Outcome, int]:
        """Commit the rows of a relation of the session as the whole table, unless it holds the same, or `always`."""
        session, target = self._session, self._target
        if not always and target.version() > 0 and self._same_columns and self._is_same(relation):
            return "unchanged", 0
        files = session.write(target, f"FROM {relation}", ordered=True)
        self._commit_whole(files)
        return "replaced", sum(file.rows for file in files)

    def _is_same(self, relation: str) -> bool:
        columns = ", ".join(quote(column.name) for column in self._model.columns)
        old, new = (f"SELECT {columns} FROM {source}" for source in (self._session.scan(self._target), relation))
        difference = f"(({old}) EXCEPT ALL ({new})) UNION ALL (({new}) EXCEPT ALL ({old}))"
        return not self._session.rows(f"SELECT 1 FROM ({difference}) LIMIT 1")

    def _commit_whole(self, files: Sequence[DataFile]) -> None:
        schema = None if self._same_columns else delta_schema(self._model.columns)
        transactions = {**self._transactions, **self._number}
        commit(self._target, add=files, transactions=transactions, replace=True, schema=schema)

    @abstractmethod
    def _arrived(self, merge: Merge, gained: Gained) -> int | None:
        """Find the keys of the source's new rows; how many, or None where rows of that time are gone."""

    @abstractmethod
    def _merge(self, merge: Merge) -> int:
        """Upsert the rows of the keys that arrived; how many changed. Each is computed from all of the source's rows of
        its key, so that an older record arriving late changes nothing, and rows that are there already and the same
        cost nothing."""

    def run(self, *, full_refresh: bool) -> RefreshResult:
        started = time.monotonic()
        columns_added = () if full_refresh else self._add_columns()
        outcome: Outcome = "unchanged"
        rows_in = changed = 0
        since: dict[str, int] = {}
        other = not full_refresh and self._is_of_other_upstreams()
        gained = None if full_refresh or other else self._gained()
        if gained is None or any(change.files for change in gained.values()):
            merge = self._model.merge
            arrived = None
            if merge and gained and not self._key_is_pseudonym:
                arrived = self._arrived(merge, gained[merge.source])
            if merge and arrived is not None:
                since = {self._model.address: self._target.version(), **self._computed_from()}
                outcome, rows_in, changed = "merged", arrived, self._merge(merge)
            else:
                rows_in = sum(table.count() for table in self._upstreams.values())
                outcome, changed = self._replace(always=full_refresh or other)
        return RefreshResult(
            address=self._model.address,
            uri=self._target.table_uri,
            version=self._target.version(),
            outcome=outcome,
            rows_in=rows_in,
            rows_changed=changed,
            rows_total=self._target.count(),
            seconds=time.monotonic() - started,
            since=since,
            columns_added=columns_added,
        )

    @property
    def _key_is_pseudonym(self) -> bool:
        """Whether keys of the source and of the table differ, so that the table is computed whole."""
        return bool(self._model.pseudonyms.keys() & {*self._model.key})

    def _add_columns(self) -> tuple[str, ...]:
        """Add columns in place where nothing else of the model is new, to a table that is kept up to date by key; their
        names. Rows from before have null there until they are computed again. The same commit says that the table is
        one of this model now."""
        found = differences(self._target, self._model.columns)
        before = transaction_versions(self._target, [MODEL_ID]).get(MODEL_ID)
        if not self._model.merge or not found.added or found.refused or before is None:
            return ()
        if not self._model.extends(before, [column.name for column in found.added]):
            return ()
        transactions = {MODEL_ID: self._model.fingerprint, **self._number}
        added = add_columns(self._model.address, self._target, found.added, transactions)
        self._same_columns = True
        self._number = refresh_number(self._target)
        return added

    def _computed_from(self) -> dict[str, int]:
        """Versions of the upstreams that the table, as it was loaded, was computed from."""
        versions = transaction_versions(self._target, self._upstreams)
        return {address: versions.get(address, 0) for address in self._upstreams}

    def _is_of_other_upstreams(self) -> bool:
        """Whether an upstream is not the one any more that this table was computed from: it was made anew, or is an
        earlier version of it, from which other commits may have led on.

        Raises:
            LakeError: the source of a merged table is such a one, and has fewer rows.
        """
        apps = (app for address in self._upstreams for app in (address, f"{address}/id", f"{address}/commit"))
        recorded = transaction_versions(self._target, apps)
        others = [address for address, table in self._upstreams.items() if self._is_other(address, table, recorded)]
        merge = self._model.merge
        if merge and merge.source in others:
            self._refuse_loss(merge.source)
        return bool(others)

    def _is_other(self, address: str, upstream: DeltaTable, recorded: Mapping[str, int]) -> bool:
        since, known = recorded.get(address), f"{address}/commit"
        if since is None:
            return False
        if since > upstream.version() or recorded.get(f"{address}/id") != self._transactions[f"{address}/id"]:
            return True
        at_that = commit_transaction(address, upstream, since)
        return known in recorded and known in at_that and recorded[known] != at_that[known]

    def _gained(self) -> Mapping[str, Gained] | None:
        """What each upstream has gained since this table was computed, or None where everything must be computed anew:
        rows left an upstream, or the SQL or the columns are others."""
        recorded = transaction_versions(self._target, self._ids)
        others = [app for app in self._ids if recorded.get(app) != self._transactions[app]]
        if not self._same_columns or any(app not in self._upstreams for app in others):
            return None
        gained = {}
        for address, table in self._upstreams.items():
            since = recorded.get(address, 0)
            changes: Changes | None = changes_since(self._session.db, table, since)
            if changes is None or not changes.only_additions:
                return None
            gained[address] = Gained(since, changes.added)
        return gained

    def _refuse_loss(self, source: str) -> None:
        """Do nothing if the source, which is another one, has as many rows as when this table was computed from it.
        Rows that leave a table are in its log; of these nobody knows where they are.

        Raises:
            LakeError: it has fewer.
        """
        recorded = transaction_versions(self._target, [_rows(source)])
        rows, had = self._transactions[_rows(source)], recorded.get(_rows(source), self._target.count())
        if rows < had:
            raise LakeError(
                f"{self._model.address}: {source} was made anew or taken back and has {rows:,} rows; this table was "
                f"computed from {had:,}. Nothing was written, since rows of it would be lost. Restore {source}, or "
                "take the loss: `pinterest-platform run --full-refresh raw`."
            )


def _rows(address: str) -> str:
    """Id of the transaction that says how many rows an upstream had."""
    return f"{address}/rows"
