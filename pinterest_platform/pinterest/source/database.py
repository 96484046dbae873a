"""Reads the source database, MySQL or SQLite: in order of position, or selected rows by position.

`source_tables.py` defines the tables, and `loading.py` fills them. SQL here must work with both products.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from hashlib import blake2b
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from pinterest_platform.pinterest.source.postings import Posting
from pinterest_platform.pinterest.source.source_tables import (
    TABLES,
    SourceError,
    check_file,
    check_tables,
    connectable,
    explained,
    hidden,
    row_count,
    row_reader,
    untyped,
)

#: Postings per query: enough to make the cost of a query negligible, few enough to hold several batches in memory.
BATCH = 2_000
#: Positions per query of selected rows. Far below the limits of SQLite and MySQL.
_PICKED = 500
_PIN, _GEO, _USER = TABLES["pin"], TABLES["geo"], TABLES["user"]
_POSITION = _PIN.c["index"]
_COLUMNS = [*untyped(_PIN), *untyped(_GEO), *untyped(_USER)]
_GEO_AT, _USER_AT = len(_PIN.c), len(_PIN.c) + len(_GEO.c)
# Outer joins, so that a row without its companions is an error instead of a missing posting.
_POSTINGS = sa.select(*_COLUMNS).select_from(
    _PIN.outerjoin(_GEO, _GEO.c.ind == _POSITION).outerjoin(_USER, _USER.c.ind == _POSITION)
)
_IN_ORDER = (
    _POSTINGS.where(_POSITION.between(sa.bindparam("first"), sa.bindparam("last")))
    .order_by(_POSITION)
    .limit(sa.bindparam("rows"))
)
_BY_POSITION = _POSTINGS.where(_POSITION.in_(sa.bindparam("positions", expanding=True)))


class SourceDatabase:
    """An open source database with one connection. A context manager.

    Raises:
        SourceError: on opening and reading, if the database, a table, a column or a row is missing, or the server
            cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self._engine = connectable(url)
        self.url = hidden(self._engine.url)
        check_file(self._engine.url)
        with ExitStack() as on_failure:
            on_failure.callback(self._engine.dispose)
            with explained(self._engine.url):
                # No transaction: a long one would keep MySQL's old row versions during the whole posting.
                self._connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                on_failure.callback(self._connection.close)
                inspector = sa.inspect(self._connection)
                check_tables(inspector)
                self._read_pin, self._read_geo, self._read_user = (
                    row_reader(inspector, record).read for record in TABLES
                )
            self._close = on_failure.pop_all()

    def __enter__(self) -> SourceDatabase:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._close.close()

    def count(self, record: str = "pin") -> int:
        """The number of postings, at the positions 0 to count - 1, from the table of one record kind. Does not count
        rows."""
        with explained(self._engine.url):
            return row_count(self._connection, TABLES[record])

    def identity(self) -> dict[str, str | int]:
        """Identifies this source: URL, number of rows, and a digest of the first and last posting."""
        rows = self.count()
        ends = self.read_rows([0, rows - 1]) if rows else []
        return {"url": self.url, "rows": rows, "digest": blake2b(repr(ends).encode(), digest_size=8).hexdigest()}

    def read_in_order(self, start: int = 0, stop: int | None = None, batch: int = BATCH) -> Iterator[list[Posting]]:
        """The postings at positions `start` to `stop` (exclusive; None: to the end), in order, `batch` at a time.

        Each batch is a separate query by position, so neither side holds more than one.
        """
        position, end = start, self.count() if stop is None else stop
        while position < end:
            rows = self._fetch(_IN_ORDER, {"first": position, "last": end - 1, "rows": batch})
            if not rows:
                return
            yield rows
            position = rows[-1].ind + 1

    def read_rows(self, positions: Sequence[int]) -> list[Posting]:
        """The postings at these positions, in this order. Positions may repeat.

        Raises:
            SourceError: a position does not exist. The message gives the existing ones.
        """
        found: dict[int, Posting] = {}
        wanted = list(dict.fromkeys(positions))
        for first in range(0, len(wanted), _PICKED):
            rows = self._fetch(_BY_POSITION, {"positions": wanted[first : first + _PICKED]})
            found.update((posting.ind, posting) for posting in rows)
        if len(found) < len(wanted):
            missing = min(set(wanted) - set(found))
            raise SourceError(
                f"Source {self.url} has no row {missing}: it has {self.count()} rows, counted from 0. "
                "Request fewer rows, or add more with `pinterest-platform generate`."
            )
        return [found[position] for position in positions]

    def _fetch(self, query: sa.Select[Any], parameters: dict[str, object]) -> list[Posting]:
        with explained(self._engine.url):
            rows: Sequence[Any] = self._connection.execute(query, parameters).fetchall()
        return [self._posting(tuple(row)) for row in rows]

    def _posting(self, row: tuple[Any, ...]) -> Posting:
        if row[_GEO_AT] is None or row[_USER_AT] is None:
            table = _GEO if row[_GEO_AT] is None else _USER
            raise SourceError(
                f"Source {self.url}: row {row[0]} of {_PIN.name} has no companion in {table.name}. "
                "The three tables need the same positions. `pinterest-platform generate --replace` creates them."
            )
        return Posting(
            int(row[0]),
            self._read_pin(row[:_GEO_AT]),
            self._read_geo(row[_GEO_AT:_USER_AT]),
            self._read_user(row[_USER_AT:]),
        )
