"""Reads the content of a report from the lake once: the results, the data behind them, and its quality.

It reads the listed versions with few queries: analytic tables are small, and the others are only counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pinterest_platform.catalog import Catalog, Model
from pinterest_platform.engines.contract import Engine, QueryResult
from pinterest_platform.lake.versions import committed_at, versions_as_of
from pinterest_platform.report.basis import basis
from pinterest_platform.report.ranks import with_ranks
from pinterest_platform.report.sections import Report, report_of
from pinterest_platform.settings import Settings

#: Most rows that are read of a result. Results are small, but anyone can add a large one.
MOST_ROWS = 5_000


@dataclass(frozen=True)
class TableVersion:
    """A table as it was read. `version` and `committed` are None if it did not exist yet. Its columns `personal` hold
    personal data."""

    address: str
    version: int | None
    committed: datetime | None
    personal: tuple[str, ...] = ()


@dataclass(frozen=True)
class Result:
    """A result: the first `MOST_ROWS` of its `total` rows, in its own order. `resting` is the number of entities behind
    it, if known."""

    model: Model
    rows: Sequence[tuple[Any, ...]]
    total: int
    resting: int | None = None


@dataclass(frozen=True)
class Arrived:
    """The outcomes for one kind of record. `received` lines are either in raw or `rejected`. In raw, some are
    `superseded` by later ones of the same key. Some are `waiting` for a row of another table. The others are
    `current`."""

    record: str
    received: int
    rejected: int
    superseded: int
    current: int
    waiting: int = 0


@dataclass(frozen=True)
class Overview:
    """The content of a `report`. `entities` is their number. `amounts` belong to the report's overall article.
    `reasons` are (topic, reason, lines) of rejected lines, the most frequent first."""

    report: Report
    results: Mapping[str, Result]
    entities: int
    amounts: Mapping[str, int]
    arrived: Sequence[Arrived]
    reasons: Sequence[tuple[str, str, int]]
    newest_event: datetime | None
    tables: Sequence[TableVersion]
    as_of: str | None = None

    @property
    def committed(self) -> datetime | None:
        """When the newest of the tables was committed, in UTC."""
        return max((table.committed for table in self.tables if table.committed), default=None)


class Reader:
    """Reads the current or an earlier state of a lake: `as_of` is a version of the leading table, or an ISO 8601 time.

    Raises:
        LakeError: the version does not exist, or a table cannot be read.
    """

    def __init__(self, settings: Settings, catalog: Catalog, engine: Engine, as_of: str | None = None) -> None:
        self._settings, self._catalog, self._engine, self._as_of = settings, catalog, engine, as_of
        self._lake, self._report = engine.lake, report_of(catalog)
        self._at: Mapping[str, int] | None = None
        self._addresses = (*catalog.raw, *catalog.models)
        if as_of is not None:
            self._at = versions_as_of(self._lake, self._addresses, as_of, self._report.leading)

    def versions(self) -> list[TableVersion]:
        """Every table, with the version that the report reads."""
        return [self._version(address) for address in self._addresses]

    def _version(self, address: str) -> TableVersion:
        table = self._lake.open(address) if self._at is None or address in self._at else None
        personal = self._catalog.personal(address)
        if table is None:
            return TableVersion(address, None, None, personal)
        version = table.version() if self._at is None else self._at[address]
        return TableVersion(address, version, committed_at(table, version), personal)

    def overview(self) -> Overview:
        """Read everything."""
        numbers, report, records = self._numbers(), self._report, self._catalog.domain.records
        resting = self._resting()
        topics = {self._settings.topic(record): record for record in records}
        reasons = self._ask(
            "SELECT kafka_topic, reason, COUNT(*) AS line_count FROM raw.rejected "
            "GROUP BY kafka_topic, reason ORDER BY line_count DESC, kafka_topic, reason"
        ).rows
        rejected = {record: sum(n for topic, _, n in reasons if topics.get(topic) == record) for record in records}
        return Overview(
            report=report,
            results={
                model.address: Result(model, self.rows(model), numbers[model.address], resting.get(model.name))
                for model in self._catalog.results
            },
            entities=numbers[report.leading],
            amounts=dict(self._ask(report.overall.sql).rows) if report.overall else {},
            arrived=[self._arrived(record, numbers, rejected[record]) for record in records],
            reasons=[(topic, reason, lines) for topic, reason, lines in reasons],
            newest_event=numbers["newest event"],
            tables=self.versions(),
            as_of=self._as_of,
        )

    def rows(self, model: Model) -> Sequence[tuple[Any, ...]]:
        """Rows of a result, with ranks instead of pseudonyms, which nobody can read."""
        columns = ", ".join(f"`{column.name}`" for column in model.columns)
        rows = self._ask(f"SELECT {columns} FROM {_name(model.address)}", MOST_ROWS).rows
        return with_ranks(model, rows) if self._catalog.pseudonyms else rows

    def _numbers(self) -> dict[str, Any]:
        """The number of rows of each table by its address, and the newest event, from one query."""
        asked = {address: f"SELECT COUNT(*) FROM {_name(address)}" for address in self._addresses}
        for record in self._joined():
            key = f"`{self._catalog.domain.records[record].key}`"
            asked[_keys(record)] = f"SELECT COUNT(DISTINCT {key}) FROM raw.`{record}` WHERE tombstone IS NULL"
        asked["newest event"] = self._report.newest or "SELECT CAST(NULL AS timestamp_ntz) AS newest"
        joined = " CROSS JOIN ".join(f"({sql})" for sql in asked.values())
        [numbers] = self._ask(f"SELECT * FROM {joined}").rows
        return dict(zip(asked, numbers, strict=True))

    def _resting(self) -> Mapping[str, int]:
        """Name of a result -> number of entities behind it."""
        names, sql = basis(self._catalog, self._report.leading)
        return dict(zip(names, self._ask(sql).rows[0], strict=True)) if names else {}

    def _arrived(self, record: str, numbers: Mapping[str, int], rejected: int) -> Arrived:
        """The outcomes for a record. If no model holds its rows, nothing is superseded."""
        table, raw = self._catalog.table_of(record), numbers[f"raw/{record}"]
        current = numbers[table.address] if table else raw
        waiting = numbers.get(_keys(record), current) - current
        return Arrived(record, raw + rejected, rejected, raw - current - waiting, current, waiting)

    def _joined(self) -> Iterable[str]:
        """Records whose table also reads other tables, so a key may wait for a row in one of them."""
        for record in self._catalog.domain.records:
            table = self._catalog.table_of(record)
            if table and len(table.upstreams) > 1:
                yield record

    def _ask(self, sql: str, limit: int | None = None) -> QueryResult:
        return self._engine.inspect(sql, limit=limit, at=self._at)


def _keys(record: str) -> str:
    return f"keys of {record}"


def _name(address: str) -> str:
    return ".".join(f"`{part}`" for part in address.split("/"))
