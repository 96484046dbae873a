"""An Airflow for each class of tests, of the version it names, and postings in a landing zone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from pinterest_platform.exports.mwaa.dag import Granularity, files
from pinterest_platform.exports.mwaa.targets import TargetName
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.integration.airflow.deployed import FAILING, LINE, Done, deploy, only
from pinterest_platform_tests.integration.airflow.environments import Airflow, ApiServer
from pinterest_platform_tests.integration.airflow.workspace import JobWorkspace
from pinterest_platform_tests.landing_data import catalog
from pinterest_platform_tests.retail.lakes import catalog as retail


@pytest.fixture(scope="class")
def airflow(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Airflow:
    return Airflow.fresh(request.cls.version, tmp_path_factory.mktemp("airflow") / "home")


@pytest.fixture(scope="class")
def every_dag(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Airflow makes of the exported DAG, as `probe.py` says it, by target and granularity; also of that of another
    domain, by target."""
    folder = tmp_path_factory.mktemp("dags")
    settings = load_settings(_env_file=None)
    for target in get_args(TargetName):
        for by in get_args(Granularity):
            exported = files(catalog(), settings, target=target, granularity=by, airflow="2.10.3")
            (folder / f"{target}-{by}.py").write_text(exported[f"dags/{settings.airflow_dag}.py"])
        other = settings.model_copy(update={"domain": "retail"})
        exported = files(retail(), other, target=target, granularity="layer", airflow="2.10.3")
        (folder / f"retail-{target}.py").write_text(exported[f"dags/{other.airflow_dag}.py"])
    found = airflow.python(Path(__file__).with_name("probe.py"), *map(str, sorted(folder.iterdir())))
    return {Path(file).stem: dag for file, dag in found.items()}


@pytest.fixture(scope="class")
def probed(every_dag: dict[str, Any]) -> dict[str, Any]:
    return {name: dag for name, dag in every_dag.items() if not name.startswith("retail")}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return own_settings(tmp_path)


@pytest.fixture(scope="class")
def done(airflow: Airflow, tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A run in which an answer is lost, after the run on Databricks was started, and in which another task fails:
    before it is looked at, as where there is no compute to be had."""
    folder = tmp_path_factory.mktemp("done")
    settings = only(own_settings(folder), (*LINE, *FAILING))
    land(settings)
    with JobWorkspace.of(settings, folder / "workspace") as workspace:
        workspace.unanswered, workspace.failing = {"raw__user"}, {"raw__geo"}
        dag = deploy(airflow, settings, workspace.airflow_variables(settings))
        return Done(settings, airflow.run_dag(dag), workspace.started(), [*workspace.requests])


@pytest.fixture(scope="class")
def api(airflow: Airflow, done: Done, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:  # noqa: ARG001
    """The REST API, which knows of the run."""
    server = ApiServer(airflow, tmp_path_factory.mktemp("api"))
    server.start()
    yield server
    server.stop()


def own_settings(data: Path) -> Settings:
    """Those of a landing zone and a lake of its own, and of a DAG with an id of its own."""
    return load_settings(data=data, topic_prefix=f"t{uuid.uuid4().hex[:11]}", _env_file=None)


def land(settings: Settings) -> None:
    """Put postings into the landing zone."""
    folder = LandingFolder(
        Path(settings.landing_root), RECORDS, {r: settings.topic(r) for r in RECORDS}, flush_size=100
    )
    folder.open(None)
    folder.send(list(generate(300, 0, 0, 300)))
    folder.flush()
    folder.close()
