"""Bringing one modelled table up to date: merged by key from what is new, or computed whole.

A table records, as transaction ids in its own commits, which versions of its upstreams it was computed from and the
fingerprint of its SQL. If none of them moved there is nothing to do; if the SQL changed, everything is computed anew.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform.engines.contract import Outcome, RefreshResult
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.changes import changes_since
from pinterest_platform.lake.commits import DataFile, commit, discard
from pinterest_platform.lake.tables import LakeConflictError
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
        self._upstreams = {address: session.lake.open(address) for address in model.upstreams}
        self._scans = {
            address: session.scan(table) if table else session.empty(catalog.columns(address))
            for address, table in self._upstreams.items()
        }

    def run(self, *, full_refresh: bool) -> RefreshResult:
        started = time.monotonic()
        transactions = self._transactions()
        recorded = {app: self._target.transaction_version(app) for app in transactions}
        outcome: Outcome = "unchanged"
        rows_in = changed = 0
        if full_refresh or recorded != transactions:
            merge = self._model.merge
            same_model = recorded[MODEL_ID] == transactions[MODEL_ID]
            files = None if full_refresh or not merge or not same_model else self._added(merge, recorded[merge.source])
            if merge and files is not None:
                outcome, rows_in, changed = self._merge(merge, files, transactions)
            else:
                outcome, rows_in, changed = self._replace(transactions, always=full_refresh)
        if outcome == "merged":
            maintenance.compact_if_fragmented(self._target)
        return RefreshResult(
            address=self._model.address,
            uri=self._target.table_uri,
            version=self._target.version(),
            outcome=outcome,
            rows_in=rows_in,
            rows_changed=changed,
            rows_total=self._target.count(),
            seconds=time.monotonic() - started,
        )

    def _transactions(self) -> dict[str, int]:
        versions = {address: table.version() for address, table in self._upstreams.items() if table}
        return {**versions, MODEL_ID: self._model.fingerprint}

    def _added(self, merge: Merge, since: int | None) -> tuple[str, ...] | None:
        """Files the source has gained, or None where everything must be computed anew."""
        source = self._upstreams[merge.source]
        if source is None or since is None:
            return None
        changes = changes_since(self._session.db, source, since)
        return changes.added if changes.only_additions else None

    def _replace(self, transactions: Mapping[str, int], *, always: bool) -> tuple[Outcome, int, int]:
        """Compute the table whole; commit unless it came out the same."""
        session = self._session
        select = f"SELECT {self._columns} FROM ({self._model.render('duckdb', self._scans.__getitem__)})"
        rows_in = sum(table.count() for table in self._upstreams.values() if table)
        if self._model.merge:
            order = ", ".join(quote(name) for name in self._model.key)
            files = session.write(self._target, f"{select} ORDER BY {order}", ordered=True)
        else:
            session.db.execute(f"CREATE OR REPLACE TEMP TABLE result AS {select}")
            if not always and self._target.version() > 0 and self._is_same("result"):
                return "unchanged", rows_in, 0
            files = session.write(self._target, "FROM result", ordered=True)
        self._commit(files, transactions, replace=True)
        return "replaced", rows_in, sum(file.rows for file in files)

    def _is_same(self, relation: str) -> bool:
        old, new = f"SELECT * FROM {self._session.scan(self._target)}", f"SELECT * FROM {relation}"
        difference = f"(({old}) EXCEPT ALL ({new})) UNION ALL (({new}) EXCEPT ALL ({old}))"
        return not self._session.rows(f"SELECT 1 FROM ({difference}) LIMIT 1")

    def _merge(self, merge: Merge, added: tuple[str, ...], transactions: Mapping[str, int]) -> tuple[Outcome, int, int]:
        """Upsert what the new rows of the source make; rows that are there already and the same cost nothing."""
        if not added:
            return "unchanged", 0, 0
        session = self._session
        rows_in = self._stage(merge, added)
        keys = ", ".join(quote(name) for name in self._model.key)
        target = session.scan(self._target, filename=True)
        low, high = session.rows(
            f"SELECT min({quote(self._model.key[0])}), max({quote(self._model.key[0])}) FROM staged"
        )[0]
        within = (
            f"{quote(self._model.key[0])} BETWEEN {_literal(low)} AND {_literal(high)}" if low is not None else "false"
        )
        session.db.execute(
            f"CREATE OR REPLACE TEMP TABLE matched AS SELECT * FROM {target} WHERE {within} "
            f"AND ({keys}) IN (SELECT ({keys}) FROM staged)"
        )
        session.db.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS "
            f"SELECT {self._columns} FROM staged EXCEPT SELECT {self._columns} FROM matched"
        )
        touched = [
            row[0] for row in session.rows(f"SELECT DISTINCT filename FROM matched SEMI JOIN changed USING ({keys})")
        ]
        count = int(session.value("SELECT count(*) FROM changed"))
        select = f"SELECT {self._columns} FROM changed"
        if touched:
            names = ", ".join(text(name) for name in touched)
            select += (
                f" UNION ALL SELECT {self._columns} FROM {target} WHERE filename IN ({names}) "
                f"AND ({keys}) NOT IN (SELECT ({keys}) FROM changed)"
            )
        files = session.write(self._target, f"{select} ORDER BY {keys}", ordered=True) if count else []
        self._commit(files, transactions, remove=tuple(name.rpartition("/")[2] for name in touched))
        return "merged", rows_in, count

    def _stage(self, merge: Merge, added: tuple[str, ...]) -> int:
        """Table `staged`: the model's rows for those new source rows that are the newest of their key in all of the
        source, so that an older record arriving late changes nothing. Returns the number of new source rows."""
        session = self._session
        files = "[" + ", ".join(text(path) for path in added) + "]"
        keys = ", ".join(quote(name) for name in merge.source_key)
        newest = "{" + ", ".join(f"{text(name)}: {quote(name)}" for name in merge.newest) + "}"
        session.db.execute(f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM read_parquet({files})")
        session.db.execute(
            f"""
            CREATE OR REPLACE TEMP TABLE newest AS
            SELECT {keys}, max({newest}) AS newest FROM {self._scans[merge.source]}
            WHERE ({keys}) IN (SELECT ({keys}) FROM arrived) GROUP BY {keys}
            """
        )
        session.db.execute(
            f"CREATE OR REPLACE TEMP VIEW winners AS SELECT arrived.* FROM arrived JOIN newest USING ({keys}) "
            f"WHERE {newest} = newest.newest"
        )
        sql = self._model.render("duckdb", lambda _: "winners")
        session.db.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {sql}")
        return int(session.value("SELECT count(*) FROM arrived"))

    def _commit(
        self,
        files: list[DataFile],
        transactions: Mapping[str, int],
        *,
        remove: tuple[str, ...] = (),
        replace: bool = False,
    ) -> None:
        try:
            commit(self._target, add=files, remove=remove, transactions=transactions, replace=replace)
        except LakeConflictError:
            discard(self._target, files)
            raise


def _literal(value: object) -> str:
    return str(value) if isinstance(value, int | float) else text(str(value))
