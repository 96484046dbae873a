"""A posting is one row of each kind of record at the same position. A source provides postings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Value = str | int | float | None
#: Values in the column order of the record's schema. Datetimes are text, `YYYY-MM-DD HH:MM:SS`, followed by the
#: fraction of a second, if any.
Row = tuple[Value, ...]


@dataclass(frozen=True)
class RefusedRow:
    """A row with a value that JSON cannot represent in the declared type. It is not sent: destinations count it as a
    refused record and keep it. `values` is the part that can be shown. `error` names table, key, column and value."""

    values: Row
    error: str


#: The position, then one row of each record, in the order of the records.
Posting: TypeAlias = tuple[int, *tuple[Row | RefusedRow, ...]]


class PostingSource(Protocol):
    """Holds postings at the positions from 0 up to its count. Any method may raise the source's own error."""

    @property
    def url(self) -> str:
        """The URL of the source, without secrets."""

    def identity(self) -> Mapping[str, Any]:
        """Identifies this source (JSON). A checkpoint is valid for one source only."""

    def count(self) -> int:
        """The number of postings."""

    def read_rows(self, positions: Sequence[int]) -> Sequence[Posting]:
        """The postings at these positions, in this order. Positions may repeat."""

    def read_in_order(self, start: int, stop: int, batch: int) -> Iterator[Sequence[Posting]]:
        """The postings from `start` to `stop` (exclusive), in batches of `batch`."""
