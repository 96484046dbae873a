"""Two code locations in one Dagster: nothing has one name in both, and neither waits for runs of the other."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import yaml

from pinterest_platform.orchestration import sensors
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.failed_runs import decide
from pinterest_platform.orchestration.home import WORKSPACE
from pinterest_platform.orchestration.records import newest_runs
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.retail import RETAIL
from pinterest_platform.settings import Settings
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.orchestration.conftest import Land

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

Names = Mapping[str, set[Any]]
Tick = Callable[[str], dg.RunRequest | str]


@pytest.fixture(scope="module")
def names() -> list[Names]:
    """What each code location has, by kind, as Dagster loads them."""
    locations = yaml.safe_load(WORKSPACE.read_text())["load_from"]
    modules = [location["python_module"]["module_name"] for location in locations]
    return [_names(importlib.import_module(module).defs.get_repository_def()) for module in modules]


def _names(repository: dg.RepositoryDefinition) -> Names:
    graph = repository.asset_graph
    return {
        "jobs": {name for name in repository.job_names if not name.startswith("__")},
        "schedules": {schedule.name for schedule in repository.schedule_defs},
        "sensors": {sensor.name for sensor in repository.sensor_defs},
        "assets": set(graph.get_all_asset_keys()),
        "groups": {node.group_name for node in graph.asset_nodes},
        "checks": set(graph.asset_check_keys),
        "pools": {node.pool for job in repository.get_all_jobs() for node in job.all_node_defs if node.pool},
    }


def test_nothing_has_one_name_in_both_code_locations(names: list[Names]) -> None:
    first, second = names
    for kind in first:
        assert first[kind], kind
        assert second[kind], kind
        assert first[kind] & second[kind] == set(), kind


def test_first_domain_keeps_its_names_and_the_second_begins_its_own_with_its_own(names: list[Names]) -> None:
    first, second = names
    assert first["schedules"] == {"daily", "weekly_maintenance"}
    assert first["pools"] == {"lake_writer"}
    assert {"refresh_all", "time_travel", "maintenance"} <= first["jobs"]
    assert second["schedules"] == {"retail_daily", "retail_weekly_maintenance"}
    for kind in ("groups", "jobs", "schedules", "sensors", "pools"):
        assert [name for name in second[kind] if not name.startswith("retail_")] == [], kind


def test_workspace_of_the_repository_has_the_same_locations() -> None:
    mine, packaged = (
        yaml.safe_load(file.read_text())["load_from"]
        for file in (Path(__file__).parents[2] / "workspace.yaml", WORKSPACE)
    )
    assert mine[1:] == packaged[1:]
    assert [location["python_module"]["module_name"] for location in mine] == [
        location["python_module"]["module_name"] for location in packaged
    ]
    assert [location["python_module"]["location_name"] for location in mine] == ["pinterest_platform", "retail"]


@pytest.fixture
def locations(settings: Settings, small_graph: Path) -> list[dg.Definitions]:
    """Both, with one data folder."""
    domains = (with_models(small_graph), RETAIL)
    return [build_definitions(settings=settings.below(domain.data_folder), domain=domain) for domain in domains]


@pytest.fixture
def tick(locations: list[dg.Definitions], instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> Tick:
    """What the sensor of that name answers, in whichever location it is; after a failed run there is no wait."""
    monkeypatch.setattr(sensors, "_BACK_OFF", (timedelta(0), timedelta(0)))
    repositories = [location.get_repository_def() for location in locations]

    def evaluate(name: str) -> dg.RunRequest | str:
        [repository] = [found for found in repositories if found.has_sensor_def(name)]
        context = dg.build_sensor_context(instance, repository_def=repository)
        data = repository.get_sensor_def(name).evaluate_tick(context)
        return data.run_requests[0] if data.run_requests else str(data.skip_message)

    return evaluate


@pytest.fixture
def begin(locations: list[dg.Definitions], instance: dg.DagsterInstance) -> Callable[..., dg.DagsterRun]:
    """Begins a run of a location, by its number: of a job, or of assets chosen by hand."""

    def run(location: int, job: str = "", **options: Any) -> dg.DagsterRun:
        definitions = locations[location]
        found = definitions.resolve_job_def(job) if job else definitions.resolve_implicit_global_asset_job_def()
        return instance.create_run_for_job(found, status=dg.DagsterRunStatus.STARTED, **options)

    return run


PIN, CARDS = dg.AssetKey(["raw", "pin"]), dg.AssetKey(["retail", "raw", "cards"])


def test_run_under_way_holds_no_run_of_the_other(
    tick: Tick, begin: Callable[..., dg.DagsterRun], land: Land, instance: dg.DagsterInstance
) -> None:
    land(0, 100)
    instance.report_run_failed(begin(1, "retail_refresh_all"))
    asked = tick("new_landing_objects"), tick("retail_failed_runs")
    assert [type(answer) for answer in asked] == [dg.RunRequest] * 2
    begin(1, asset_selection=frozenset({CARDS}))
    assert isinstance(tick("new_landing_objects"), dg.RunRequest), "it is one of retail that is under way"
    assert "a run is in progress" in str(tick("retail_failed_runs"))


def test_the_same_the_other_way_round(
    tick: Tick, begin: Callable[..., dg.DagsterRun], land: Land, instance: dg.DagsterInstance
) -> None:
    land(0, 100)
    instance.report_run_failed(begin(1, "retail_refresh_all"))
    for options in ({"job": "refresh_all"}, {"job": "refresh_users_joined_by_year"}):
        run = begin(0, **options)
        assert "a run is in progress" in str(tick("new_landing_objects"))
        assert isinstance(tick("retail_failed_runs"), dg.RunRequest), options
        instance.report_run_canceled(run)
    begin(0, asset_selection=frozenset({PIN}))
    assert "a run is in progress" in str(tick("new_landing_objects"))
    assert isinstance(tick("retail_failed_runs"), dg.RunRequest)


def test_failure_counts_for_its_own_domain_only(
    tick: Tick, begin: Callable[..., dg.DagsterRun], instance: dg.DagsterInstance
) -> None:
    instance.report_run_failed(begin(0, "refresh_all"))
    assert tick("retail_failed_runs") == "the newest run did not fail"
    assert isinstance(tick("new_landing_objects"), dg.RunRequest), "what it left undone is tried again"
    instance.report_run_canceled(begin(0, "refresh_all"))
    instance.report_run_failed(begin(1, "retail_refresh_all"))
    assert "nothing new" in str(tick("new_landing_objects"))


def test_each_is_shown_its_own_runs(begin: Callable[..., dg.DagsterRun], instance: dg.DagsterInstance) -> None:
    begun = [begin(0, "refresh_all"), begin(0, asset_selection=frozenset({PIN})), begin(0, "maintenance")]
    for _ in range(10):
        begin(1, "retail_refresh_all")
    begin(1, asset_selection=frozenset({CARDS}))
    assert {run.identity for run in newest_runs(instance, PINTEREST)} == {run.run_id for run in begun}
    jobs = [run.job for run in newest_runs(instance, RETAIL)]
    assert jobs == ["selected assets", *["retail_refresh_all"] * 7]


@pytest.mark.parametrize(
    ("tries", "minutes", "asks"),
    [(0, 0.5, False), (0, 1.5, True), (2, 3.5, False), (2, 4.5, True), (7, 59, False), (7, 61, True), (8, 500, False)],
)
def test_wait_doubles_with_each_try_and_there_are_eight(tries: int, minutes: float, asks: bool) -> None:
    answer = decide(tries, NOW - timedelta(minutes=minutes), under_way=False, now=NOW)
    assert isinstance(answer, dg.RunRequest) is asks


def test_failed_run_is_tried_again_until_it_succeeds_or_all_tries_failed(
    tick: Tick, begin: Callable[..., dg.DagsterRun], instance: dg.DagsterInstance
) -> None:
    """A run that somebody else starts is the first of new tries."""

    def fail(**tags: str) -> None:
        instance.report_run_failed(begin(1, "retail_refresh_all", tags=tags))

    assert tick("retail_failed_runs") == "the newest run did not fail"
    fail()
    tries = 0
    while isinstance(request := tick("retail_failed_runs"), dg.RunRequest):
        tries += 1
        fail(**request.tags)
    assert request == "the newest run failed, the last of 8 tries; the next scheduled run tries again"
    assert tries == 8
    fail()
    assert isinstance(tick("retail_failed_runs"), dg.RunRequest)
    run = begin(1, "retail_refresh_all")
    instance.report_dagster_event(dg.DagsterEvent(dg.DagsterEventType.RUN_SUCCESS.value, run.job_name), run.run_id)
    assert tick("retail_failed_runs") == "the newest run did not fail"


def test_day_of_a_domain_nobody_has_run_goes_by_without_a_run(
    locations: list[dg.Definitions], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def asked(location: int, name: str) -> bool | str:
        schedule = locations[location].get_repository_def().get_schedule_def(name)
        data = schedule.evaluate_tick(dg.build_schedule_context(kept))
        return bool(data.run_requests) or str(data.skip_message)

    skipped = "retail_refresh_all has never run. Run it once: `pinterest-platform --domain retail run`"

    with dg.DagsterInstance.local_temp(str(tmp_path_factory.mktemp("home"))) as kept:
        assert (asked(0, "daily"), asked(1, "retail_daily")) == (True, skipped)
        kept.create_run_for_job(locations[0].resolve_job_def("refresh_all"))
        assert asked(1, "retail_daily") == skipped
        kept.create_run_for_job(locations[1].resolve_job_def("retail_refresh_all"))
        assert asked(1, "retail_daily") is True
