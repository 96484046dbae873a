"""DAGs put into an Airflow, and what Dagster's sensor says of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import dagster as dg
from pydantic import SecretStr

from pinterest_platform.airflow.kept_tables import airflow_tables
from pinterest_platform.exports.mwaa.dag import files
from pinterest_platform.exports.mwaa.targets import TargetName
from pinterest_platform.orchestration.airflow import SENSOR
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.settings import Settings
from pinterest_platform_tests.integration.airflow.environments import PASSWORD, USER, Airflow
from pinterest_platform_tests.landing_data import catalog

#: Tables that are made of one another and nothing else; of others the first fails.
LINE = ("raw/user", "cleaned/user")
FAILING = ("raw/geo", "cleaned/geo")


def only(settings: Settings, tables: Collection[str]) -> Settings:
    """All other tables have moved."""
    kept = airflow_tables(catalog(), settings.model_copy(update={"airflow_moved": ""}))
    moved = [address for address in kept if address not in tables]
    return settings.model_copy(update={"airflow_moved": ",".join(moved)})


def deploy(
    airflow: Airflow, settings: Settings, variables: Mapping[str, str], target: TargetName = "databricks"
) -> str:
    """Put the DAG into Airflow's folder, with no time between tries and next to none between looks; its id."""
    airflow.variables |= variables
    exported = files(catalog(), settings, target=target, granularity="table", airflow="2.10.3")
    text = exported[f"dags/{settings.airflow_dag}.py"]
    for old, new in {"seconds=60": "seconds=0", "POLL_SECONDS = 10": "POLL_SECONDS = 0.1"}.items():
        assert old in text or target == "command"
        text = text.replace(old, new)
    (airflow.home / "dags" / f"{settings.airflow_dag}.py").write_text(text)
    return settings.airflow_dag


@dataclass(frozen=True)
class Done:
    """A run of the DAG for `LINE` and `FAILING`, and what the workspace was asked: the task of each run that it
    started with the run's idempotency token, and the requests."""

    settings: Settings
    succeeded: bool
    runs: Sequence[tuple[str, str]]
    requests: Sequence[str]


class Told:
    """A Dagster that looks at an Airflow."""

    def __init__(self, settings: Settings, airflow: str) -> None:
        access = {"airflow": airflow, "airflow_user": USER, "airflow_password": SecretStr(PASSWORD)}
        self.definitions = build_definitions(settings=settings.model_copy(update=access))
        self.instance = dg.DagsterInstance.ephemeral()

    def tick(self) -> tuple[list[dg.AssetMaterialization], dg.RunRequest | dg.SkipReason]:
        """What the sensor tells, and whether it asks for a run."""
        [sensor] = [sensor for sensor in self.definitions.sensors or () if sensor.name == SENSOR]
        result = sensor(dg.build_sensor_context(instance=self.instance))
        return list(result.asset_events), result.run_requests[0] if result.run_requests else result.skip_reason

    def report(self, events: Sequence[dg.AssetMaterialization]) -> None:
        """As Dagster's daemon does."""
        for event in events:
            self.instance.report_runless_asset_event(event)
