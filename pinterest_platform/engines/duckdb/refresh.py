"""Bringing one modelled table up to date: merged by key from what is new, or computed whole.

A table records, as transaction ids in its own commits, which versions of its upstreams it was computed from and the
fingerprint of its SQL. If none of them moved there is nothing to do; if the SQL changed, everything is computed anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import duckdb

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform.engines.contract import Outcome, RefreshResult
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.positions import upstream_transactions
from pinterest_platform.lake.tables import delta_schema, has_columns
from pinterest_platform.landing import fitting
from pinterest_platform.landing.fitting import quote, text

#: Transaction id under which a table records the fingerprint of the SQL it was computed with.
MODEL_ID = "model"


class Refresh:
    """One refresh of one table. A conflict with another writer surfaces as LakeConflictError; start over."""

    def __init__(self, session: Session, catalog: Catalog, model: Model) -> None:
        self._session = session
        self._model = model
        self._columns = ", ".join(quote(c.name) for c in model.columns)
        self._target = session.lake.ensure(model.address, model.columns, model.description)
        self._same_columns = has_columns(self._target, model.columns)
        found = {address: session.lake.open(address) for address in model.upstreams}
        self._upstreams = {address: table for address, table in found.items() if table}
        self._scans = {
            address: session.scan(table) if table else session.empty(catalog.columns(address))
            for address, table in found.items()
        }
        self._transactions = {MODEL_ID: model.fingerprint}
        for address, table in self._upstreams.items():
            self._transactions |= upstream_transactions(address, table)

    def run(self, *, full_refresh: bool) -> RefreshResult:
        started = time.monotonic()
        outcome: Outcome = "unchanged"
        rows_in = changed = 0
        since: dict[str, int] = {}
        gained = None if full_refresh else self._gained()
        if gained is None or any(gained.values()):
            arrived = self._arrived(self._model.merge, gained) if self._model.merge and gained else None
            if self._model.merge and arrived is not None:
                since = {self._model.address: self._target.version(), **self._computed_from()}
                outcome, rows_in, changed = "merged", arrived, self._merge(self._model.merge)
                maintenance.compact_if_fragmented(self._session.db, self._target, self._model.key)
            else:
                outcome, rows_in, changed = self._replace(always=full_refresh)
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
        )

    def _computed_from(self) -> dict[str, int]:
        """Versions of the upstreams that the table, as it was loaded, was computed from."""
        return {address: self._target.transaction_version(address) or 0 for address in self._upstreams}

    def _gained(self) -> dict[str, tuple[str, ...]] | None:
        """Data files that each upstream has gained since this table was computed, or None where everything must be
        computed anew: rows left an upstream, or the SQL, the columns or a whole upstream is another one."""
        recorded = {app: self._target.transaction_version(app) for app in self._transactions}
        if not self._same_columns or any(
            recorded[app] != version for app, version in self._transactions.items() if app not in self._upstreams
        ):
            return None
        gained = {}
        for address, table in self._upstreams.items():
            changes = changes_since(self._session.db, table, recorded[address] or 0)
            if changes is None or not changes.only_additions:
                return None
            gained[address] = changes.added
        return gained

    def _replace(self, *, always: bool) -> tuple[Outcome, int, int]:
        """Compute the table whole; commit unless it came out the same. Returns outcome, rows read, rows written."""
        session = self._session
        select = f"SELECT {self._columns} FROM ({self._model.render('duckdb', self._scans.__getitem__)})"
        rows_in = sum(table.count() for table in self._upstreams.values())
        if self._model.merge:
            files = session.write(self._target, f"{select} ORDER BY {_listed(self._model.key)}", ordered=True)
        else:
            session.db.execute(f"CREATE OR REPLACE TEMP TABLE result AS {select}")
            if not always and self._target.version() > 0 and self._same_columns and self._is_same("result"):
                return "unchanged", rows_in, 0
            files = session.write(self._target, "FROM result", ordered=True)
        schema = None if self._same_columns else delta_schema(self._model.columns)
        commit(self._target, add=files, transactions=self._transactions, replace=True, schema=schema)
        return "replaced", rows_in, sum(file.rows for file in files)

    def _is_same(self, relation: str) -> bool:
        old, new = (f"SELECT {self._columns} FROM {source}" for source in (self._session.scan(self._target), relation))
        difference = f"(({old}) EXCEPT ALL ({new})) UNION ALL (({new}) EXCEPT ALL ({old}))"
        return not self._session.rows(f"SELECT 1 FROM ({difference}) LIMIT 1")

    def _arrived(self, merge: Merge, gained: Mapping[str, tuple[str, ...]]) -> int | None:
        """Put the keys of the source's new rows into the table `arrived`; how many, or None where a file of them is
        gone, compacted since and vacuumed."""
        files, keys = fitting.files(gained[merge.source]), _listed(merge.source_key)
        try:
            self._session.db.execute(
                f"CREATE OR REPLACE TEMP TABLE arrived AS "
                f"SELECT {keys} FROM read_parquet({files}, hive_partitioning = false)"
            )
        except duckdb.IOException:
            return None
        return int(self._session.value("SELECT count(*) FROM arrived"))

    def _merge(self, merge: Merge) -> int:
        """Upsert the rows of the keys that `arrived`; how many changed. Each is computed from all of the source's
        rows of its key, so that an older record arriving late changes nothing, and rows that are there already and
        the same cost nothing."""
        session, key = self._session, self._model.key
        source, target = self._scans[merge.source], session.scan(self._target, filename=True)
        session.db.execute(
            f"CREATE OR REPLACE TEMP VIEW affected AS "
            f"SELECT * FROM {source} AS have WHERE {self._among(merge.source_key, 'arrived')}"
        )
        computed = self._model.render("duckdb", lambda _: "affected")
        session.db.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {computed}")
        session.db.execute(
            f"CREATE OR REPLACE TEMP TABLE matched AS SELECT * FROM {target} AS have WHERE {self._among(key, 'staged')}"
        )
        session.db.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS "
            f"SELECT {self._columns} FROM staged EXCEPT SELECT {self._columns} FROM matched"
        )
        count = int(session.value("SELECT count(*) FROM changed"))
        in_changed = self._among(key, "changed")
        touched = [
            name for (name,) in session.rows(f"SELECT DISTINCT filename FROM matched AS have WHERE {in_changed}")
        ]
        select = f"SELECT {self._columns} FROM changed"
        if touched:
            kept = f"filename IN ({', '.join(text(name) for name in touched)}) AND NOT ({in_changed})"
            select += f" UNION ALL SELECT {self._columns} FROM {target} AS have WHERE {kept}"
        files = session.write(self._target, f"{select} ORDER BY {_listed(key)}", ordered=True) if count else []
        names = tuple(name.rpartition("/")[2] for name in touched)
        commit(self._target, add=files, remove=names, transactions=self._transactions)
        return count

    def _among(self, key: Sequence[str], relation: str) -> str:
        """SQL for whether the key of the row `have` is one of those in `relation`; NULL is a key like others.

        The bounds of the first column let a scan leave out files and row groups."""
        first = quote(key[0])
        low, high, nulls, kind = self._session.rows(
            f"SELECT min({first})::VARCHAR, max({first})::VARCHAR, count(*) > count({first}), "
            f"any_value(typeof({first})) FROM {relation}"
        )[0]
        within = "false" if low is None else f"have.{first} BETWEEN {text(low)}::{kind} AND {text(high)}::{kind}"
        if nulls:
            within += f" OR have.{first} IS NULL"
        same = " AND ".join(f"have.{quote(name)} IS NOT DISTINCT FROM {relation}.{quote(name)}" for name in key)
        return f"({within}) AND EXISTS (SELECT 1 FROM {relation} WHERE {same})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quote(name) for name in names)
