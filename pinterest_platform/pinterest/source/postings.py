"""A posting: one row of each source table at the same position.

`records.py` declares the rows, `generator.py` generates them, and `database.py` reads them.
"""

from __future__ import annotations

from typing import NamedTuple

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.posting.postings import RefusedRow, Row, Value


class Posting(NamedTuple):
    """Three rows with the same position, ready to be serialised.

    The rows are tuples in the column order of `records.RECORDS`, except those that JSON cannot represent. A posting is
    a tuple because millions of them are created and none is changed.
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
