"""Executors write landed lines, and the driver commits them at once, but for those that are erased or expired."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from pinterest_platform.engines.duckdb.erasures import Place, remember
from pinterest_platform.engines.duckdb.session import Session
from pinterest_platform.lake.commits import commit
from pinterest_platform.lake.files import data_paths, location
from pinterest_platform.lake.positions import expired_transactions
from pinterest_platform.landing.erased import marker
from pinterest_platform_tests.landing_data import PREFIX, pin

TOPIC = f"{PREFIX}.pin"


def test_erased_lines_are_counted_and_not_written(platform, landing, monkeypatch):
    monkeypatch.setattr("pinterest_platform.engines.spark.parsing.TASK_OBJECTS", 1)
    with closing(Session(platform.lake, "1GB")) as session:
        remember(session, "one", [Place(TOPIC, "0", offset) for offset in ("2", "4")])
    landing.put(0, [pin(0), marker(1), pin(2), b"garbage"])
    landing.put(4, [b"rubbish", pin(5), marker(6)])
    result = platform.engine.ingest("pin")
    assert (result.lines, result.rows_added, result.rows_rejected, result.rows_erased) == (7, 2, 1, 4)
    assert result.erased == ((0, 1, 2), (0, 4, 4), (0, 6, 6))
    assert result.landed_again == ((0, 2, 2), (0, 4, 4))
    assert result.positions == {0: 7}
    assert platform.offsets() == [0, 3, 5]
    for address in ("raw/pin", "raw/rejected"):
        table = platform.lake.require(address)
        assert table.version() == 1  # One commit by the driver, none by Spark.
        assert sorted(Path(location(table)).glob("*.parquet")) == sorted(map(Path, data_paths(table)))


def test_lines_that_are_expired_beyond_the_position_are_not_added(platform, landing):
    """As where a driver died after it had committed rejected lines, and nothing ran until they had expired."""
    platform.engine.ingest("pin")
    commit(platform.lake.require("raw/pin"), transactions=expired_transactions(TOPIC, {0: 3}))
    landing.put(0, [pin(0), b"garbage", pin(2), pin(3), b"garbage"])
    result = platform.engine.ingest("pin")
    assert (result.rows_added, result.rows_rejected, result.rows_known) == (1, 1, 3)
    assert platform.offsets() == [3, 4]
