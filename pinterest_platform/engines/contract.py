"""What an engine does: three verbs, the same on every engine, and what each reports.

`ingest` moves new landing objects into raw tables, `refresh` brings one modelled table up to date, `query` answers a
SELECT over the lake. How rows are computed differs from engine to engine; what the tables hold afterwards does not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pinterest_platform.errors import PlatformError

#: What a refresh did: nothing, because nothing it reads has changed or the result is the same; rows merged by key;
#: the whole table computed anew.
Outcome = Literal["unchanged", "merged", "replaced"]

#: Called with lines done and lines expected (bytes where lines are not known yet) as long work goes on.
Progress = Callable[[int, int], None]


class EngineError(PlatformError):
    """The engine cannot be started or reached; the message says what is missing and what to do."""


def silent(_done: int, _total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class IngestResult:
    """One ingestion of one topic.

    Every line read is one of: added to raw, added to rejected, erased (on somebody's request, see `landing.erased`),
    known (its offset was there already). `erased` are the offsets known to be erased, in runs of a partition, first and
    last. Before the offsets `expired`, by partition, lines were removed because of their age. `landed_again` are those
    of this ingestion at which an erased record lay once more. `positions` are next offsets by partition; `strangers`
    keys in the landing zone that name no object; `first_offsets` the lowest offset read by partition; `columns_added`
    those that raw has got in place, with null in rows from before.
    """

    record: str
    topic: str
    version: int
    objects: int
    bytes: int
    lines: int
    rows_added: int
    rows_rejected: int
    rows_known: int
    rows_total: int
    positions: Mapping[int, int]
    first_offsets: Mapping[int, int]
    strangers: tuple[str, ...]
    seconds: float
    columns_added: tuple[str, ...] = ()
    rows_erased: int = 0
    erased: tuple[tuple[int, int, int], ...] = ()
    expired: Mapping[int, int] = field(default_factory=dict)
    landed_again: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True)
class RefreshResult:
    """One refresh of one modelled table.

    `version` is the table's Delta version afterwards, `rows_in` the upstream rows looked at, `rows_changed` the rows
    inserted or updated, `rows_total` what the table holds. `since` are, where rows were merged, the versions that the
    table and its upstream had at the refresh before: what came later is what checks need to look at. `uri` is where the
    result lies: the table, or with `as_of` a copy beside the lake's tables. `columns_added` are those that the table
    has got in place, with null in rows from before.
    """

    address: str
    uri: str
    version: int
    outcome: Outcome
    rows_in: int
    rows_changed: int
    rows_total: int
    seconds: float
    since: Mapping[str, int] = field(default_factory=dict)
    columns_added: tuple[str, ...] = ()


@dataclass(frozen=True)
class QueryResult:
    """Rows of a query, with column names and types as the engine calls them."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(repr=False)


class Engine(Protocol):
    """What the platform asks of an engine. One engine is used by one thread at a time."""

    name: str

    def ingest(self, record: str, *, full_refresh: bool = False, progress: Progress = silent) -> IngestResult:
        """Ingest what is new in the topic of `record`, exactly once; with `full_refresh` the whole landing zone anew.

        Raises:
            LandingError: the landing zone cannot be read.
            LakeError: a table cannot be written, or a full refresh would lose rows whose objects are gone.
        """

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        """Bring a modelled table up to date with its upstreams; with `full_refresh` compute it anew from all of them;
        with `as_of` (a version number or an ISO 8601 time) leave it alone and put it as it was into a copy.

        Raises:
            LakeError: a table cannot be read or written, or there is no such version.
        """

    def release(self, record: str) -> int:
        """Try the rejected lines of `record` again and move those that fit now into raw; returns how many."""

    def query(self, sql: str, *, limit: int | None = None) -> QueryResult:
        """Answer a SELECT in the Databricks dialect over the lake's tables, named `layer.table`.

        Raises:
            ModelError: the query does not parse or names an unknown table.
            LakeError: a table cannot be read.
        """

    def inspect(
        self,
        sql: str,
        *,
        limit: int | None = None,
        since: Mapping[str, int] | None = None,
        at: Mapping[str, int] | None = None,
    ) -> QueryResult:
        """Answer what the platform asks of its tables, such as a check: as `query`, but it gives the same on every
        engine, so that any may answer it. Where it names `new.layer.table`, it reads the rows in the data files that
        the table gained after the version which `since` gives for its address, or all rows. With `at` it reads each
        table at the version given there for its address; others are empty.

        Raises:
            ModelError, LakeError: as `query`.
        """

    def close(self) -> None:
        """Release what the engine holds. It may be used again afterwards."""
