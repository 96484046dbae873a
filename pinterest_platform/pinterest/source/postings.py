"""A posting: one row of each source table at one position. What a row means is in `records.py`, how one is made in
`generator.py`, where it is stored in `database.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.posting.postings import RefusedRow, Row, Value


class Posting(NamedTuple):
    """Three rows with the same position, ready to be serialised.

    The rows are tuples in the column order of `records.RECORDS`, but for those that JSON cannot say by declared types.
    A tuple, since millions of these are made and none is changed.
    """

    ind: int
    pin: Row | RefusedRow
    geo: Row | RefusedRow
    user: Row | RefusedRow

    def record(self, name: str) -> dict[str, Value]:
        """The row of one kind (`pin`, `geo`, `user`) by column name."""
        row = {"pin": self.pin, "geo": self.geo, "user": self.user}[name]
        if isinstance(row, RefusedRow):
            raise ValueError(row.error)
        return dict(zip((column.name for column in RECORDS[name].columns), row, strict=True))
