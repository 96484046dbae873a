"""What is posted: a posting is a row of each kind of record at one position, and a source is where they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

Value = str | int | float | None
#: Values in the column order of the record's schema; datetimes are text, `YYYY-MM-DD HH:MM:SS`, with
#: the fraction of a second where there is one.
Row = tuple[Value, ...]


@dataclass(frozen=True)
class RefusedRow:
    """A row with a value that JSON cannot say by the declared type. It is not sent: destinations count it as a refused
    record and keep it. `values` are what can be shown of the row; `error` names table, key, column and value."""

    values: Row
    error: str


#: The position, then a row of each record, in the order of the records.
Posting: TypeAlias = tuple[int, *tuple[Row | RefusedRow, ...]]


class PostingSource(Protocol):
    """Holds postings at the positions from 0 up to its count. Any method may raise the source's own error."""

    @property
    def url(self) -> str:
        """The place, without secrets."""

    def identity(self) -> Mapping[str, Any]:
        """What tells this source from another one (JSON); a checkpoint is good for one only."""

    def count(self) -> int:
        """How many postings there are."""

    def read_rows(self, positions: Sequence[int]) -> Sequence[Posting]:
        """The postings at these positions, in their order; a position may be there twice."""

    def read_in_order(self, start: int, stop: int, batch: int) -> Iterator[Sequence[Posting]]:
        """The postings from `start` to `stop` (exclusive), so many at a time."""
