"""Ticks of the sensor: nothing, one, many, late, re-sent, under way, failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from pinterest_platform.flow import partitions
from pinterest_platform.flow.topics import look_at_all
from pinterest_platform.orchestration.build import build_definitions
from pinterest_platform.orchestration.jobs import REFRESH_ALL
from pinterest_platform.orchestration.sensors import decide
from pinterest_platform.pinterest import PINTEREST
from pinterest_platform.settings import Settings
from pinterest_platform_tests.domains import with_models
from pinterest_platform_tests.orchestration.conftest import RAW, Land, Run

Tick = Callable[[], dg.RunRequest | dg.SkipReason]

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
NEWS = {"p.pin": 3, "p.geo": 1}


def news(settings: Settings) -> dict[str, int]:
    return {flow.topic: flow.new_objects for flow in look_at_all(settings, PINTEREST, NOW) if flow.new_objects}


def test_nothing_landed_is_no_run(settings: Settings) -> None:
    assert news(settings) == {}
    assert isinstance(decide({}, under_way=False, failures=[], now=NOW), dg.SkipReason)


def test_many_topics_with_news_are_one_run(settings: Settings, land: Land) -> None:
    land(0, 600)
    assert set(news(settings)) == {settings.topic(record) for record in ("pin", "geo", "user")}
    assert isinstance(decide(NEWS, under_way=False, failures=[], now=NOW), dg.RunRequest)


def test_what_is_ingested_is_no_news(settings: Settings, land: Land, run: Run) -> None:
    land(0, 300)
    run(*RAW)
    assert news(settings) == {}
    land(300, 600)
    assert len(news(settings)) == 3


def test_late_object_below_the_watermark_is_news(settings: Settings, land: Land, run: Run) -> None:
    land(0, 600)
    folder = Path(settings.landing_root) / f"topics/{settings.topic('pin')}/partition=0"
    late = sorted(folder.iterdir())[0]
    content = late.read_bytes()
    late.unlink()
    run(*RAW)
    assert news(settings) == {}
    late.write_bytes(content)
    assert news(settings) == {settings.topic("pin"): 1}
    run(*RAW)
    assert news(settings) == {}


def test_resent_object_is_news_once(settings: Settings, land: Land, run: Run) -> None:
    land(0, 600)
    run(*RAW)
    again = next(iter(sorted((Path(settings.landing_root) / f"topics/{settings.topic('geo')}/partition=1").iterdir())))
    temporary = again.with_name(".tmp")
    temporary.write_bytes(again.read_bytes())
    temporary.replace(again)
    assert news(settings) == {settings.topic("geo"): 1}
    run(*RAW)
    assert news(settings) == {}


def test_no_run_is_asked_for_while_one_is_under_way() -> None:
    answer = decide(NEWS, under_way=True, failures=[], now=NOW)
    assert isinstance(answer, dg.SkipReason)
    assert "in progress" in (answer.skip_message or "")


@pytest.mark.parametrize(
    ("failures", "minutes", "asks"),
    [(1, 0.5, False), (1, 1.5, True), (3, 3.5, False), (3, 4.5, True), (8, 59, False), (8, 61, True)],
)
def test_wait_doubles_after_failures(failures: int, minutes: float, asks: bool) -> None:
    newest = NOW - timedelta(minutes=minutes)
    ends = [newest - timedelta(hours=n) for n in range(failures)]
    answer = decide(NEWS, under_way=False, failures=ends, now=NOW)
    assert isinstance(answer, dg.RunRequest) is asks


def test_what_a_failed_run_left_undone_is_tried_again() -> None:
    just_now, long_ago = NOW - timedelta(seconds=30), NOW - timedelta(minutes=2)
    assert isinstance(decide({}, under_way=False, failures=[just_now], now=NOW), dg.SkipReason)
    assert isinstance(decide({}, under_way=False, failures=[long_ago], now=NOW), dg.RunRequest)


@pytest.fixture
def definitions(settings: Settings, small_graph: Path) -> dg.Definitions:
    return build_definitions(settings=settings, domain=with_models(small_graph))


@pytest.fixture
def tick(definitions: dg.Definitions, instance: dg.DagsterInstance) -> Tick:
    """What one tick of the sensor answers."""

    def evaluate() -> dg.RunRequest | dg.SkipReason:
        repository = definitions.get_repository_def()
        sensor = repository.get_sensor_def("new_landing_objects")
        data = sensor.evaluate_tick(dg.build_sensor_context(instance, repository_def=repository))
        for event in data.asset_events:
            instance.report_runless_asset_event(event)
        return data.run_requests[0] if data.run_requests else dg.SkipReason(data.skip_message)

    return evaluate


def test_tick_looks_at_dagsters_own_records(
    definitions: dg.Definitions, tick: Tick, land: Land, run: Run, instance: dg.DagsterInstance
) -> None:
    land(0, 600)
    assert isinstance(tick(), dg.RunRequest)
    started = instance.create_run_for_job(definitions.resolve_job_def(REFRESH_ALL), status=dg.DagsterRunStatus.STARTED)
    assert "in progress" in (tick().skip_message or "")
    instance.report_run_failed(started)
    assert "1 runs in a row failed" in (tick().skip_message or "")
    assert run(*RAW).success
    land(0, 10)
    assert isinstance(tick(), dg.RunRequest), "a success ends the waiting"


def test_tick_waits_until_a_run_of_chosen_assets_has_ended(
    definitions: dg.Definitions, tick: Tick, land: Land, instance: dg.DagsterInstance
) -> None:
    """Such a run, started by a click in the UI, has no job of its own. One that is being cancelled still writes."""
    land(0, 100)
    run = instance.create_run_for_job(
        definitions.resolve_implicit_global_asset_job_def(), status=dg.DagsterRunStatus.STARTED
    )
    assert "in progress" in (tick().skip_message or "")
    instance.report_run_canceling(run)
    assert "in progress" in (tick().skip_message or "")
    instance.report_run_canceled(run)
    assert isinstance(tick(), dg.RunRequest)


def test_tick_says_why_nothing_is_read(settings: Settings, tick: Tick, land: Land) -> None:
    assert f"nothing new; there is nothing at {settings.landing_root}" in (tick().skip_message or "")
    land(0, 10)
    topics = Path(settings.landing_root) / "topics"
    topics.rename(topics.with_name("raw"))
    assert "the topics are in raw/ of" in (tick().skip_message or "")


def test_unreadable_landing_fails_the_tick(settings: Settings, tick: Tick) -> None:
    Path(settings.landing_root).write_text("a file where the folder should be")
    with pytest.raises(Exception, match="cannot read"):
        tick()


def test_topic_that_is_late_is_told_of_once(
    tick: Tick, land: Land, run: Run, instance: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the flow check, where nothing else would say that runs fail or do not come."""
    check = dg.AssetCheckKey(dg.AssetKey(["raw", "pin"]), "flow")

    def results() -> list[bool | None]:
        records = instance.event_log_storage.get_asset_check_execution_history(check, limit=10)
        return [record.evaluation.passed if record.evaluation else None for record in reversed(records)]

    land(0, 300)
    tick()
    assert results() == [], "it has not waited for long"
    monkeypatch.setattr(partitions, "LATE", timedelta(0))
    tick()
    tick()
    assert results() == [False]
    evaluation = instance.get_latest_asset_check_evaluation_record(check).evaluation
    assert "landed records are not ingested" in str(evaluation.metadata["violated"].value)
    assert evaluation.metadata["records_not_ingested"].value > 0
    run(*RAW)
    assert results() == [False, True]


def test_topic_that_is_late_is_told_of_where_a_run_failed_before_its_check(
    settings: Settings,
    tick: Tick,
    land: Land,
    run: Run,
    instance: dg.DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    land(0, 300)
    table = Path(settings.lake_root, "raw", "pin")
    table.parent.mkdir(parents=True)
    table.write_text("no table")
    assert not run(*RAW).success
    table.unlink()
    monkeypatch.setattr(partitions, "LATE", timedelta(0))
    tick()
    newest = instance.get_latest_asset_check_evaluation_record(dg.AssetCheckKey(dg.AssetKey(["raw", "pin"]), "flow"))
    assert newest.evaluation.passed is False
