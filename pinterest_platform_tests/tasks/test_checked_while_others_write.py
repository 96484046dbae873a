"""A task whose checks compare its table with an upstream to which another run writes meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from pinterest_platform.engines.contract import RefreshResult
from pinterest_platform.engines.duckdb.engine import DuckDBEngine
from pinterest_platform.tasks.result import TaskResult
from pinterest_platform.tasks.run import run_task
from pinterest_platform_tests.landing_data import Platform, catalog, open_platform, pin

LOG = logging.getLogger(__name__)


class Overtaken(DuckDBEngine):
    """An engine that is overtaken by other runs after a refresh."""

    overtake: Callable[[], None]

    def refresh(self, address: str, *, full_refresh: bool = False, as_of: str | None = None) -> RefreshResult:
        result = super().refresh(address, full_refresh=full_refresh, as_of=as_of)
        self.overtake()
        return result


@pytest.fixture
def platform(tmp_path: Path):
    platform = open_platform(tmp_path)
    yield platform
    platform.engine.close()


def run_overtaken(platform: Platform, times: int) -> TaskResult:
    """The task of cleaned/pin, after each of whose first refreshes another run ingests a pin."""
    settings, numbers = platform.engine._settings, iter(range(1, times + 1))

    def ingest_another() -> None:
        if number := next(numbers, None):
            platform.landing.put(number, [pin(number)])
            platform.engine.ingest("pin")

    engine = Overtaken(settings, catalog())
    engine.overtake = ingest_another
    try:
        return run_task(engine, catalog(), settings, "cleaned/pin", anew=False, passed_at="", log=LOG)
    finally:
        engine.close()


@pytest.mark.parametrize("times", [1, 2, 4])
def test_rows_that_arrive_after_the_refresh_are_no_violation(platform: Platform, times: int) -> None:
    platform.landing.put(0, [pin(0)])
    platform.engine.ingest("pin")
    done = run_overtaken(platform, times)
    assert not done.blocked
    assert done.rows == times + 1
    assert platform.rows("SELECT ind FROM cleaned.pin ORDER BY ind") == [(n,) for n in range(times + 1)]


def test_row_that_is_wrong_is_found(platform: Platform) -> None:
    """A key of raw that the table lacks, because a row was removed from it behind the program's back."""
    platform.landing.put(0, [pin(0), pin(1)])
    platform.engine.ingest("pin")
    platform.engine.refresh("cleaned/pin")
    platform.lake.require("cleaned/pin").delete("ind = 1")
    done = run_overtaken(platform, 1)
    assert [check.passed for check in done.checks if check.blocking] == [True, False]
    assert not done.passed_at
