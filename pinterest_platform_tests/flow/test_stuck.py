"""What is told to be stuck, of whatever is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pinterest_platform.flow.runs import Run, Step, TableRun
from pinterest_platform.flow.state import Flow
from pinterest_platform.flow.streams import StreamFlow, Timing

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MADE = TableRun("cleaned/pin", NOW, 1, 1.0)
GOOD = Run("1" * 32, "refresh_all", "success", NOW - timedelta(minutes=5), 3.0)
FAILED = Run("2" * 32, "refresh_all", "failure", NOW, 3.0, (Step("raw/pin", 1.0, "no room"), Step("raw/geo", 1.0)))


def flow(*, tables=(MADE,), runs=(GOOD,), streams=()):
    return Flow(NOW, (), (), (), (), tables, streams, runs)


def stream(*, seconds_ago, lag):
    timing = Timing(NOW - timedelta(seconds=seconds_ago), 100, 0.1, 1.0, 0.1, 0.1, 1.0, 1.2)
    return StreamFlow("pin", "p-pin", "kinesis", 100, 0, timing.committed, {"shard": lag}, (timing,))


def test_nothing_where_all_is_well():
    assert flow(streams=[stream(seconds_ago=1, lag=500)]).stuck == []


def test_newest_run_that_ended_failed():
    under_way = Run("3" * 32, "refresh_all", "started", NOW, None)
    [told] = flow(runs=(under_way, FAILED, GOOD)).stuck
    assert (
        told == "run 22222222 of refresh_all failed: raw/pin: no room. After fixing the cause: `pinterest-platform run`"
    )
    assert flow(runs=(GOOD, FAILED)).stuck == []


def test_run_that_does_not_end():
    under_way = Run("3" * 32, "refresh_all", "queued", NOW - timedelta(hours=2), None)
    [told] = flow(runs=(under_way, GOOD)).stuck
    assert "run 33333333 of refresh_all has been queued since 2026-05-04 10:00 UTC" in told


def test_dead_run_is_named_at_once_and_says_why_it_failed_afterwards():
    dead = Run("4" * 32, "refresh_all", "started", NOW, None, dead="its process 7 on here is gone")
    [told] = flow(runs=(dead, GOOD)).stuck
    assert told.startswith("run 44444444 of refresh_all is dead: its process 7 on here is gone. The next")
    ended = replace(dead, status="failure", seconds=9.0, dead=None, error="The run is dead")
    assert "run 44444444 of refresh_all failed: The run is dead. After fixing" in flow(runs=(ended, GOOD)).stuck[0]


def test_checks_that_block_are_stuck_and_others_are_worth_a_look():
    told = flow(tables=(replace(MADE, failed=("rules: x: 3 rows",), warned=("expectations: y: 1 rows",)),))
    assert told.stuck == ["cleaned/pin: rules: x: 3 rows. The UI shows violating rows"]
    assert told.warnings == ["cleaned/pin: expectations: y: 1 rows"]


def test_tables_that_were_never_made():
    never = TableRun("analytics/new")
    assert flow(tables=(MADE, never)).stuck == ["analytics/new never computed so far: `pinterest-platform run`"]
    assert flow(tables=(never,)).stuck == ["no table was computed so far: `pinterest-platform run`"]


def test_stream_that_was_behind_and_commits_no_more():
    assert flow(streams=[stream(seconds_ago=300, lag=0)]).stuck == []
    [told] = flow(streams=[stream(seconds_ago=300, lag=500)]).stuck
    assert told.startswith("stream/pin: lagged on shard at its last commit, 5 minutes ago")


def test_records_a_second_of_a_stream():
    timings = [Timing(NOW - timedelta(seconds=s), 1_000, 0, 0, 0, 0, 0, 0) for s in (90, 40, 20, 0)]
    assert replace(stream(seconds_ago=0, lag=0), timings=timings).records_per_second(NOW) == 2_000 / 40
    assert replace(stream(seconds_ago=0, lag=0), timings=timings).records_per_second(NOW + timedelta(minutes=3)) == 0
    assert stream(seconds_ago=0, lag=0).records_per_second(NOW) == 0
