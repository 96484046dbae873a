"""Computes modelled tables with DuckDB; `engines.refreshing` decides what to compute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from pinterest_platform.catalog import Catalog, Merge, Model
from pinterest_platform.engines.contract import Outcome
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.engines.refreshing import Gained, Refresh
from pinterest_platform.lake import maintenance
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.errors import LakeError
from pinterest_platform.lake.files import DataFile, batched_by_size, discard
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
        if not self._model.source_keys:
            session.db.execute(f"CREATE OR REPLACE TEMP TABLE result AS {select}")
            return self._store("result", always=always)
        files = session.write(self._target, f"{select} ORDER BY {_listed(self._model.key)}", ordered=True)
        self._commit_whole(files)
        return "replaced", sum(file.rows for file in files)

    def _one_row_a_key(self, merge: Merge) -> str:
        """SQL of the model over its whole source.

        To choose one row per key, the model's own SQL sorts whole rows. If the columns of the choice identify the
        chosen rows, only these columns are sorted here.
        """
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

    def _arrived(self, gained: Mapping[str, Gained]) -> int | None:
        names = _listed(self._model.key)
        new = {address: change.files for address, change in gained.items() if change.files}
        keys = [
            f"SELECT {_listed(columns)} FROM {self._session.read_files(self._upstreams[address], new[address])}"
            for address, columns in self._model.source_keys.items()
            if address in new
        ]
        try:
            self._session.db.execute(
                f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT * FROM ({' UNION ALL '.join(keys)}) AS a({names})"
            )
        except duckdb.IOException:
            return None
        return int(self._session.value("SELECT count(*) FROM arrived"))

    def _merge(self) -> int:
        session, key = self._session, self._model.key
        target = session.scan(self._target, filename=True)
        affected = {
            address: f"(SELECT * FROM {self._scans[address]} AS have WHERE {self._among(key, 'arrived', columns)})"
            for address, columns in self._model.source_keys.items()
        }
        computed = self._model.render("duckdb", affected.__getitem__)
        session.db.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {computed}")
        session.db.execute(
            "CREATE OR REPLACE TEMP TABLE matched AS "
            f"SELECT * FROM {target} AS have WHERE {self._among(key, 'arrived')}"
        )
        session.db.execute(
            "CREATE OR REPLACE TEMP TABLE changed AS "
            f"SELECT {self._columns} FROM staged EXCEPT SELECT {self._columns} FROM matched"
        )
        # Keys without any remaining row: their newest record is a tombstone.
        session.db.execute(
            f"CREATE OR REPLACE TEMP TABLE outdated AS SELECT {_listed(key)} FROM changed UNION ALL "
            f"SELECT {_listed(key)} FROM matched AS have WHERE NOT ({self._among(key, 'staged')})"
        )
        count = int(session.value("SELECT count(*) FROM outdated"))
        touched = self._rewritten_files(key)
        files = self._write_changed(key, touched) if count else []
        names = [path.rpartition("/")[2] for path in touched]
        commit(self._target, add=files, remove=names, transactions={**self._transactions, **self._number})
        maintenance.compact_if_fragmented(session.db, self._target, key)
        return count

    def _rewritten_files(self, key: Sequence[str]) -> list[str]:
        """Paths of the target's files that have a row of an outdated key, in the order of their keys. `places` has the
        first such file of each key."""
        session = self._session
        session.db.execute(
            f"CREATE OR REPLACE TEMP TABLE places AS SELECT {_listed(key)}, min(filename) AS filename "
            f"FROM matched AS have WHERE {self._among(key, 'outdated')} GROUP BY ALL"
        )
        first = quote(key[0])
        found = session.rows(
            f"SELECT filename FROM matched AS have WHERE {self._among(key, 'places')} "
            f"GROUP BY filename ORDER BY min({first}), filename"
        )
        return [path for (path,) in found]

    def _write_changed(self, key: Sequence[str], touched: Sequence[str]) -> list[DataFile]:
        """Write the changed rows, and the other rows of the touched files.

        A changed row goes to the file that had its key. Each statement sorts what fits in one file, so memory does not
        grow with the table."""
        session, target, order = self._session, self._session.scan(self._target, filename=True), _listed(key)
        changed = f"SELECT {self._columns} FROM changed AS have WHERE"
        written = session.write(
            self._target, f"{changed} NOT ({self._among(key, 'places')}) ORDER BY {order}", ordered=True
        )
        try:
            for paths in batched_by_size(self._target, touched):
                within = f"filename IN ({', '.join(map(text, paths))})"
                session.db.execute(f"CREATE OR REPLACE TEMP TABLE placed AS SELECT * FROM places WHERE {within}")
                kept = f"{within} AND NOT ({self._among(key, 'outdated')})"
                select = (
                    f"{changed} {self._among(key, 'placed')} "
                    f"UNION ALL SELECT {self._columns} FROM {target} AS have WHERE {kept} ORDER BY {order}"
                )
                written += session.write(self._target, select, ordered=True)
        except (LakeError, duckdb.Error):
            discard(self._target, written)
            raise
        return written

    def _among(self, key: Sequence[str], relation: str, columns: Sequence[str] = ()) -> str:
        """SQL for whether the key of the row `have` is in `relation`; NULL is a key like any other.

        `columns` are those of the row that hold the key, if they have other names. The bounds of the first column let a
        scan skip files and row groups.
        """
        columns = columns or key
        first = quote(key[0])
        low, high, nulls, kind = self._session.rows(
            f"SELECT min({first})::VARCHAR, max({first})::VARCHAR, count(*) > count({first}), "
            f"any_value(typeof({first})) FROM {relation}"
        )[0]
        have = f"have.{quote(columns[0])}"
        within = "false" if low is None else f"{have} BETWEEN {text(low)}::{kind} AND {text(high)}::{kind}"
        if nulls:
            within += f" OR {have} IS NULL"
        same = " AND ".join(
            f"have.{quote(column)} IS NOT DISTINCT FROM {relation}.{quote(name)}"
            for column, name in zip(columns, key, strict=True)
        )
        return f"({within}) AND EXISTS (SELECT 1 FROM {relation} WHERE {same})"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(quote(name) for name in names)
