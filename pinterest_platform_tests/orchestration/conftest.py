"""A landing zone with real postings, settings around it, and ways to run the graph over them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.pinterest.records import RECORDS
from pinterest_platform.pinterest.source.generator import generate
from pinterest_platform.posting.landing.folder import LandingFolder
from pinterest_platform.settings import Settings, load_settings
from pinterest_platform_tests.domains import with_models

ROWS = 600

#: The models of a small graph, which stands for the whole one where its size is not the point: a step costs what it
#: costs, whatever its table.
MODELS = (
    "cleaned/pin",
    "cleaned/geo",
    "cleaned/user",
    "cleaned/post",
    "analytics/users_joined_by_year",
    "analytics/category_popularity_by_year",
)

#: Tables to select, where a test is about no others.
RAW = ("raw/pin", "raw/geo", "raw/user")
PINS = ("raw/pin", "cleaned/pin")
USERS = ("raw/user", "cleaned/user", "analytics/users_joined_by_year")

Land = Callable[[int, int], None]
Run = Callable[..., dg.ExecuteInProcessResult]


def settings_in(folder: Path) -> Settings:
    return load_settings(data=folder, landing="", lake="", source_url="", _env_file=None)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_in(tmp_path)


@pytest.fixture
def land(settings: Settings) -> Land:
    return lander(settings)


def lander(settings: Settings) -> Land:
    """Lands the generated postings from one position to another."""

    def land_range(start: int, stop: int) -> None:
        folder = LandingFolder(
            Path(settings.landing_root), RECORDS, {r: settings.topic(r) for r in RECORDS}, partitions=2, flush_size=100
        )
        folder.open(None)
        folder.send(list(generate(ROWS, 0, start, stop)))
        folder.flush()
        folder.close()

    return land_range


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture(scope="session")
def small_graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of the package's own files of `MODELS`."""
    folder = tmp_path_factory.mktemp("models")
    for address in MODELS:
        (folder / address).parent.mkdir(exist_ok=True)
        shutil.copy(
            str(resources.files("pinterest_platform.pinterest") / "models" / f"{address}.sql"),
            folder / f"{address}.sql",
        )
    return folder


@pytest.fixture
def run(settings: Settings, instance: dg.DagsterInstance, small_graph: Path) -> Run:
    return runner(settings, instance, small_graph)


def runner(settings: Settings, instance: dg.DagsterInstance, default: Path | None) -> Run:
    """Runs the graph of the models, or the tables selected, in this process; None is the package's own models."""
    definitions = cache(
        lambda models: build_definitions(settings=settings, domain=with_models(models) if models else PINTEREST)
    )

    def execute(
        *select: str, models: Path | None = default, job: str = REFRESH_ALL, config: dict[str, Any] | None = None
    ) -> dg.ExecuteInProcessResult:
        return (
            definitions(models)
            .resolve_job_def(job)
            .execute_in_process(
                instance=instance,
                asset_selection=[dg.AssetKey(address.split("/")) for address in select] or None,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}, **(config or {})},
                raise_on_error=False,
            )
        )

    return execute


def figures(result: dg.ExecuteInProcessResult, address: str) -> dict[str, Any]:
    """Metadata of a table's materialization in a run."""
    [event] = result.asset_materializations_for_node(address.replace("/", "__"))
    return {name: value.value for name, value in event.metadata.items()}


def failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """What went wrong in a run, for the message of an assertion."""
    steps = [e for e in result.all_events if e.event_type is dg.DagsterEventType.STEP_FAILURE]
    return [*sorted(failed_checks(result)), *(str(e.step_failure_data.error) for e in steps)]


def failed_checks(result: dg.ExecuteInProcessResult) -> set[str]:
    """Names of the rules and expectations that the tables of a run violate."""
    texts = [str(e.metadata["violated"].value) for e in result.get_asset_check_evaluations() if not e.passed]
    return {part.partition(":")[0] for text in texts for part in text.split("; ")}


@pytest.fixture
def home(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as instance:
        yield instance


@pytest.fixture
def deployed(postgres: str, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    url = postgres.replace("postgresql:", "postgresql+psycopg2:")
    (tmp_path / "dagster.yaml").write_text(f"storage: {{postgres: {{postgres_url: '{url}'}}}}\n")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance
