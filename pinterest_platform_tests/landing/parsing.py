"""Parses a landing folder and gives the rows back as Python values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb
import pytest

from pinterest_platform.landing.batches import open_batch
from pinterest_platform.landing.parser import Parser
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.schemas import RecordSchema
from pinterest_platform_tests.landing_data import PREFIX, Landing


class LineByLine(Parser):
    """A parser whose fast half always gives up."""

    def _unsure(self, paths: tuple[str, ...], total: int) -> list[int] | None:
        super()._unsure(paths, total)
        self._db.execute("DELETE FROM landed")
        return None


@dataclass(frozen=True)
class Outcome:
    """`fitting`: rows as dictionaries; `rejected`: (partition, offset, line, reason); both in order of offset."""

    fitting: list[dict[str, Any]]
    rejected: list[tuple[int, int, str, str]]
    lines: int

    @property
    def rows(self) -> dict[int, dict[str, Any]]:
        """Rows that fit, by offset."""
        return {row["kafka_offset"]: row for row in self.fitting}

    @property
    def reasons(self) -> dict[int, str]:
        """Why lines were rejected, by offset."""
        return {offset: reason for _, offset, _, reason in self.rejected}


@cache
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def parse(
    landing: Landing, record: str = "pin", *, parser: type[Parser] = Parser, schema: RecordSchema | None = None
) -> Outcome:
    """Parse all objects of a topic in one batch, and check that every line became one row. `schema` is that of a record
    which is not in `RECORDS`."""
    topic = f"{PREFIX}.{record}"
    store = landing.store
    objects = [item for p in store.partitions(topic) for item in store.list(topic, p).objects if item.size]
    db = connection()
    with open_batch(store, topic, objects) as batch:
        parsed = parser(db, schema or RECORDS[record]).parse(store, batch)
        answer = db.execute(f"FROM {parsed.fitting}")
        names = [column[0] for column in answer.description or []]
        fitting = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        fitting.sort(key=lambda row: (row["kafka_partition"], row["kafka_offset"], str(row)))
        answer = db.execute(f"SELECT kafka_partition, kafka_offset, line, reason FROM {parsed.rejected}")
        rejected = sorted(answer.fetchall())
    assert len(fitting) + len(rejected) == parsed.lines
    return Outcome(fitting, rejected, parsed.lines)


def parse_every_way(landing: Landing, record: str = "pin", *, schema: RecordSchema | None = None) -> Outcome:
    """Parse read in place, spooled, and line by line, which must all give the same."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pinterest_platform.landing.batches.DIRECT_BYTES", 1)
        in_place = parse(landing, record, schema=schema)
        patch.setattr("pinterest_platform.landing.batches.DIRECT_BYTES", 2**40)
        assert parse(landing, record, schema=schema) == in_place
        assert parse(landing, record, parser=LineByLine, schema=schema) == in_place
    return in_place
