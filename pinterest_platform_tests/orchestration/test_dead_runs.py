"""Runs whose process was killed: found by whoever comes next, failed with a message, in nobody's way. Runs that live
are left alone."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import dagster as dg
import pytest
from rich.console import Console

from pinterest_platform import failpoints
from pinterest_platform.cli.progress import RunPrinter
from pinterest_platform.failpoints import Failpoint
from pinterest_platform.flow.runs import Run
from pinterest_platform.orchestration import execution, signs_of_life
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.dead_runs import end_dead_runs
from pinterest_platform.orchestration.home import open_instance
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.orchestration.records import newest_runs
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings
from pinterest_platform_tests.cli.conftest import runner
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.forked import start
from pinterest_platform_tests.orchestration.conftest import Land, settings_in

HOUR = timedelta(hours=1)

Hang = Callable[[Callable[[Path, Path], None]], ForkServerProcess]


def by_the_command(folder: Path, models: Path) -> None:
    """As `pinterest-platform run` does."""
    run_by_command(settings_in(folder), models)


def by_a_worker(folder: Path, models: Path) -> None:
    """As a process does that Dagster's daemon had launched."""
    os.environ |= {"FOLDER": str(folder), "MODELS": str(models)}
    with open_instance(settings_in(folder)) as instance:
        dg.execute_job(dg.reconstructable(launched_job), instance, asset_selection=[dg.AssetKey(["raw", "pin"])])


def launched_job() -> dg.JobDefinition:
    settings, domain = settings_in(Path(os.environ["FOLDER"])), with_models(Path(os.environ["MODELS"]))
    return build_definitions(settings=settings, domain=domain).resolve_job_def(REFRESH_ALL)


def run_by_command(settings: Settings, models: Path) -> bool:
    with RunPrinter(Console(quiet=True)) as printer:
        return execution.Run(settings, with_models(models), ["raw/pin"]).execute(printer)


def hang_in_the_middle(run: Callable[[Path, Path], None], folder: Path, models: Path, there: Path) -> None:
    """Run, and stay in the step of `raw/pin` for ever."""

    def stay(moment: Failpoint, table: str) -> None:
        if moment is Failpoint.FILES_WRITTEN and table.endswith("raw/pin"):
            there.touch()
            signal.pause()

    failpoints.armed = stay
    os.environ.pop("DAGSTER_HOME", None)  # Of the test in which the server of forks was started.
    run(folder, models)


@pytest.fixture
def hang(tmp_path: Path, land: Land, small_graph: Path) -> Iterator[Hang]:
    """Starts a run in a process of its own and returns in the middle of a step."""
    processes = []
    land(0, 100)

    def begin(run: Callable[[Path, Path], None]) -> ForkServerProcess:
        there = tmp_path / "there"
        process = start(hang_in_the_middle, run, tmp_path, small_graph, there)
        processes.append(process)
        deadline = time.monotonic() + 240
        while not there.exists():
            assert process.is_alive(), "it ended without coming to the middle"
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return process

    yield begin
    for process in processes:
        process.kill()
        process.join()


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as opened:
        yield opened


@pytest.fixture
def tick(settings: Settings, small_graph: Path, instance: dg.DagsterInstance) -> Callable[[str], str]:
    """What one tick of a sensor says why it asks for no run."""
    repository = build_definitions(settings=settings, domain=with_models(small_graph)).get_repository_def()

    def evaluate(name: str) -> str:
        data = repository.get_sensor_def(name).evaluate_tick(
            dg.build_sensor_context(instance, repository_def=repository)
        )
        return str(data.skip_message)

    return evaluate


def shown(instance: dg.DagsterInstance) -> Run:
    """The newest run, as `status` shows it."""
    return newest_runs(instance, PINTEREST)[0]


@pytest.mark.parametrize("run", [by_the_command, by_a_worker])
def test_killed_run_is_failed_by_the_sensor_and_work_goes_on(
    run: Callable[[Path, Path], None],
    hang: Hang,
    tick: Callable[[str], str],
    instance: dg.DagsterInstance,
    settings: Settings,
    small_graph: Path,
) -> None:
    process = hang(run)
    assert tick("dead_runs") == "no run is dead"
    assert shown(instance).dead is None
    process.kill()
    process.join()
    assert f"its process {process.pid} on " in str(shown(instance).dead), "status says so before anybody ends it"
    assert "a run is in progress" in tick("new_landing_objects")
    assert "is gone" in tick("dead_runs")
    assert (shown(instance).status, shown(instance).dead) == ("failure", None)
    assert f"The run is dead: its process {process.pid} on " in str(shown(instance).error)
    assert "1 runs in a row failed, next try" in tick("new_landing_objects")
    assert tick("dead_runs") == "no run is dead"
    assert run_by_command(settings, small_graph)
    assert list((settings.dagster_home / "alive").iterdir()) == []


