"""The stub of a Databricks workspace with the job of the exported bundle in it, whose tasks can be run by `run-now`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pinterest_platform.exports.databricks import files
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings
from pinterest_platform.tasks import databricks
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.databricks.conftest import WHEEL
from pinterest_platform_tests.databricks.stub import TOKEN, ApiError, Dropped, Run, Workspace
from pinterest_platform_tests.landing_data import catalog

JOB_ID = 4711
#: Variables of the bundle as they are where nobody sets them.
_UNSET = {"databricks_secrets": "", "pseudonym_secret_name": "", "pseudonyms_required": "false"}
_FAILED = {"life_cycle_state": "TERMINATED", "result_state": "FAILED", "state_message": "Workload failed"}


@dataclass
class JobWorkspace(Workspace):
    """`variables` are the bundle's; tasks whose keys are in `failing` end as failed without doing anything. For those
    in `unanswered` the first answer to `run-now` is lost, after the run was started."""

    variables: Mapping[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, settings: Settings, folder: Path) -> JobWorkspace:
        """One whose job works on the landing zone and the lake of these settings."""
        names = ("landing", "lake", "topic_prefix", "engine", "unity_catalog")
        told = databricks.settings_of(settings, PINTEREST)
        return cls(folder, environment(), variables=_UNSET | {name: told[name] for name in names})

    def __enter__(self) -> JobWorkspace:
        super().__enter__()
        self.path(WHEEL).parent.mkdir(parents=True)
        self.path(WHEEL).touch()
        return self

    def _calls(self, query: Mapping[str, str], body: bytes) -> dict[str, Callable[[], Mapping[str, Any]]]:
        # Airflow's triggers send what they ask for in the body of a GET, too.
        sent = json.loads(body) if body else {}
        return {**super()._calls({**sent, **query}, body), "/jobs/run-now": lambda: self._run_now(sent)}

    def _run_now(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        if int(request["job_id"]) != JOB_ID:
            raise ApiError(400, "INVALID_PARAMETER_VALUE", f"Job {request['job_id']} does not exist.")
        job = self._job()
        [task] = [task for task in job["tasks"] if task["task_key"] in request["only"]]
        submitted = {**job, "run_name": job["name"], "tasks": [task]}
        self.end_as = _FAILED if task["task_key"] in self.failing else {}
        answer = self._submit({**submitted, "idempotency_token": request["idempotency_token"]})
        if task["task_key"] in self.unanswered:
            self.unanswered.remove(task["task_key"])
            raise Dropped
        return answer

    def started(self) -> list[tuple[str, str]]:
        """Key of its task and idempotency token of each run that was started, in their order."""
        return [(run.request["tasks"][0]["task_key"], run.request["idempotency_token"]) for run in self.runs.values()]

    def airflow_variables(self, settings: Settings) -> dict[str, str]:
        """What has to be set for an Airflow that runs the exported DAG here, as environment variables."""
        port = int(self.url.rpartition(":")[2])
        # Of `host` only the name counts.
        connection = {"conn_type": "databricks", "host": "127.0.0.1", "port": port, "schema": "http", "password": TOKEN}
        return {
            "AIRFLOW_CONN_DATABRICKS_DEFAULT": json.dumps(connection),
            f"AIRFLOW_VAR_{settings.topic_prefix.upper()}_DATABRICKS_JOB_ID": str(JOB_ID),
        }

    def _get(self, run: Run) -> Mapping[str, Any]:
        return {**super()._get(run), "job_id": JOB_ID}

    def _job(self) -> dict[str, Any]:
        bundle = yaml.safe_load(files(catalog())["databricks.yml"])
        text = json.dumps(bundle["resources"]["jobs"]["refresh_all"]).replace("./dist/*.whl", WHEEL)
        job: dict[str, Any] = json.loads(re.sub(r"\$\{var\.(\w+)\}", lambda found: self.variables[found[1]], text))
        return job
