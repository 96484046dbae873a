"""The exported DAG in Airflow 2.10.3, and what its tasks do on a worker itself, which is the same in any."""

from __future__ import annotations

from pathlib import Path

import pytest
from deltalake import DeltaTable

from pinterest_platform.settings import Settings
from pinterest_platform_tests.cli.conftest import PROGRAM, environment
from pinterest_platform_tests.forked import Program
from pinterest_platform_tests.integration.airflow import scenarios
from pinterest_platform_tests.integration.airflow.conftest import land
from pinterest_platform_tests.integration.airflow.deployed import deploy, only
from pinterest_platform_tests.integration.airflow.environments import Airflow

#: An Airflow is half a gigabyte to fetch.
pytestmark = pytest.mark.servers

#: A result of each kind, made of records or of another result, with all that it needs.
RESULTS = ("analytics/top_user_by_country", "analytics/country_with_top_user")
RECORDS = ("pin", "geo", "user")
TABLES = (*(f"{layer}/{record}" for layer in ("raw", "cleaned") for record in RECORDS), "cleaned/post", *RESULTS)


class TestParsed(scenarios.Parsed):
    version = "2.10.3"


class TestRun(scenarios.Run):
    version = "2.10.3"


@pytest.mark.long
class TestCommand:
    version = "2.10.3"

    def test_same_tables_as_by_run(self, airflow: Airflow, settings: Settings, tmp_path: Path) -> None:
        land(settings)
        prefix = f"AIRFLOW_VAR_{settings.topic_prefix.upper()}"
        where = {f"{prefix}_LANDING": settings.landing_root, f"{prefix}_LAKE": settings.lake_root}
        dag = deploy(airflow, only(settings, TABLES), {**where, f"{prefix}_COMMAND": str(PROGRAM)}, "command")
        assert airflow.run_dag(dag), airflow.log()
        assert len(airflow.states(dag)) == len(TABLES)
        other, log = str(tmp_path / "by run"), tmp_path / "log"
        own = {"PINTEREST_LANDING": settings.landing_root, "PINTEREST_TOPIC_PREFIX": settings.topic_prefix}
        with Program(("run",), tmp_path, environment(**own, PINTEREST_LAKE=other), (log, log)) as program:
            assert program.wait() == 0, program.output
        for address in TABLES:
            assert rows(settings.lake_root, address) == rows(other, address), address


def rows(lake: str, address: str) -> list[str]:
    """All rows of a table, without when they were ingested."""
    table = DeltaTable(f"{lake}/{address}").to_pyarrow_table()
    kept = [name for name in table.column_names if name != "ingested_at"]
    return sorted(map(repr, table.select(kept).to_pylist()))
