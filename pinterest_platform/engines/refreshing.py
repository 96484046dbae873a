"""Refreshes one modelled table: what it was computed from, what its upstreams gained, and whether to merge or replace.

A table records, as transaction ids in its own commits, the upstream versions it was computed from and the fingerprint
of its SQL. If nothing has changed, there is nothing to do. If the SQL has changed, the table is computed from scratch.

The decisions are the same for every engine and are made here. The engine computes and writes rows.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from deltalake import DeltaTable

from pinterest_platform.catalog import Catalog, Model
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

#: Transaction id that records the fingerprint of a table's SQL.
MODEL_ID = "model"


@dataclass(frozen=True)
class Gained:
    """The data files that an upstream gained since the version from which the table was computed."""

    since: int
    files: tuple[str, ...]


class Refresh(ABC):
    """One refresh of one table. A conflict with another writer raises LakeConflictError; start over.

    `session` is a DuckDB connection of this process. `target` is the table, `found` its upstreams (None if they do not
    exist), both as loaded at the start of the refresh.
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
        #: Id and number of this refresh's commit, and the origin of its rows that it records.
        self._number = refresh_number(self._target)
        self._transactions = {MODEL_ID: model.fingerprint}
        for address, table in self._upstreams.items():
            self._transactions |= upstream_transactions(address, table)
        #: The ids that show whether anything is new.
        self._ids = tuple(self._transactions)
        for address, table in self._upstreams.items():
            self._transactions |= commit_transaction(address, table, table.version())
        if model.merge and (source := self._upstreams.get(model.merge.source)):
            self._transactions[_rows(model.merge.source)] = source.count()

    @abstractmethod
    def _replace(self, *, always: bool) -> tuple[Outcome, int]:
        """Compute the whole table, and commit it if it differs from before, or `always`. Returns outcome and rows
        written."""

    def _store(self, relation: str, *, always: bool) -> tuple[Outcome, int]:
        """Commit the rows of a relation of the session as the whole table, if they differ from before, or `always`."""
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
    def _arrived(self, gained: Mapping[str, Gained]) -> int | None:
        """Find the keys of the upstreams' new rows and return the number of these rows, or None if their files are
        gone."""

    @abstractmethod
    def _merge(self) -> int:
        """Upsert the rows of the keys that arrived, and return the number of changed rows.

        Each row is computed from all rows of its key in the upstreams, so an older record that arrives late changes
        nothing. Rows that are already present and equal cost nothing.
        """

    def run(self, *, full_refresh: bool) -> RefreshResult:
        started = time.monotonic()
        columns_added = () if full_refresh else self._add_columns()
        outcome: Outcome = "unchanged"
        rows_in = changed = 0
        since: dict[str, int] = {}
        other = not full_refresh and self._is_of_other_upstreams()
        gained = None if full_refresh or other else self._gained()
        if gained is None or any(change.files for change in gained.values()):
            arrived = None
            if self._model.source_keys and gained and not self._key_is_pseudonym:
                arrived = self._arrived(gained)
            if arrived is not None:
                since = {self._model.address: self._target.version(), **self._computed_from()}
                outcome, rows_in, changed = "merged", arrived, self._merge()
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
        """Whether keys of the source and of the table differ, so that the whole table must be computed."""
        return bool(self._model.pseudonyms.keys() & {*self._model.key})

    def _add_columns(self) -> tuple[str, ...]:
        """Add columns in place to a table that keeps one row per key, if nothing else of the model is new. Returns
        their names.

        The columns are null in older rows until those are computed again. The same commit records the new model.
        """
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
        """Versions of the upstreams from which the table, as loaded, was computed."""
        versions = transaction_versions(self._target, self._upstreams)
        return {address: versions.get(address, 0) for address in self._upstreams}

    def _is_of_other_upstreams(self) -> bool:
        """Whether an upstream was recreated or restored since this table was computed from it.

        A restored upstream may have continued with other commits.

        Raises:
            LakeError: the source of a merged table is such an upstream and has fewer rows.
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
        """What each upstream has gained since this table was computed, or None if it must be computed from scratch.

        That is so if rows left an upstream, or if the SQL or the columns have changed.
        """
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
        """Check that a recreated or restored source has at least as many rows as when this table was computed from it.

        Rows removed by a commit are in the table's log; rows missing here are unaccounted for.

        Raises:
            LakeError: it has fewer rows.
        """
        recorded = transaction_versions(self._target, [_rows(source)])
        rows, had = self._transactions[_rows(source)], recorded.get(_rows(source), self._target.count())
        if rows < had:
            raise LakeError(
                f"{self._model.address}: {source} was recreated or restored and has {rows:,} rows, but this table was "
                f"computed from {had:,}. Nothing was written, because rows would be lost. Restore {source}, or accept "
                "the loss with `pinterest-platform run --full-refresh raw`."
            )


def _rows(address: str) -> str:
    """Id of the transaction that records how many rows an upstream had."""
    return f"{address}/rows"