def test_killed_command_is_named_by_status_and_failed_by_the_next(hang: Hang, tmp_path: Path) -> None:
    process = hang(by_the_command)
    process.kill()
    process.join()
    call, data = runner(tmp_path), {"PINTEREST_DATA": str(tmp_path)}
    told = call("status", **data)
    assert told.returncode == 1
    assert f"of refresh_all is dead: its process {process.pid} on " in told.stdout
    done = call("run", "--select", "raw/pin", **data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"is dead: its process {process.pid} on " in done.stdout
    assert "is dead" not in call("status", **data).stdout


def test_run_with_a_long_step_is_never_taken_for_dead(hang: Hang, instance: dg.DagsterInstance) -> None:
    process = hang(by_the_command)
    os.kill(process.pid or 0, signal.SIGSTOP)  # Nor is one that the system has suspended, which can say nothing.
    [run] = instance.get_runs()
    assert signs_of_life.why_dead(instance, run, datetime.now(UTC) + 24 * HOUR) is None
    assert end_dead_runs(instance) == []


def begun(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, **tags: str) -> dg.DagsterRun:
    @dg.job
    def nothing() -> None: ...

    return instance.create_run_for_job(nothing, status=status, tags=tags)


def on_another_host(instance: dg.DagsterInstance, status: dg.DagsterRunStatus, seen: datetime) -> dg.DagsterRun:
    run = begun(instance, status)
    sign = {"run": run.run_id, "host": "elsewhere", "pid": 7, "seen": seen.timestamp()}
    instance.add_run_tags(run.run_id, {signs_of_life.TAG: json.dumps(sign)})
    return run


@pytest.mark.parametrize(
    ("status", "end"),
    [
        (dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.FAILURE),
        (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED),
    ],
)
def test_container_that_was_replaced_is_dead_when_nothing_was_heard_of_it(
    status: dg.DagsterRunStatus, end: dg.DagsterRunStatus, instance: dg.DagsterInstance
) -> None:
    now = datetime.now(UTC)
    live = on_another_host(instance, status, now - timedelta(seconds=60))
    dead = on_another_host(instance, status, now - timedelta(seconds=95))
    [told] = end_dead_runs(instance)
    assert f"run {dead.run_id[:8]} of nothing is dead: its process 7 on elsewhere gave its last sign of life 9" in told
    assert {run.run_id: run.status for run in instance.get_runs()} == {live.run_id: status, dead.run_id: end}


def test_run_says_again_and_again_that_it_lives(instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signs_of_life, "_BEAT", timedelta(milliseconds=20))
    run = begun(instance, dg.DagsterRunStatus.STARTED)

    def tags() -> dict[str, str]:
        found = instance.get_run_by_id(run.run_id)
        return dict(found.tags) if found else {}

    with signs_of_life.signs_of_life(instance, run.run_id) as first:
        deadline = time.monotonic() + 60
        while tags().get(signs_of_life.TAG, first[signs_of_life.TAG]) == first[signs_of_life.TAG]:
            assert time.monotonic() < deadline
            time.sleep(0.02)


def test_run_that_is_tried_again_is_not_judged_by_the_one_before(instance: dg.DagsterInstance) -> None:
    before = on_another_host(instance, dg.DagsterRunStatus.FAILURE, datetime.now(UTC) - HOUR)
    [before] = instance.get_runs(dg.RunsFilter(run_ids=[before.run_id]))
    begun(instance, dg.DagsterRunStatus.STARTING, **before.tags)
    assert end_dead_runs(instance) == []


def test_run_of_an_older_version_is_dead_after_an_hour_of_silence(instance: dg.DagsterInstance) -> None:
    run = begun(instance, dg.DagsterRunStatus.STARTED)
    instance.report_engine_event("at work", run)
    now = datetime.now(UTC)
    assert signs_of_life.why_dead(instance, run, now + HOUR / 2) is None
    assert "recorded nothing for 90 minutes" in str(signs_of_life.why_dead(instance, run, now + HOUR * 1.5))


def test_run_that_died_in_the_instant_of_its_start_is_dead_after_two_minutes(instance: dg.DagsterInstance) -> None:
    run = begun(instance, dg.DagsterRunStatus.STARTING)
    start_event = dg.DagsterEvent("PIPELINE_START", "nothing", message="started")
    instance.report_dagster_event(start_event, run.run_id)
    [run] = instance.get_runs()
    now = datetime.now(UTC)
    assert signs_of_life.why_dead(instance, run, now + timedelta(minutes=1)) is None
    assert "recorded nothing for 2 minutes" in str(signs_of_life.why_dead(instance, run, now + timedelta(minutes=2)))


def test_run_that_died_before_its_first_tag_is_dead_at_once(instance: dg.DagsterInstance) -> None:
    run = begun(instance, dg.DagsterRunStatus.STARTED)
    with signs_of_life.signs_of_life(instance, run.run_id):
        assert end_dead_runs(instance) == []
    lock = Path(instance.root_directory, "alive", run.run_id)
    lock.touch()
    assert "its process is gone" in str(end_dead_runs(instance))
    assert not lock.exists()


def test_pool_is_free_in_a_home_whose_limits_count_steps(settings: Settings) -> None:
    settings.dagster_home.mkdir()
    configuration = "concurrency: {pools: {default_limit: 1, granularity: op}}\n"
    (settings.dagster_home / "dagster.yaml").write_text(configuration)
    with open_instance(settings) as instance:
        storage = instance.event_log_storage
        storage.initialize_concurrency_limit_to_default("lake_writer")
        run = on_another_host(instance, dg.DagsterRunStatus.STARTED, datetime.now(UTC) - HOUR)
        assert storage.claim_concurrency_slot("lake_writer", run.run_id, "raw__pin").is_claimed
        assert not storage.claim_concurrency_slot("lake_writer", "another", "raw__pin").is_claimed
        assert len(end_dead_runs(instance)) == 1
        assert storage.claim_concurrency_slot("lake_writer", "another", "raw__pin").is_claimed


def test_failure_outside_of_the_steps_is_said_by_status(instance: dg.DagsterInstance) -> None:
    @dg.resource
    def broken(_context: dg.InitResourceContext) -> None:
        raise RuntimeError("no room for the engine")

    @dg.op
    def step(broken: dg.ResourceParam[object]) -> None: ...

    @dg.job(resource_defs={"broken": broken})
    def refresh_all() -> None:
        step()

    assert not refresh_all.execute_in_process(instance=instance, raise_on_error=False).success
    assert "no room for the engine" in str(shown(instance).error)
