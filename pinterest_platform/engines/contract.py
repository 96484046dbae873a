"""The contract of an engine: its operations, which are the same for every engine, and their results.

`ingest` moves new landing objects into raw tables. `refresh` brings one modelled table up to date. `query` answers a
SELECT over the lake. Engines compute rows in different ways; the resulting tables are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from pinterest_platform.errors import PlatformError
from pinterest_platform.lake.lake import Lake

#: The result of a refresh. "unchanged": nothing it reads has changed, or the result is the same. "merged": rows were
#: merged by key. "replaced": the whole table was computed.
Outcome = Literal["unchanged", "merged", "replaced"]

#: Called repeatedly during long work with lines done and lines expected (bytes if lines are not known yet).
Progress = Callable[[int, int], None]


class EngineError(PlatformError):
    """The engine cannot be started or reached. The message says what is missing and what to do."""


def silent(_done: int, _total: int) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class IngestResult:
    """One ingestion of one topic.

    Every line read is added to raw, added to rejected, erased (on request, see `landing.erased`), or known (its offset
    was already there).

    - `erased`: the offsets known to be erased, as runs of a partition, first and last.
    - `expired`: by partition, the offset before which lines were removed because of their age.
    - `landed_again`: the erased offsets at which this ingestion found the record again.
    - `positions`: next offsets by partition.
    - `strangers`: keys in the landing zone that do not name an object.
    - `first_offsets`: the lowest offset read, by partition.
    - `columns_added`: columns added to raw in place, which are null in older rows.
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

    - `version`: the table's Delta version afterwards.
    - `rows_in`: upstream rows read.
    - `rows_changed`: rows inserted or updated.
    - `rows_total`: rows in the table.
    - `since`: after a merge, the versions of the table and its upstream at the previous refresh. Checks need to inspect
      only what came later.
    - `uri`: location of the result: the table or, with `as_of`, a copy beside the lake's tables.
    - `columns_added`: columns added in place, which are null in older rows.
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
    """Rows of a query, with column names and the engine's type names."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(repr=False)


class Engine(Protocol):
    """An engine. Only one thread at a time may use it. `lake` has its tables open."""

    name: str
    lake: Lake

    def ingest(self, record: str, *, full_refresh: bool = False, progress: Progress = silent) -> IngestResult:
        """Ingest the new lines in the topic of `record`, exactly once. With `full_refresh`, ingest the whole landing
        zone again.

        Raises:
            LandingError: the landing zone cannot be read.
            LakeError: a table cannot be written, or a full refresh would lose rows whose objects are gone.
        """

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        """Bring a modelled table up to date with its upstreams. With `full_refresh`, compute it from scratch.

        With `as_of` (a version number or an ISO 8601 time), leave the table alone and write its earlier state to a
        copy.

        Raises:
            LakeError: a table cannot be read or written, or the version does not exist.
        """

    def release(self, record: str) -> int:
        """Read the rejected lines of `record` again, move those that fit now into raw, and return their number."""

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
        """Answer a query of the platform itself, such as a check. Unlike `query`, it returns the same on every engine.

        The name `new.layer.table` reads the rows in data files that the table gained after the version in `since`, or
        else all rows. With `at`, each table is read at the version given there for its address, and all others are
        empty.

        Raises:
            ModelError, LakeError: as `query`.
        """

    def close(self) -> None:
        """Release the resources of the engine. It may be used again afterwards."""
