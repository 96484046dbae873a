"""A stub of a workspace, settings that have steps done there, and ways to run tables of the graph."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.cli.conftest import environment
from pinterest_platform_tests.databricks.stub import TOKEN, Workspace
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.landing_data import catalog

WHEEL = "/Volumes/main/pinterest/wheels/pinterest_platform-0.1.0-py3-none-any.whl"

#: Of the models, those in the graph that is run here.
MODELS = ("cleaned/pin", "cleaned/geo", "cleaned/user", "cleaned/post", "analytics/category_popularity_by_year")

Run = Callable[..., dg.ExecuteInProcessResult]


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    folder = tmp_path / "workspace"
    with Workspace(folder, environment()) as started:
        started.path(WHEEL).parent.mkdir(parents=True)
        started.path(WHEEL).touch()
        monkeypatch.setenv("DATABRICKS_HOST", started.url)
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        yield started


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return on_databricks(tmp_path)


def on_databricks(data: Path) -> Settings:
    """Steps are done on Databricks, which is looked at often and given up soon."""
    return load_settings(
        data=data,
        steps_on="databricks",
        databricks_volume="/Volumes/main/pinterest/runs",
        databricks_wheel=WHEEL,
        databricks_poll_seconds=0.2,
        databricks_patience_seconds=2,
        _env_file=None,
    )


@pytest.fixture
def landed(settings: Settings) -> None:
    """Postings in the landing zone, one line of which fits no schema."""
    folder = LandingFolder(
        Path(settings.landing_root), RECORDS, {r: settings.topic(r) for r in RECORDS}, flush_size=100
    )
    folder.open(None)
    folder.send(list(generate(300, 0, 0, 300)))
    folder.flush()
    folder.close()
    [*_, last] = sorted((Path(settings.landing_root) / "topics").glob("*.pin/partition=0/*.json"))
    with last.open("a") as file:
        file.write('{"no": "pin"}\n')


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], dg.JobDefinition]:
    """Gives the job of settings over `MODELS`, built once in a module for the same settings."""
    folder, built = tmp_path_factory.mktemp("models"), dict[str, dg.JobDefinition]()
    for address in MODELS:
        path = folder / f"{address}.sql"
        path.parent.mkdir(exist_ok=True)
        shutil.copy(catalog().models[address].path, path)

    def build(settings: Settings) -> dg.JobDefinition:
        key = settings.model_dump_json()
        if key not in built:
            built[key] = build_definitions(settings=settings, domain=with_models(folder)).resolve_job_def(REFRESH_ALL)
        return built[key]

    return build


@pytest.fixture
def run(job: Callable[[Settings], dg.JobDefinition], settings: Settings, instance: dg.DagsterInstance) -> Run:
    """Runs the tables selected, with other settings where they are given."""

    def execute(*select: str, config: dict[str, Any] | None = None, **changes: object) -> dg.ExecuteInProcessResult:
        return job(settings.model_copy(update=changes)).execute_in_process(
            instance=instance,
            asset_selection=[dg.AssetKey(address.split("/")) for address in select],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, **(config or {})},
            raise_on_error=False,
        )

    return execute


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """Why steps failed."""
    found = []
    for event in result.all_events:
        if event.event_type is dg.DagsterEventType.STEP_FAILURE:
            data = event.step_failure_data
            user = data.user_failure_data
            found.append(str(user.description) if user else (data.error.cause or data.error).message)
    return found
