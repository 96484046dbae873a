"""A posting: one row of each source table at one position. What a row means is in `records.py`, how one is made in
`generator.py`, where it is stored in `database.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.posting.postings import Row, Value


class Posting(NamedTuple):
    """Three rows with the same position, ready to be serialised.

    The rows are tuples in the column order of `records.RECORDS`; datetimes are text, `YYYY-MM-DD HH:MM:SS`.
    A tuple, since millions of these are made and none is changed.
    """

    ind: int
    pin: Row
    geo: Row
    user: Row

    def record(self, name: str) -> dict[str, Value]:
        """The row of one kind (`pin`, `geo`, `user`) by column name."""
        row: Row = {"pin": self.pin, "geo": self.geo, "user": self.user}[name]
        return dict(zip((column.name for column in RECORDS[name].columns), row, strict=True))
