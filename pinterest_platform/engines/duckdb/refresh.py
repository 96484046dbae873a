"""Computing a modelled table with DuckDB; what is to be computed is decided by `engines.refreshing`."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform.engines.contract import Outcome
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.refreshing import Gained, Refresh
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.sql import quote, text


class DuckDBRefresh(Refresh):
    """See `refreshing.Refresh`."""

    def __init__(self, session: Session, catalog: Catalog, model: Model) -> None:
        super().__init__(session, catalog, model)
        self._columns = ", ".join(quote(c.name) for c in model.columns)
        self._scans = {
            address: session.scan(table, columns) if table else session.empty(columns)
            for address, table in self._found.items()
            for columns in [catalog.columns(address)]
        }

    def _replace(self, *, always: bool) -> tuple[Outcome, int]:
        session, merge = self._session, self._model.merge
        computed = self._one_row_a_key(merge) if merge else self._model.render("duckdb", self._scans.__getitem__)
        select = f"SELECT {self._columns} FROM ({computed})"
        if not merge:
            session.db.execute(f"CREATE OR REPLACE TEMP TABLE result AS {select}")
            return self._store("result", always=always)
        files = session.write(self._target, f"{select} ORDER BY {_listed(self._model.key)}", ordered=True)
        self._commit_whole(files)
        return "replaced", sum(file.rows for file in files)

    def _one_row_a_key(self, merge: Merge) -> str:
        """SQL of the model over all of its source. To choose one row a key, the model's own SQL sorts whole rows; here
        only what they are chosen by is sorted, if that tells the chosen rows apart from all others."""
        session, source = self._session, self._scans[merge.source]
        session.db.execute(
            f"CREATE OR REPLACE TEMP TABLE chosen AS {self._model.render_choice('duckdb', self._scans.__getitem__)}"
        )
        chosen = session.value("SELECT count(*) FROM chosen")
        if chosen < session.value(f"SELECT count(*) FROM {source}"):
            names = dict.fromkeys([*merge.source_key, *merge.newest])
            same = " AND ".join(f"have.{quote(name)} IS NOT DISTINCT FROM chosen.{quote(name)}" for name in names)
            source = f"(SELECT * FROM {source} AS have SEMI JOIN chosen ON {same})"
            if session.value(f"SELECT count(*) FROM {source}") > chosen:
                return self._model.render("duckdb", self._scans.__getitem__)
        return self._model.render_rows("duckdb", source)

    def _arrived(self, merge: Merge, gained: Gained) -> int | None:
        rows = self._session.read_files(self._upstreams[merge.source], gained.files)
        try:
            self._session.db.execute(
                f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT {_listed(merge.source_key)} FROM {rows}"
            )
        except duckdb.IOException:
            return None
        return int(self._session.value("SELECT count(*) FROM arrived"))

    def _merge(self, merge: Merge) -> int:
        session, key = self._session, self._model.key
        source, target = self._scans[merge.source], session.scan(self._target, filename=True)
        session.db.execute(
            f"CREATE OR REPLACE TEMP VIEW affected AS "
            f"SELECT * FROM {source} AS have WHERE {self._among(merge.source_key, 'arrived')}"
        )
        computed = self._model.render("duckdb", lambda _: "affected")
        session.db.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {computed}")
        session.db.execute(f"CREATE OR REPLACE TEMP VIEW arrived_keys AS SELECT * FROM arrived AS a({_listed(key)})")
        session.db.execute(
            "CREATE OR REPLACE TEMP TABLE matched AS "
            f"SELECT * FROM {target} AS have WHERE {self._among(key, 'arrived_keys')}"
        )
        session.db.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS "
            f"SELECT {self._columns} FROM staged EXCEPT SELECT {self._columns} FROM matched"
        )
        # Keys of which every row is gone: their newest record is a tombstone.
        session.db.execute(
            f"CREATE OR REPLACE TEMP TABLE outdated AS SELECT {_listed(key)} FROM changed UNION ALL "
            f"SELECT {_listed(key)} FROM matched AS have WHERE NOT ({self._among(key, 'staged')})"
        )
        count = int(session.value("SELECT count(*) FROM outdated"))
        is_outdated = self._among(key, "outdated")
        touched = [
            name for (name,) in session.rows(f"SELECT DISTINCT filename FROM matched AS have WHERE {is_outdated}")
        ]
        select = f"SELECT {self._columns} FROM changed"
        if touched:
            kept = f"filename IN ({', '.join(text(name) for name in touched)}) AND NOT ({is_outdated})"
            select += f" UNION ALL SELECT {self._columns} FROM {target} AS have WHERE {kept}"
        files = session.write(self._target, f"{select} ORDER BY {_listed(key)}", ordered=True) if count else []
        names = tuple(name.rpartition("/")[2] for name in touched)
        commit(self._target, add=files, remove=names, transactions={**self._transactions, **self._number})
        maintenance.compact_if_fragmented(session.db, self._target, key)
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
